import { expect, test } from 'vitest'
import type { ModelStatistics } from '../../../src-main/domain/server.ts'
import { startClosedLoop } from '../../../src-main/triton/load/closed-loop.ts'
import { type Measuring, measure } from '../../../src-main/triton/load/measure.ts'
import { startOpenLoop } from '../../../src-main/triton/load/open-loop.ts'
import { createRecorder } from '../../../src-main/triton/load/recorder.ts'
import { roundRobin } from '../../../src-main/triton/load/requests.ts'
import { createSnapshots } from '../../../src-main/triton/load/snapshots.ts'
import { OUTCOME } from '../../../src-main/triton/wire/wire.ts'
import type { LoadMessage } from '../../../src-main/workers/load-protocol.ts'
import { type Script, scriptedWire } from '../../doubles/scripted-wire.ts'

interface Options {
  script: Script
  slots?: number
  input?: Partial<Measuring['input']>
  ask?: () => Promise<ModelStatistics[]>
  intervalMs?: () => number
}

async function run({ script, slots = 1, input = {}, ask, intervalMs }: Options) {
  const wire = scriptedWire(slots, script)
  const feed = roundRobin(wire, [0])
  const recorder = createRecorder(wire, intervalMs !== undefined, () => 0)
  const messages: LoadMessage[] = []
  const log: string[] = []
  const onEnd = recorder.end
  const measured = await measure({
    start: limit => {
      const loop = { wire, feed, slots, onEnd, ...(limit === undefined ? {} : { limit }) }
      return intervalMs ? startOpenLoop({ ...loop, intervalMs }) : startClosedLoop(loop)
    },
    recorder,
    snapshots: createSnapshots(ask, text => log.push(text)),
    tell: message => messages.push(message),
    input: {
      window: { mode: 'time_windows', intervalMs: 100 },
      // Windows of a busy machine differ: the rule itself is tested in test/stats.
      stabilityPercentage: 1e4,
      maxTrials: 10,
      batch: 1,
      ...input,
    },
  })
  await measured.loop.drained
  return { ...measured, wire, recorder, messages, log }
}

const total = (windows: readonly { completed: number }[]) => windows.reduce((sum, { completed }) => sum + completed, 0)

test('windows last 1.2 times the interval, lie back to back, and hold every request whose end lies inside', async () => {
  const { windows, stopped, stable, wire } = await run({ script: () => ({ ms: 4 }) })
  expect({ stopped, stable, count: windows.length }).toEqual({ stopped: 'stable', stable: true, count: 3 })
  for (const [i, { durationNs, startedAtMs }] of windows.entries()) {
    // A timer of Node may fire up to a millisecond early.
    expect(durationNs / 1e6).toBeGreaterThanOrEqual(119)
    const next = windows[i + 1]
    if (next) expect(next.startedAtMs).toBeCloseTo(startedAtMs + durationNs / 1e6, 3)
  }
  // All but the request in flight at the end, and those that ended after it.
  expect(wire.sent.length - total(windows)).toBeLessThanOrEqual(2)
  for (const { latenciesNs, completed, client } of windows) {
    expect(latenciesNs).toHaveLength(completed)
    expect(latenciesNs.every(ns => Math.abs(ns - 4e6) < 1)).toBe(true)
    expect(client.sendNs / client.requests).toBeCloseTo(1e4, 0)
    expect(client.receiveNs / client.requests).toBeCloseTo(2e4, 0)
  }
})

test('a load that never settles is measured maxTrials times and called unstable', async () => {
  // Each window is far slower than the one before.
  const beginMs = performance.now()
  const { windows, stopped, stable } = await run({
    script: () => ({ ms: 1 + (performance.now() - beginMs) / 20 }),
    input: { window: { mode: 'time_windows', intervalMs: 50 }, stabilityPercentage: 5, maxTrials: 4 },
  })
  expect({ stopped, stable, count: windows.length }).toEqual({ stopped: 'max-trials', stable: false, count: 4 })
})

test('over the latency limit three windows are enough', async () => {
  const { windows, stopped } = await run({
    script: () => ({ ms: 8 }),
    input: { window: { mode: 'time_windows', intervalMs: 50 }, latencyThresholdMs: 5, stabilityPercentage: 0.001 },
  })
  expect(stopped).toBe('over-threshold')
  expect(windows).toHaveLength(3)
})

test('a request count is exact, and its throughput is over the true span', async () => {
  const { windows, stopped, stable, wire } = await run({
    script: () => ({ ms: 5 }),
    slots: 2,
    input: { window: { mode: 'request_count', requests: 40 }, batch: 4 },
  })
  const [window] = windows
  expect({ stopped, stable, sent: wire.sent.length }).toEqual({
    stopped: 'request-count',
    stable: undefined,
    sent: 40,
  })
  const first = wire.sent[0]?.atMs ?? 0
  expect(window?.completed).toBe(40)
  expect((window?.durationNs ?? 0) / 1e6).toBeCloseTo(Math.max(...wire.endMs) - first, 6)
})

test('a count window waits for so many requests', async () => {
  const { windows } = await run({
    script: () => ({ ms: 10 }),
    input: { window: { mode: 'count_windows', requests: 120 }, maxTrials: 1 },
  })
  expect(windows[0]?.completed).toBeGreaterThanOrEqual(120)
  expect((windows[0]?.durationNs ?? 0) / 1e9).toBeGreaterThanOrEqual(1.99)
})

