import { describe, expect, test } from 'vitest'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { RULES } from '../../../src-main/catalog.ts'
import { judgeAll } from '../../../src-main/findings/define.ts'
import { NEXT, STEP_NOTE } from '../../../src-main/findings/trace-next.ts'
import { traceFacts } from '../../helpers/trace-facts.ts'
import { cpuTrace, deviceTrace, kernelRow, spread } from '../../laws/trace-cases.ts'

const MS = 1e6

function judge(rule: string, trace: TraceFacts) {
  const [finding] = judgeAll(
    RULES.filter(({ id }) => id === `trace-${rule}`),
    { trace },
  )
  if (finding === undefined) throw new Error(`no rule trace-${rule}`)
  return finding
}

const recorded = (change: Partial<TraceFacts['recorded']>): TraceFacts =>
  traceFacts({
    recorded: { ...traceFacts().recorded, ...change },
    window: { kind: 'cpu', startNs: 0, endNs: MS, steps: 0 },
  })
/** Idle for 40 of 100 ms, for no known reason. */
const unexplained = deviceTrace(60, { unknownNs: 40 * MS })
const pythonHost = deviceTrace(20, { hostNs: 80 * MS }, { recorded: { ...unexplained.recorded, python: true } })
const byTenth = deviceTrace(
  95,
  { hostNs: 5 * MS },
  {
    window: { kind: 'gpu', startNs: 0, endNs: 100 * MS, steps: 0 },
    memory: [{ device: 'GPU 0', bytes: [1, 2, 3, 4, 5].map(n => n * 1e8) }],
  },
)

/** What is missing, by rule: what the rule then says, and the command that would tell. */
const UNTOLD: readonly (readonly [rule: string, why: string, trace: TraceFacts, says: RegExp, next: string])[] = [
  ...['host-bound', 'sync-bound', 'gpu-bound', 'launch-overhead', 'copy-bound', 'verdict'].flatMap(
    rule =>
      [
        [rule, 'calls without device records', recorded({ apiCalls: true }), /may have been busy/, NEXT.nsys],
        [rule, 'asked for, not there', recorded({ deviceWorkAsked: true }), /may have been busy/, NEXT.nsys],
        [rule, 'a window of 20 µs', deviceTrace(0.02, {}, {}, { idleNs: 0 }), /too short/, NEXT.torchLonger],
      ] as const,
  ),
  ['host-bound', 'idle for no known reason', unexplained, /does not tell why/, NEXT.nsysCudaNvtx],
  ['sync-bound', 'idle for no known reason', unexplained, /does not tell why/, NEXT.nsys],
  ['data-loading', 'idle for no known reason', unexplained, /does not tell why/, NEXT.torch],
  ['verdict', 'idle for no known reason', unexplained, /does not tell why/, NEXT.torchLonger],
  ['gpu-bound', 'idle for no known reason', unexplained, /does not tell why/, NEXT.nsys],
  ['data-loading', 'no ranges', recorded({ apiCalls: true }), /would not show/, NEXT.torch],
  ['launch-overhead', 'no calls', deviceTrace(20, { hostNs: 80 * MS }), /not in the trace/, NEXT.nsys],
  [
    'pageable-copies',
    'kind of memory not told',
    deviceTrace(95, {}, { copies: { byDirection: { HtoD: { count: 3, totalNs: 1 } } } }),
    /kind of their memory/,
    NEXT.nsys,
  ],
  ['small-grid', 'no grids', deviceTrace(95), /grids/, NEXT.nsys],
  ['tensor-cores', 'names say nothing', deviceTrace(95), /names/, NEXT.nsys],
  ['cold-start', 'one step', deviceTrace(95), /no course/, NEXT.torchLonger],
  ['compile', 'nothing recorded', recorded({ deviceWork: true }), /could show compiling/, NEXT.torch],
  ['profiler-overhead', 'Python stacks', pythonHost, /Python calls/, NEXT.torch],
  ['memory-growth', 'not recorded', deviceTrace(95), /not recorded/, NEXT.torchMemory],
  ['memory-growth', 'no steps', byTenth, /takes steps/, `${NEXT.torchMemory} --active 10`],
  [
    'cpu-only',
    'calls without device records',
    recorded({ ops: true, apiCalls: true }),
    /may have been busy/,
    NEXT.nsys,
  ],
  ['cpu-only', 'ranges alone', recorded({ ranges: true }), /Only ranges/, NEXT.nsysCudaNvtx],
  [
    'backlog',
    'no calls',
    deviceTrace(95, {}, { recorded: { ...unexplained.recorded, apiCalls: false } }),
    /not recorded/,
    NEXT.nsys,
  ],
]

test.each(UNTOLD)('%s cannot tell: %s', (rule, _, trace, says, next) => {
  const finding = judge(rule, trace)
  expect(finding).toMatchObject({ verdict: 'cannot-tell' })
  expect(finding.statement).toMatch(says)
  expect(finding.next).toContain(next)
})

