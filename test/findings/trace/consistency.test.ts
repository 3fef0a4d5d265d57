import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { RULES } from '../../../src-main/catalog.ts'
import { judgeAll } from '../../../src-main/findings/define.ts'
import { PARTS, type Part, timeOf } from '../../../src-main/findings/trace-time.ts'
import { EXPLAINED_BY } from '../../../src-main/findings/trace-verdict.ts'
import { deviceTrace } from '../../laws/trace-cases.ts'

/** The part of the device's time that each rule claims when it says yes. */
const OWNS: Readonly<Record<string, readonly Part[]>> = {
  'trace-host-bound': ['host'],
  'trace-sync-bound': ['sync'],
  'trace-data-loading': ['dataLoading'],
  'trace-copy-bound': ['copy'],
  'trace-communication-bound': ['communication'],
  'trace-gpu-bound': ['compute', 'queue'],
}
const TRACE_RULES = RULES.filter(({ id }) => id.startsWith('trace-'))
const MS = 1e6

const someMs = fc.integer({ min: 0, max: 1000 })
const facts = fc
  .record({
    computeMs: fc.integer({ min: 1, max: 1000 }),
    copyMs: someMs,
    communicationMs: someMs,
    hostMs: someMs,
    syncMs: someMs,
    dataMs: someMs,
    queueMs: someMs,
    unknownMs: someMs,
    waitedMs: someMs,
    compileMs: someMs,
    firstMs: someMs,
    laterMs: fc.integer({ min: 1, max: 1000 }),
  })
  .map(traceOf)

type Lengths = Record<
  | 'computeMs'
  | 'copyMs'
  | 'communicationMs'
  | 'hostMs'
  | 'syncMs'
  | 'dataMs'
  | 'queueMs'
  | 'unknownMs'
  | 'waitedMs'
  | 'compileMs'
  | 'firstMs'
  | 'laterMs',
  number
>

function traceOf(ms: Lengths): TraceFacts {
  const busyMs = ms.computeMs + ms.copyMs + ms.communicationMs
  const idleMs = ms.hostMs + ms.syncMs + ms.dataMs + ms.queueMs + ms.unknownMs
  const trace = deviceTrace(
    busyMs,
    {
      hostNs: ms.hostMs * MS,
      syncNs: ms.syncMs * MS,
      dataLoadingNs: ms.dataMs * MS,
      queueNs: ms.queueMs * MS,
      unknownNs: ms.unknownMs * MS,
    },
    {
      window: { kind: 'steps', startNs: 0, endNs: (busyMs + idleMs) * MS, steps: 4 },
      syncs: { count: 1, totalNs: (ms.syncMs + ms.waitedMs) * MS, idleNs: ms.syncMs * MS, byName: [] },
      compile: ms.compileMs === 0 ? [] : [{ name: 'compile', count: 1, totalNs: ms.compileMs * MS }],
      coldStart: { firstNs: ms.firstMs * MS, laterMedianNs: ms.laterMs * MS, what: 'ProfilerStep#1' },
      dataLoading: { count: 1, totalNs: ms.dataMs * MS, shareOfWindow: ms.dataMs / (busyMs + idleMs) },
    },
    { idleNs: idleMs * MS, exposedCopyNs: ms.copyMs * MS, exposedCommunicationNs: ms.communicationMs * MS },
  )
  return trace
}

const judged = (trace: TraceFacts) => new Map(judgeAll(TRACE_RULES, { trace }).map(finding => [finding.rule, finding]))

describe('over any split of a window', () => {
  test('the parts add up to it, and no time is claimed twice', () => {
    fc.assert(
      fc.property(facts, trace => {
        const time = timeOf(trace)
        if (time === undefined) throw new Error('no time')
        const sum = PARTS.reduce((all, part) => all + time.shares[part], 0)
        expect(sum).toBeCloseTo(1, 9)
        for (const part of PARTS) expect(time.shares[part]).toBeGreaterThanOrEqual(0)
        const findings = judged(trace)
        const claimed = Object.entries(OWNS).flatMap(([rule, parts]) =>
          findings.get(rule)?.verdict === 'yes' ? parts : [],
        )
        expect(new Set(claimed).size).toBe(claimed.length)
      }),
    )
  })

  test('the verdict names a rule that says yes itself, and with host-bound no start-up', () => {
    fc.assert(
      fc.property(facts, trace => {
        const findings = judged(trace)
        const verdict = findings.get('trace-verdict')
        if (verdict?.verdict !== 'yes') return
        const rule = String(verdict.evidence.find(({ label }) => label === EXPLAINED_BY)?.value)
        expect(findings.get(rule)?.verdict).toBe('yes')
        if (rule === 'trace-compile' || rule === 'trace-cold-start') {
          expect(findings.get('trace-host-bound')?.verdict).not.toBe('yes')
        }
      }),
      { numRuns: 500 },
    )
  })

  test('GPU-bound and a dominating loss exclude each other', () => {
    fc.assert(
      fc.property(facts, trace => {
        const findings = judged(trace)
        if (findings.get('trace-gpu-bound')?.verdict !== 'yes') return
        const losses = Object.keys(OWNS).filter(rule => rule !== 'trace-gpu-bound' && rule !== 'trace-data-loading')
        for (const rule of losses) expect(findings.get(rule)?.verdict).not.toBe('yes')
      }),
      { numRuns: 500 },
    )
  })

  test('every text is complete: no undefined, NaN or Infinity', () => {
    fc.assert(
      fc.property(facts, trace => {
        for (const finding of judged(trace).values()) {
          expect(JSON.stringify(finding)).not.toMatch(/undefined|NaN|Infinity|\[object/)
          expect(finding.statement).not.toMatch(/failed/)
        }
      }),
    )
  })
})