test('failures are counted by message and are no latencies', async () => {
  const { windows, recorder } = await run({
    script: (_, index) => ({ ms: 2, ...(index % 5 === 4 ? { outcome: OUTCOME.refused } : {}) }),
    input: { window: { mode: 'request_count', requests: 50 } },
  })
  expect(windows[0]).toMatchObject({ completed: 40, errors: 10 })
  expect(windows[0]?.latenciesNs).toHaveLength(40)
  expect(recorder.messages()).toEqual([{ message: 'scripted failure 1', count: 10 }])
})

test('a load of failures only ends after one window', async () => {
  const { windows, recorder } = await run({ script: () => ({ ms: 2, outcome: OUTCOME.refused }) })
  expect(windows).toHaveLength(1)
  expect(recorder.totals.completed).toBe(0)
})

test('a server that dies ends the point, and what was measured is kept up to its last answer', async () => {
  const beginMs = performance.now()
  const { windows, stopped, log } = await run({
    script: () => (performance.now() - beginMs < 180 ? { ms: 2 } : { ms: 0, outcome: OUTCOME.connectionLost }),
    slots: 3,
    input: { window: { mode: 'time_windows', intervalMs: 4000 / 1.2 } },
  })
  expect(stopped).toBe('server-lost')
  expect(windows).toHaveLength(1)
  expect((windows[0]?.durationNs ?? 0) / 1e6).toBeLessThan(400)
  expect(windows[0]?.completed).toBeGreaterThan(10)
  expect(log).toEqual([])
})

test('an open loop tells the latency from the scheduled start beside the sent one, and who was late', async () => {
  const { windows } = await run({
    script: () => ({ ms: 10 }),
    slots: 1,
    intervalMs: () => 5,
    input: { window: { mode: 'request_count', requests: 10 } },
  })
  const [window] = windows
  expect(window?.delayed).toBe(9)
  expect(Math.max(...(window?.latenciesNs ?? []))).toBeLessThan(10.001e6)
  expect(window?.scheduledNs?.at(-1)).toBeGreaterThan(54e6)
})

test('a snapshot that fails leaves its window without statistics, says so once, and stops nothing', async () => {
  let asked = 0
  const { windows, statisticsBefore, log } = await run({
    script: () => ({ ms: 3 }),
    ask: async () => {
      if (++asked === 2 || asked === 3) throw new Error('statistics are closed')
      return [statistics(asked * 100)]
    },
  })
  expect(statisticsBefore).toHaveLength(1)
  expect(windows.map(window => window.statistics.length)).toEqual([0, 0, 1])
  expect(log).toEqual(['No server statistics: statistics are closed'])
})

test('a model that was reloaded is said', async () => {
  const counts = [500, 600, 20, 120]
  const { log } = await run({ script: () => ({ ms: 3 }), ask: async () => [statistics(counts.shift() ?? 0)] })
  expect(log).toEqual(['m was reloaded while it was measured: no server parts for that window.'])
})

test('a long run keeps the latencies of its last three windows', async () => {
  const { windows, windowCount, stopped, recorder } = await run({
    script: () => ({ ms: 2 }),
    input: { window: { mode: 'duration', intervalMs: 40, durationMs: 300 } },
  })
  expect(stopped).toBe('duration')
  expect(windows).toHaveLength(3)
  expect(windowCount).toBeGreaterThanOrEqual(7)
  expect(recorder.totals.completed).toBeGreaterThan(total(windows))
})

test('what a long run records is written over where no window needs it any more', () => {
  const wire = scriptedWire(1, () => ({ ms: 1 }))
  const recorder = createRecorder(wire, true, () => 0, 3)
  recorder.begin(0)
  const end = (atMs: number) => {
    wire.startMs[0] = 0
    wire.endMs[0] = atMs
    recorder.end(0, OUTCOME.ok, -1)
  }
  const cuts = Array.from({ length: 9 }, (_, index) => {
    end(index + 1)
    const { completed, latenciesNs, scheduledNs } = recorder.cut(index)
    return { completed, latenciesNs, scheduledNs }
  })
  end(10) // the window after the last three writes over none of them
  expect(cuts.map(({ completed, latenciesNs }) => [completed, latenciesNs.length])).toEqual(cuts.map(() => [1, 1]))
  expect(cuts.slice(-3).map(({ latenciesNs }) => latenciesNs[0])).toEqual([7e6, 8e6, 9e6])
  expect(cuts.slice(-3).map(({ scheduledNs }) => scheduledNs?.[0])).toEqual([8e6, 9e6, 10e6])
  expect(new Set(cuts.map(({ latenciesNs }) => latenciesNs.buffer)).size).toBeLessThanOrEqual(4)
  expect(new Set(cuts.map(({ scheduledNs }) => scheduledNs?.buffer)).size).toBeLessThanOrEqual(4)
})

function statistics(count: number): ModelStatistics {
  const none = { count: 0, ns: 0 }
  const [success, queue, computeInput, computeInfer, computeOutput] = [{ count, ns: count }, none, none, none, none]
  return {
    name: 'm',
    version: '1',
    lastInferenceMs: 0,
    inferenceCount: count,
    executionCount: count,
    success,
    fail: none,
    queue,
    computeInput,
    computeInfer,
    computeOutput,
    batches: [],
  }
}
