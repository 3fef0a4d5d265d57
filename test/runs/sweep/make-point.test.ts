import { describe, expect, test } from 'vitest'
import { Point } from '#domain/point.ts'
import type { ModelStatistics } from '#domain/server.ts'
import { makePoint, type PointSource } from '../../../src-main/runs/sweep/make-point.ts'
import type { SweepStep } from '../../../src-main/runs/sweep/step.ts'
import type { LoadResult, LoadWindow } from '../../../src-main/workers/load-protocol.ts'
import { serverModel } from '../../helpers/server-points.ts'

const MS = 1e6 // ns

/** Statistics after so many requests, each with 1 ms queue, 0.5 + 4 + 0.5 ms compute, two requests an execution. */
function statistics(requests: number, name = 'm'): ModelStatistics {
  const each = (ms: number) => ({ count: requests, ns: requests * ms * MS })
  return {
    name,
    version: '1',
    lastInferenceMs: 0,
    inferenceCount: 2 * requests,
    executionCount: requests / 2,
    success: each(6.5),
    fail: { count: 0, ns: 0 },
    queue: each(1),
    computeInput: each(0.5),
    computeInfer: each(4),
    computeOutput: each(0.5),
    cacheHit: { count: 0, ns: 0 },
    cacheMiss: { count: 0, ns: 0 },
    batches: [],
  }
}

/** A window of 1 s with these latencies, 0.1 ms of each sending and 0.2 ms receiving. */
function window(index: number, latenciesMs: number[], more: Partial<LoadWindow> = {}): LoadWindow {
  const { length } = latenciesMs
  return {
    index,
    startedAtMs: 1000 * index,
    durationNs: 1e9,
    completed: length,
    errors: 0,
    delayed: 0,
    responses: length,
    sequences: 0,
    client: { requests: length, sendNs: 0.1 * length * MS, receiveNs: 0.2 * length * MS },
    latenciesNs: Float64Array.from(latenciesMs, ms => ms * MS),
    statistics: [statistics(100 * (index + 1))],
    ...more,
  }
}

const step: SweepStep = {
  url: 'grpc://h:8001',
  protocol: 'grpc',
  sharedMemory: 'none',
  batch: 2,
  load: { kind: 'concurrency', concurrency: 3 },
  repeat: 1,
  shapes: { x: [2, 3, 4] },
  streaming: false,
}

function result(windows: LoadWindow[], more: Partial<LoadResult> = {}): LoadResult {
  return {
    windows,
    statisticsBefore: [statistics(0)],
    stable: true,
    stopped: 'stable',
    errors: [],
    warmupRequests: 10,
    connections: 1,
    requestBytes: 150,
    client: { cpuCores: 0.1 },
    facts: {},
    ...more,
  }
}

function make(windows: LoadWindow[], more: Partial<LoadResult> = {}, source: Partial<PointSource> = {}) {
  const made = makePoint({
    step,
    index: 0,
    spec: {},
    model: serverModel(),
    startedAt: new Date().toISOString(),
    result: result(windows, more),
    ...source,
  })
  expect(Point.parse(made.point)).toEqual(made.point)
  return made
}

const FOUR = [window(0, [90, 80]), window(1, [10, 30]), window(2, [20, 40]), window(3, [50, 60])]

describe('figures of the last three windows, worked out by hand', () => {
  const { point, samples } = make(FOUR)

  test('throughput, pooled nearest-rank percentiles, mean and deviation', () => {
    // 6 requests of batch 2 in 3 s.
    expect(point.inferPerSec).toBe(4)
    // Sorted 10 20 30 40 50 60; index floor(p/100·5+0.5): p50 → 3, p90 → 5.
    expect(point.latencyMs).toMatchObject({ mean: 35, p50: 40, p90: 60, p99: 60, min: 10, max: 60 })
    // Σ(x−35)² = 1750; √(1750 ÷ 5)
    expect(point.latencyMs?.std).toBeCloseTo(18.7083, 4)
    expect(point.requests).toEqual({ completed: 6, errors: 0 })
  })

  test('parts add up to the mean; network is what is left', () => {
    const {
      clientSend = 0,
      clientRecv = 0,
      queue,
      computeInput,
      computeInfer,
      computeOutput,
      network = 0,
    } = point.partsMs ?? {}
    expect([queue, computeInput, computeInfer, computeOutput]).toEqual([1, 0.5, 4, 0.5])
    expect(clientSend).toBeCloseTo(0.1, 9)
    expect(clientRecv).toBeCloseTo(0.2, 9)
    expect(network).toBeCloseTo(35 - 0.3 - 6, 9)
  })

  test('what the server counted, over the same windows', () => {
    // From the end of window 0 to the end of window 3: 300 requests.
    expect(point.server?.model).toMatchObject({
      successCount: 300,
      inferenceCount: 600,
      executionCount: 150,
      overheadMs: 0.5,
    })
  })

  test('earlier windows are kept in front as warm-up', () => {
    expect(samples.warmup).toBe(2)
    expect([...samples.latenciesMs]).toEqual([90, 80, 10, 30, 20, 40, 50, 60])
    expect(point.samples).toMatchObject({ count: 6, warmup: 2 })
    expect(point.windows?.map(({ counted }) => counted)).toEqual([false, true, true, true])
    expect(point.windows?.[0]).toMatchObject({ requests: 2, inferPerSec: 4, latencyMs: 85 })
  })
})

