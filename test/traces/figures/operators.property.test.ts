import fc from 'fast-check'
import { expect, test } from 'vitest'
import { durationStats, select } from '../../../src-main/traces/duration-stats.ts'
import { operatorRows } from '../../../src-main/traces/operators.ts'
import { SpreadSums } from '../../../src-main/traces/spread.ts'
import { durationStats as plainStats } from '../../helpers/nsys/stats-csv.ts'
import { Timeline, type TimelineSlice } from '../../helpers/timeline.ts'

interface Call {
  name: string
  category: 'op' | 'annotation' | 'python' | 'runtime'
  startNs: number
  endNs: number
  deviceNs: number
}

const drawnCalls = fc.array(
  fc.record({
    name: fc.constantFrom('a', 'b', 'c'),
    category: fc.constantFrom('op', 'op', 'annotation', 'python', 'runtime'),
    startNs: fc.nat(60),
    lengthNs: fc.integer({ min: 1, max: 40 }),
    deviceNs: fc.nat(3),
  }),
  { maxLength: 12 },
)

interface Node extends Call {
  parent: Node | undefined
  children: Node[]
}

/** torch's way, in its own two passes over objects: `_build_tree` by a stack, then `_remove_dup_nodes` until it rests. */
function torchTable(calls: readonly Call[]): Record<string, number[]> {
  const nodes = calls
    .map((call): Node => ({ ...call, parent: undefined, children: [] }))
    .toSorted((a, b) => a.startNs - b.startNs || b.endNs - a.endNs)
  const stack: Node[] = []
  for (const node of nodes) {
    for (let top = stack.at(-1); top && (node.startNs >= top.endNs || node.endNs > top.endNs); top = stack.at(-1))
      stack.pop()
    node.parent = stack.at(-1)
    node.parent?.children.push(node)
    stack.push(node)
  }
  let left = nodes
  for (;;) {
    const folded = new Set<Node>()
    for (const node of left) {
      const { parent } = node
      if (parent === undefined || parent.name !== node.name || parent.children.length !== 1) continue
      parent.children = node.children
      for (const child of node.children) child.parent = parent
      parent.deviceNs += node.deviceNs
      folded.add(node)
    }
    if (folded.size === 0) break
    left = left.filter(node => !folded.has(node))
  }
  const deviceTotal = (node: Node): number => node.deviceNs + node.children.reduce((sum, c) => sum + deviceTotal(c), 0)
  const table: Record<string, number[]> = {}
  for (const node of left) {
    if (node.category !== 'op' && node.category !== 'annotation') continue
    const key = `${node.name} ${node.category}`
    const row = table[key] ?? [0, 0, 0, 0, 0]
    table[key] = row
    const length = node.endNs - node.startNs
    const inside = node.children.reduce((sum, child) => sum + child.endNs - child.startNs, 0)
    for (const [i, value] of [1, length - inside, length, node.deviceNs, deviceTotal(node)].entries())
      row[i] = (row[i] ?? 0) + value
  }
  return table
}

test('operators of random calls are those of torch’s own passes', () => {
  fc.assert(
    fc.property(drawnCalls, drawn => {
      // No two of one start and end: which of them contains the other would be the order in the file.
      const seen = new Set<string>()
      const calls = drawn
        .map(({ lengthNs, ...call }): Call => ({ ...call, endNs: call.startNs + lengthNs }))
        .filter(({ startNs, endNs }) => !seen.has(`${startNs} ${endNs}`) && seen.add(`${startNs} ${endNs}`))
      const line = new Timeline()
      const [thread, stream] = [line.thread(), line.stream()]
      let atNs = 1000
      for (const { category, name, startNs, endNs, deviceNs } of calls) {
        const op: TimelineSlice = line.add(thread, category, name, startNs, endNs)
        if (deviceNs > 0) line.add(stream, 'kernel', 'kernel', atNs, atNs + deviceNs, { op })
        atNs += deviceNs
      }
      line.add(stream, 'kernel', 'kernel', 0, 1)
      const rows = operatorRows(line.index(), undefined)
      const expected = torchTable(calls)
      const ours = rows.map(row => [
        row.name,
        [row.count, row.selfCpuNs, row.totalCpuNs, row.selfDeviceNs ?? 0, row.totalDeviceNs ?? 0],
      ])
      const theirs = Object.entries(expected).map(([key, row]) => [key.split(' ')[0], row])
      expect(ours.map(String).toSorted()).toEqual(theirs.map(String).toSorted())
    }),
    { numRuns: 1000 },
  )
})

const durations = fc.array(fc.oneof(fc.nat(5), fc.nat(1e9)), { minLength: 1, maxLength: 60 })

test('count, sum, mean, median, deviation of any durations are those of a plain computation', () => {
  fc.assert(
    fc.property(durations, values => {
      const ours = durationStats('x', Float64Array.from(values))
      const plain = plainStats('x', values)
      expect({ ...ours, stdNs: 0 }).toEqual({ ...plain, stdNs: 0 })
      expect(ours.stdNs).toBeCloseTo(plain.stdNs, 3)
    }),
    { numRuns: 1000 },
  )
})

test('each rank of any values is what sorting gives', () => {
  fc.assert(
    fc.property(durations, fc.nat(59), (values, wanted) => {
      const rank = wanted % values.length
      const sorted = values.toSorted((a, b) => a - b)
      expect(select(Float64Array.from(values), rank)).toBe(sorted[rank])
    }),
    { numRuns: 1000 },
  )
})

test('a spread has the nearest ranks', () => {
  const sums = new SpreadSums()
  for (let ns = 2000; ns >= 1; ns--) sums.add(ns)
  // 0.1 × 1999 + 0.5 → index 200, 0.5 × 1999 + 0.5 → 1000, 0.9 × 1999 + 0.5 → 1799; values are index + 1.
  expect(sums.spread()).toEqual({
    count: 2000,
    totalNs: 2_001_000,
    p10Ns: 201,
    medianNs: 1001,
    p90Ns: 1800,
    maxNs: 2000,
  })
  expect(new SpreadSums().spread()).toBeUndefined()
})
