import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { RULES } from '../../../src-main/catalog.ts'
import { judgeAll } from '../../../src-main/findings/define.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../../helpers/samples.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'
import { MODEL_CASES } from '../../helpers/timing-model/cases.ts'
import { kinetoText } from '../../helpers/timing-model/kineto-text.ts'
import type { ModelCase } from '../../helpers/timing-model/model-case.ts'
import { writeNsysDatabase } from '../../helpers/timing-model/nsys-database.ts'
import { run, truthOf } from '../../helpers/timing-model/truth.ts'
import { factsOfFile, factsOfText } from './facts-of.ts'
import { RECORDED } from './recorded-labels.ts'
import { CANNOT_TELL, RULE_OF, verdictOf } from './verdict-of.ts'

/** case × verdict, printed at the end. */
const table: { case: string; right: string; verdict: string; ok: boolean }[] = []
afterAll(() => {
  const width = Math.max(...table.map(row => row.case.length))
  const lines = table.map(
    row => `${row.ok ? '✓' : '✗'} ${row.case.padEnd(width)}  ${row.verdict.padEnd(26)} right: ${row.right}`,
  )
  const wrong = table.filter(row => !row.ok).length
  const abstained = table.filter(row => row.verdict === CANNOT_TELL).length
  console.info(`${lines.join('\n')}\n${table.length} labelled traces: ${wrong} wrong, ${abstained} cannot tell`)
})

function judgeCase(
  name: string,
  facts: TraceFacts,
  { right, yes = [], not = [] }: { right: readonly string[]; yes?: readonly string[]; not?: readonly string[] },
): { verdict: string } {
  const findings = judgeAll(RULES, { trace: facts })
  const verdict = verdictOf(findings)
  const ok = verdict === CANNOT_TELL || right.includes(verdict)
  table.push({ case: name, right: right.join(' or ') || 'cannot tell', verdict, ok })
  expect([...right, CANNOT_TELL], `${name}: the verdict`).toContain(verdict)
  const said = (rule: string) => findings.find(finding => finding.rule === rule)?.verdict
  for (const rule of yes) expect(said(rule), `${name}: ${rule}`).toBe('yes')
  for (const rule of not) expect(said(rule), `${name}: ${rule}`).not.toBe('yes')
  return { verdict }
}

const rightOf = ({ program, machine, unknowable }: ModelCase) =>
  unknowable ?? [...truthOf(program, machine)].map(cause => RULE_OF[cause])

/** A loaded machine is slow, not wrong. */
const PATIENT = { timeout: 60_000 }

describe('traces of the timing model: what its parts cost is known', PATIENT, () => {
  test.each(MODEL_CASES.map(each => [each.name, each] as const))('%s', async (name, each) => {
    const text = kinetoText(run(each.program, each.machine), each.kineto)
    const right = rightOf(each)
    const { verdict } = judgeCase(name, await factsOfText(text), { ...each, right })
    // Everything needed was recorded: to abstain would be too careful.
    if (right.length > 0) expect(verdict).not.toBe(CANNOT_TELL)
  })

  test.each(
    MODEL_CASES.filter(({ nsys }) => nsys).map(each => [each.name, each] as const),
  )('as an nsys database: %s', async (name, each) => {
    const path = join(tempFolder(), 'report.sqlite')
    writeNsysDatabase(path, run(each.program, each.machine))
    const right = rightOf(each)
    const { verdict } = judgeCase(`${name} (nsys)`, await factsOfFile(path), { ...each, right })
    expect(verdict).not.toBe(CANNOT_TELL)
  })

  test('a graph recorded as a whole keeps the device as busy', async () => {
    const each = MODEL_CASES.find(({ name }) => name === 'decoding with a graph of 200 short kernels')
    if (each === undefined) throw new Error('no such case')
    const path = join(tempFolder(), 'report.sqlite')
    writeNsysDatabase(path, run(each.program, each.machine), { cudaGraphs: 'graph' })
    judgeCase(`${each.name}, as a whole (nsys)`, await factsOfFile(path), { ...each, right: ['trace-gpu-bound'] })
  })

  test('the labels of the model follow from running it without each cost', () => {
    const rights = MODEL_CASES.map(rightOf)
    for (const rule of Object.values(RULE_OF)) expect(rights.some(right => right.includes(rule))).toBe(true)
    expect(rights.filter(right => right.length === 1).length).toBeGreaterThanOrEqual(16)
  })
})

describe.skipIf(withoutSamples)('recorded traces whose truth is known', PATIENT, () => {
  test.each(RECORDED.map(label => [label.path, label] as const))('%s', async (path, label) => {
    judgeCase(path, await factsOfFile(join(SAMPLES_FOLDER, path)), label)
  })
})
