import { expect, test } from 'vitest'
import { CATEGORY } from '../../../src-main/domain/trace-category.ts'
import { TraceBuilder } from '../../../src-main/traces/builder.ts'
import { cpuFigures } from '../../../src-main/traces/cpu-figures.ts'
import { traceFacts } from '../../../src-main/traces/facts.ts'
import { openIndex } from '../../../src-main/traces/open-index.ts'
import { operatorRows } from '../../../src-main/traces/operators.ts'
import { summarize } from '../../../src-main/traces/summary.ts'
import { wholeWindow } from '../../../src-main/traces/windows.ts'
import { MemoryStorage } from '../../helpers/memory-storage.ts'

const LANES = 3000
const ROUNDS = 30

/** A thread that nests LANES deep, again and again: far more lanes than any program has. */
function deepIndex() {
  const storage = new MemoryStorage()
  const builder = new TraceBuilder(storage)
  const thread = builder.track('t', { kind: 'thread', title: 't', group: 'p', processId: '1', threadId: '1' })
  const name = builder.name('aten::relu')
  const other = builder.name('aten::gelu')
  for (let round = 0; round < ROUNDS; round++)
    for (let depth = 0; depth < LANES; depth++)
      builder.slice(
        thread,
        round * 2 * LANES + depth,
        2 * (LANES - depth) - 1,
        depth % 2 === 0 ? name : other,
        CATEGORY.op,
        0,
        0,
        0,
        0,
      )
  builder.finish()
  return openIndex(storage)
}

test('thousands of nested lanes: each ns counts once, each call has its one child', { timeout: 30_000 }, () => {
  const index = deepIndex()
  expect(index.manifest.lanes.length).toBe(LANES)
  const whole = wholeWindow(index)
  // Of each call all but its first and last ns is its child's; the innermost lasts 1 ns.
  const totalNs = ROUNDS * (2 * LANES - 1)
  expect(cpuFigures(index, { ...whole, whole: true }).opNs).toBe(totalNs)
  const rows = operatorRows(index, undefined)
  expect(rows.map(({ count }) => count)).toEqual([(ROUNDS * LANES) / 2, (ROUNDS * LANES) / 2])
  expect(rows.reduce((sum, { selfCpuNs }) => sum + selfCpuNs, 0)).toBe(totalNs)
  const source = { path: '', bytes: 0, sha256: '', format: '', tool: '' }
  expect(summarize(index, source).cpu.opNs).toBe(totalNs)
  expect(traceFacts(index).cpu.opNs).toBe(totalNs)
})