describe('statements', () => {
  test('host-bound says how busy, of what, and why not', () => {
    const trace = deviceTrace(24.1, { hostNs: 53.9 * MS, queueNs: 22 * MS })
    expect(judge('host-bound', trace).statement).toBe(
      'The GPU was busy 24.1 % of 100 ms; for 71.0 % of the idle time the next work had not been launched yet',
    )
  })

  test('the verdict is one line, with the advice of the rule that explains it', () => {
    const verdict = judge('verdict', deviceTrace(24, { hostNs: 76 * MS }))
    expect(verdict.statement).toBe(
      'Host-bound: the GPU was busy 24.0 % of the 100 ms of 4 steps; it waited for launches 76.0 %',
    )
    expect(verdict.next).toEqual(judge('host-bound', deviceTrace(24, { hostNs: 76 * MS })).next)
  })

  test('GPU-bound lists the kernels that take the time, longest first', () => {
    const top = [kernelRow('gemm', 60, { count: 12 }), kernelRow('softmax', 20)]
    const { evidence } = judge('gpu-bound', deviceTrace(95, {}, { kernels: { tiny: 0, shorterThanLaunch: 0, top } }))
    expect(evidence.slice(-2)).toEqual([
      { label: 'gemm, 12 launches', value: 60, unit: 'ms' },
      { label: 'softmax, 1 launch', value: 20, unit: 'ms' },
    ])
  })

  test('the CPU alone is never called an idle GPU', () => {
    const findings = judgeAll(RULES, { trace: cpuTrace(80) })
    for (const { statement } of findings) expect(statement).not.toMatch(/GPU was (idle|busy)/)
  })

  test('of several devices the busiest is judged, and this is said', () => {
    const trace = deviceTrace(95)
    const two = { ...trace, devices: [...trace.devices, ...deviceTrace(5, { hostNs: 95 * MS }).devices] }
    expect(judge('host-bound', two)).toMatchObject({ verdict: 'no', detail: expect.stringContaining('busiest of 2') })
  })
})

test('Nsight Systems is not named where the device is of another maker', () => {
  const trace = deviceTrace(60, { unknownNs: 40 * MS })
  const onAmd = { ...trace, devices: trace.devices.map(row => ({ ...row, name: 'AMD Instinct MI300X' })) }
  const byCalls = {
    ...trace,
    syncs: { ...trace.syncs, byName: [{ name: 'hipDeviceSynchronize', count: 1, totalNs: 1 }] },
  }
  expect(judge('gpu-bound', trace).next).toEqual([NEXT.nsys])
  expect(judge('gpu-bound', onAmd).next).toEqual([NEXT.torch])
  expect(judge('gpu-bound', byCalls).next).toEqual([NEXT.torch])
})

test('what did not happen at all is said plainly', () => {
  const trace = deviceTrace(95, { hostNs: 5 * MS })
  expect(judge('communication-bound', trace).statement).toBe('No collective ran')
  expect(judge('copy-bound', trace).statement).toBe('No copy ran')
})

describe('near a threshold', () => {
  test.each([
    [29, 'no'],
    [31, 'yes'],
  ])('%i %% idle for launches: host-bound %s, and not sure', (ms, verdict) => {
    const finding = judge('host-bound', deviceTrace(100 - ms, { hostNs: ms * MS }))
    expect(finding.verdict).toBe(verdict)
    expect(finding.confidence).toBeLessThan(0.6)
  })

  test('time without a reason makes what it could change unknown, and nothing else', () => {
    const trace = deviceTrace(60, { hostNs: 25 * MS, unknownNs: 15 * MS })
    expect(judge('host-bound', trace).verdict).toBe('cannot-tell')
    expect(judge('copy-bound', trace).verdict).toBe('no')
    expect(judge('sync-bound', trace).verdict).toBe('no')
  })

  test('waiting while the device works is no loss, unless the host is late afterwards', () => {
    const waits = { syncs: { count: 1, totalNs: 90 * MS, idleNs: 0, byName: [] } }
    expect(judge('sync-bound', deviceTrace(95, { hostNs: 5 * MS }, waits)).verdict).toBe('no')
    const late = deviceTrace(55, { hostNs: 45 * MS }, { syncs: { ...waits.syncs, totalNs: 55 * MS } })
    expect(judge('sync-bound', late).verdict).toBe('yes')
    expect(judge('host-bound', late).verdict).toBe('no')
  })

  test('tiny kernels with graphs are no launch overhead', () => {
    const kernels = { duration: spread(1000, 3), tiny: 1000, shorterThanLaunch: 1000, top: [] }
    const call = spread(10, 50)
    const by = (launches: TraceFacts['launches']) =>
      judge('launch-overhead', deviceTrace(50, { hostNs: 50 * MS }, { kernels, launches })).verdict
    expect(by({ count: 10, graphs: 10, call })).toBe('no')
    expect(by({ count: 1000, graphs: 0, call })).toBe('yes')
  })
})

test('asked for without a call of a GPU: there may be none, and doctor tells', () => {
  const finding = judge('verdict', recorded({ deviceWorkAsked: true }))
  expect(finding.statement).toMatch(/may have no GPU or driver/)
  expect(finding.next[0]).toBe(NEXT.doctor)
  expect(judge('verdict', recorded({ deviceWorkAsked: true, apiCalls: true })).statement).not.toMatch(/no GPU/)
})

test('a command that records steps says how the script makes them, once', () => {
  const { next } = judge('memory-growth', { ...byTenth, memory: [{ device: 'GPU 0', bytes: [1] }] })
  expect(next).toEqual([`${NEXT.torchMemory} --active 10`, STEP_NOTE])
  expect(judge('memory-growth', traceFacts()).next).toEqual([NEXT.torchMemory])
})
