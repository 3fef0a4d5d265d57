import { describe, expect, test } from 'vitest'
import type { ModelStatistics } from '../../src-main/domain/server.ts'
import {
  ensembleParts,
  latencyParts,
  serverCounts,
  serverParts,
  statisticsDelta,
} from '../../src-main/stats/server-parts.ts'

/** Statistics of a model from totals: µs each, one count for all. */
function model(name: string, count: number, us: Partial<Record<Part, number>>): ModelStatistics {
  const duration = (part: Part) => ({ count, ns: (us[part] ?? 0) * count * 1000 })
  return {
    name,
    version: '1',
    lastInferenceMs: 0,
    inferenceCount: count,
    executionCount: count,
    success: duration('success'),
    fail: { count: 0, ns: 0 },
    queue: duration('queue'),
    computeInput: duration('computeInput'),
    computeInfer: duration('computeInfer'),
    computeOutput: duration('computeOutput'),
    batches: [],
  }
}
type Part = 'success' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput'

const nothing = model('m', 0, {})
const round = (parts: object) => Object.fromEntries(Object.entries(parts).map(([k, ms]) => [k, Math.round(ms * 1000)]))

describe('a row of perf_analyzer’s reports', () => {
  // perf_analyzer_verbose_metrics_1gpu.csv, concurrency 10; facts: 61 = 59 + 2, parts add up to 9113163 µs.
  const gpu = { queue: 8194788, computeInput: 3, computeInfer: 917566, computeOutput: 146 }
  // dle_tft_offline_multiheader.csv, batch 1: 14 + 91 + 12 + 47 + 3518 + 6 + 0 = 3688 µs.
  const offline = { queue: 12, computeInput: 47, computeInfer: 3518, computeOutput: 6 }

  test.each([
    ['verbose, concurrency 10', gpu, { latency: 9113163, send: 59, receive: 2 }, 599],
    ['DLE offline, batch 1', offline, { latency: 3688, send: 14, receive: 0 }, 91],
  ])('%s: the network column is what the other parts leave', (_, us, client, network) => {
    const parts = latencyParts(
      { latencyMs: client.latency / 1000, sendMs: client.send / 1000, receiveMs: client.receive / 1000 },
      serverParts(model('m', 33, us)),
    )
    expect(round(parts)).toEqual({ clientSend: client.send, network, ...us, clientRecv: client.receive })
    expect(Object.values(parts).reduce((a, b) => a + b) * 1000).toBeCloseTo(client.latency, 3)
  })
})

test('clocks that disagree give no negative network', () => {
  const parts = latencyParts({ latencyMs: 1, sendMs: 0, receiveMs: 0 }, { queue: 0.6, computeInfer: 0.6 })
  expect(parts.network).toBe(0)
})

test('without statistics only the client’s ends are known', () => {
  expect(latencyParts({ latencyMs: 1, sendMs: 0.1, receiveMs: 0.2 }, undefined)).toEqual({
    clientSend: 0.1,
    clientRecv: 0.2,
  })
})

describe('growth between two snapshots', () => {
  test('is per counter, and each mean is over its own count', () => {
    const before = model('m', 100, { queue: 50, computeInfer: 1000 })
    const after = { ...model('m', 150, { queue: 100, computeInfer: 1000 }), executionCount: 120 }
    const delta = statisticsDelta(before, after)
    expect(delta.queue).toEqual({ count: 50, ns: 10_000_000 })
    expect(delta.executionCount).toBe(20)
    expect(round(serverParts(delta))).toEqual({ queue: 200, computeInput: 0, computeInfer: 1000, computeOutput: 0 })
  })

  test('that is negative means a reload', () => {
    expect(() => statisticsDelta(model('m', 100, {}), model('m', 20, {}))).toThrow(/reloaded/)
  })

  test('nothing counted is 0, as perf_analyzer has it', () => {
    expect(serverParts(statisticsDelta(nothing, nothing))).toEqual({
      queue: 0,
      computeInput: 0,
      computeInfer: 0,
      computeOutput: 0,
    })
  })
})

test('with a response cache compute is over the misses and the pair appears', () => {
  // 100 requests, 90 of them hits at 4 µs, 10 misses at 2 µs.
  const cached = {
    ...model('m', 10, { computeInfer: 2000 }),
    queue: { count: 100, ns: 100 * 5000 },
    cacheHit: { count: 90, ns: 90 * 4000 },
    cacheMiss: { count: 10, ns: 10 * 2000 },
  }
  expect(round(serverParts(cached))).toEqual({
    queue: 5,
    computeInput: 0,
    computeInfer: 2000,
    computeOutput: 0,
    cacheHit: 4,
    cacheMiss: 2,
  })
  const cold = { ...cached, cacheHit: { count: 0, ns: 0 }, cacheMiss: { count: 0, ns: 0 } }
  expect(serverParts(cold)).not.toHaveProperty('cacheHit')
})

describe('an ensemble', () => {
  // ensemble_grpc.log and .csv, and the two composing models' CSV, concurrency 3: one request each.
  const own = model('ensemble', 4836, {
    success: 3206,
    queue: 1,
    computeInput: 119,
    computeInfer: 1592,
    computeOutput: 450,
  })
  const identity = model('identity_fp32', 4836, {
    success: 893,
    queue: 271,
    computeInput: 16,
    computeInfer: 221,
    computeOutput: 370,
  })
  const image = model('image_cls', 4836, {
    success: 2274,
    queue: 716,
    computeInput: 102,
    computeInfer: 1370,
    computeOutput: 80,
  })

  test('has its own compute and the queues of its models: the console’s figures', () => {
    const parts = ensembleParts(own, [identity, image])
    // Console: queue 987 usec (716 + 271; the ensemble's own 1 is added here), compute 2162 (119 + 1592 + 450, untruncated).
    expect(round(parts)).toEqual({ queue: 988, computeInput: 119, computeInfer: 1592, computeOutput: 450 })
  })

  test('network is what perf_analyzer’s CSV calls so, less the queues it hides there', () => {
    const parts = latencyParts(
      { latencyMs: 4.436, sendMs: 0.045, receiveMs: 0.001 },
      ensembleParts(own, [identity, image]),
    )
    // CSV row 3: Network+Server Send/Recv 2226 with queue 1; truncation of the columns leaves ± 2 µs.
    expect((parts.network ?? 0) * 1000).toBeGreaterThan(2226 - 987 - 3)
    expect((parts.network ?? 0) * 1000).toBeLessThan(2226 - 987 + 3)
  })

  test('a model used twice in one request waits twice', () => {
    const twice = model('identity_fp32', 2 * 4836, { queue: 100 })
    expect((ensembleParts(own, [twice]).queue ?? 0) * 1000).toBeCloseTo(201, 6)
  })

  test('each composing model keeps its own counts, and its overhead is what its parts leave', () => {
    const counts = serverCounts(image)
    expect(counts).toMatchObject({ name: 'image_cls', successCount: 4836, inferenceCount: 4836 })
    // Console: Avg request latency 2274 (overhead 4 + 716 + 102 + 1370 + 80 = 2272, truncated)
    expect(Math.round((counts.overheadMs ?? 0) * 1000)).toBe(6)
  })
})