test('a chosen percentile is kept under its name and judged in the windows', () => {
  const { point } = make(FOUR, {}, { spec: { percentile: 80, latencyThresholdMs: 45 } })
  // index floor(0.8·5+0.5) = 4
  expect(point.otherPercentilesMs).toEqual({ p80: 50 })
  expect(point.flags).toContain('over-threshold')
  expect(make(FOUR, {}, { spec: { percentile: 80, latencyThresholdMs: 55 } }).point.flags).not.toContain(
    'over-threshold',
  )
})

describe('what went wrong is flagged and kept', () => {
  test('unstable, few samples, errors with the first message', () => {
    const windows = [window(0, [10], { errors: 1 }), window(1, [30]), window(2, [20], { errors: 2 })]
    const { point } = make(windows, { stable: false, errors: [{ message: 'no', count: 3 }], stopped: 'max-trials' })
    expect(point.flags).toEqual(['few-samples', 'unstable', 'server-errors'])
    expect(point.requests).toEqual({ completed: 3, errors: 3, firstError: 'no' })
  })

  test('without statistics there are no server parts and no network', () => {
    const { point } = make(
      FOUR.map(one => ({ ...one, statistics: [] })),
      { statisticsBefore: [] },
    )
    expect(point.flags).toContain('no-statistics')
    expect(Object.keys(point.partsMs ?? {})).toEqual(['clientSend', 'clientRecv'])
    expect(point.server).toBeUndefined()
  })

  test('a model that was loaded again counts from zero', () => {
    const { point } = make(FOUR.with(3, window(3, [50], { statistics: [statistics(5)] })))
    expect(point.flags).toContain('model-reloaded')
    expect(point.partsMs?.queue).toBeUndefined()
  })

  test('a server that was lost leaves the windows before, with the statistics of the last that has them', () => {
    const windows = [window(0, [10]), window(1, [30]), window(2, [20], { statistics: [] })]
    const lost = { code: 'SERVER_UNREACHABLE' as const, message: 'gone' }
    const { point } = make(windows, { stable: false, stopped: 'server-lost', lost })
    expect(point).toMatchObject({ status: 'done', error: lost, flags: ['few-samples', 'unstable', 'server-lost'] })
    expect(point.server?.model.successCount).toBe(200)
  })

  test('a client at its limit: nearly a whole core, or hard work and a late loop or an echo that does no more', () => {
    const flags = (client: LoadResult['client']) => make(FOUR, { client }).point.flags
    const rate = (make(FOUR).point.inferPerSec ?? 0) / step.batch
    const p50Ms = make(FOUR).point.latencyMs?.p50 ?? 0
    expect(flags({ cpuCores: 0.9 })).toContain('client-bound')
    expect(flags({ cpuCores: 0.7, loopbackPerSec: 1.1 * rate })).toContain('client-bound')
    expect(flags({ cpuCores: 0.7, eventLoopP99Ms: 0.6 * p50Ms })).toContain('client-bound')
    expect(flags({ cpuCores: 0.7, loopbackPerSec: 2 * rate, eventLoopP99Ms: 0.4 * p50Ms })).not.toContain(
      'client-bound',
    )
    // Large bodies: the echo is slower than the server was.
    expect(flags({ cpuCores: 0.7, loopbackPerSec: 0.5 * rate })).not.toContain('client-bound')
    // A busy machine: late wake-ups, a slow calibration, and a generator that mostly waits.
    expect(flags({ cpuCores: 0.3, loopbackPerSec: rate, eventLoopP99Ms: 5 * p50Ms })).not.toContain('client-bound')
  })

  test('nothing succeeded: an error with what the server said', () => {
    const windows = [window(0, [], { errors: 5 })]
    expect(() => make(windows, { errors: [{ message: 'wrong shape', count: 5 }] })).toThrow(
      'Every request failed: wrong shape',
    )
    expect(() => make([window(0, [])])).toThrow('No request was answered')
  })
})

test('open loop: latency from the scheduled start beside, delayed requests, requests in flight by Little’s law', () => {
  const load = { kind: 'rate' as const, requestsPerSec: 100 }
  const late = FOUR.map(one => ({ ...one, delayed: 1, scheduledNs: one.latenciesNs.map(ns => ns + 5 * MS) }))
  const { point } = make(late, {}, { step: { ...step, load } })
  expect(point).toMatchObject({ requestRate: 100, concurrency: 1, scheduledLatencyMs: { mean: 40, p50: 45 } })
  expect(point.requests?.delayed).toBe(3)
  expect(point.flags).toContain('delayed-requests')
})

test('an ensemble’s own queue is none: the waiting is in the queues of its models', () => {
  const both = (requests: number) => {
    const own = statistics(requests)
    const none = { count: requests, ns: 0 }
    return [{ ...own, queue: none }, statistics(requests, 'part')]
  }
  const windows = FOUR.map((one, index) => ({ ...one, statistics: both(100 * (index + 1)) }))
  const { point } = make(windows, { statisticsBefore: both(0) })
  expect(point.partsMs).toMatchObject({ queue: 1, computeInput: 0.5, computeInfer: 4, computeOutput: 0.5 })
  expect(point.server?.composing.map(({ name }) => name)).toEqual(['part'])
})
