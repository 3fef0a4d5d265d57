import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { sumOfParts } from '#domain/part-titles.ts'
import type { PointsContent } from '#formats/define.ts'
import { perfAnalyzerConsole } from '#formats/perf-analyzer-console.ts'
import { perfAnalyzerCsv } from '#formats/perf-analyzer-csv.ts'
import { perfAnalyzerProfile } from '#formats/perf-analyzer-profile.ts'
import { littlesRatio } from '#formats/row-check.ts'
import { mean, nearestRank } from '#stats/load-windows.ts'
import { memorySource } from '../helpers/bytes.ts'
import { sampleBytes, sampleText, withoutSamples } from '../helpers/samples.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (format: { read(source: ReturnType<typeof memorySource>): Promise<PointsContent> }, path: string) =>
  format.read(memorySource(sampleBytes(`triton/${path}`), path))
const readText = (text: string) => perfAnalyzerCsv.read(memorySource(bytes(text), 'a.csv'))
const byLoad = (content: PointsContent, load: number) => {
  const found = content.points.find(point => (point.requestRate ?? point.concurrency) === load)
  if (found === undefined) throw new Error(`no point at ${load}`)
  return found
}

describe.skipIf(withoutSamples)('real outputs of perf_analyzer 2.51 and 2.60', () => {
  // The same run printed twice, by two writers of perf_analyzer: CSV and console must give one truth.
  test.each([
    'delay_grpc',
    'image_cls_http_b8',
    'identity_shm_p90',
    'delay_rate',
    'delay_profile',
    'delay_v260',
    'strings_count',
    'repeat_streaming',
  ])('%s: CSV and console of one run say the same', async name => {
    const csv = await read(perfAnalyzerCsv, `perf_analyzer_real/${name}.csv`)
    const console = await read(perfAnalyzerConsole, `perf_analyzer_real/${name}.log`)
    expect(csv.skipped).toEqual([])
    expect(csv.points).toHaveLength(console.points.length)
    for (const point of csv.points) {
      const load = point.requestRate ?? point.concurrency
      const printed = byLoad(console, load)
      const { p50, p90, p95, p99 } = printed.latencyMs ?? {}
      expect(point.latencyMs).toMatchObject({ p50, p90, p95, p99 })
      expect(point.inferPerSec).toBe(printed.inferPerSec)
      expect(point.responsesPerSec).toBe(printed.responsesPerSec)
      for (const part of ['queue', 'computeInput', 'computeInfer', 'computeOutput'] as const)
        expect(point.partsMs?.[part]).toBe(printed.partsMs?.[part])
      const ends = (parts = point.partsMs) => (parts?.clientSend ?? 0) + (parts?.clientRecv ?? 0)
      // Each side cuts its own µs off.
      expect(Math.abs(ends() - ends(printed.partsMs))).toBeLessThanOrEqual(name === 'repeat_streaming' ? 0 : 0.0011)
      if (printed.partsMs?.network !== undefined)
        expect(Math.abs((point.partsMs?.network ?? 0) - printed.partsMs.network)).toBeLessThan(0.007)
    }
  })

  test('parts add up to the mean latency within the digits cut off, but where a cache answered', async () => {
    for (const name of ['delay_grpc', 'image_cls_http_b8', 'delay_rate', 'delay_v260', 'ensemble_grpc']) {
      const { points } = await read(perfAnalyzerCsv, `perf_analyzer_real/${name}.csv`)
      for (const { partsMs, latencyMs } of points)
        expect(Math.abs((sumOfParts(partsMs) ?? 0) - (latencyMs?.mean ?? 0))).toBeLessThan(0.008)
    }
    const cached = byLoad(await read(perfAnalyzerCsv, 'perf_analyzer_real/cached_grpc.csv'), 1)
    expect(cached).toMatchObject({
      flags: ['cache-parts'],
      latencyMs: { mean: 0.176 },
      partsMs: { computeInfer: 22.237 },
    })
  })

  test('throughput × latency is the concurrency in every closed loop of time windows', async () => {
    for (const name of ['delay_grpc', 'delay_profile', 'delay_v260', 'cached_grpc', 'ensemble_grpc']) {
      const { points } = await read(perfAnalyzerCsv, `perf_analyzer_real/${name}.csv`)
      // README of the samples: all at batch 1; delay_v260 at batch 1, too.
      for (const point of points) expect(littlesRatio(point)).toBeCloseTo(1, 1)
    }
  })

  test('the worked checks of the facts hold', async () => {
    // One printed row: 59 + 2 = 61 µs; its parts sum to 9,113,163 µs.
    const verbose = await read(perfAnalyzerCsv, 'perf_analyzer_verbose_metrics_1gpu.csv')
    const row = byLoad(verbose, 10)
    expect((row.partsMs?.clientSend ?? 0) + (row.partsMs?.clientRecv ?? 0)).toBeCloseTo(0.061, 9)
    expect(row.latencyMs?.mean).toBeCloseTo(9113.163, 6)
    // Response wait is of perf_analyzer's own timer, over all its requests: 9,113,080 + 61 is 22 µs short of the parts.
    const [wait] =
      /^10,.*,61,(\d+),GPU/m.exec(sampleText('triton/perf_analyzer_verbose_metrics_1gpu.csv'))?.slice(1) ?? []
    expect(Number(wait) + 61).toBe(9_113_141)
    expect(row.gpus).toHaveLength(4)
    expect(row.gpus?.[3]).toMatchObject({ utilization: 0.475972, powerW: 221.026, memoryTotalBytes: 85_899_345_920 })
    // Console: 372 requests at 5.16649/s are three windows of 1.2 × 20 s.
    const console = await read(perfAnalyzerConsole, 'perf_analyzer_console_c1-16.log')
    const first = byLoad(console, 1)
    expect((first.requests?.completed ?? 0) / (first.inferPerSec ?? 1)).toBeCloseTo(3 * 1.2 * 20, 2)
    expect(console.points.map(point => point.concurrency)).toEqual(Array.from({ length: 16 }, (_, i) => i + 1))
    expect(console.facts).toMatchObject({ windowMs: 20_000, mode: 'time_windows' })
  })

  test('rows are kept in the order of the file, which perf_analyzer sorts by throughput', async () => {
    const { points } = await read(perfAnalyzerCsv, 'perf_analyzer_plain_docs.csv')
    expect(points.map(({ concurrency }) => concurrency)).toEqual([1, 3, 4, 2])
    expect(points[0]).toMatchObject({ inferPerSec: 69.2, latencyMs: { p50: 13.891, p99: 21.018 } })
  })

  test('the ensemble console gives the queue of its models and their statistics', async () => {
    const point = byLoad(await read(perfAnalyzerConsole, 'perf_analyzer_real/ensemble_grpc.log'), 1)
    expect(point.server?.composing.map(({ name, successCount }) => [name, successCount])).toEqual([
      ['identity_fp32', 3752],
      ['image_cls', 3752],
    ])
    // Printed: queue 689; compute 707 is the sum of what the two models say, each cut off.
    expect(point.partsMs?.queue).toBe(0.689)
    const { computeInput = 0, computeInfer = 0, computeOutput = 0 } = point.partsMs ?? {}
    expect(computeInput + computeInfer + computeOutput).toBeCloseTo(0.705, 9)
  })

  test('sixteen runs with statistics between them are sixteen points; an unused cache has no part', async () => {
    const { points, skipped } = await read(perfAnalyzerConsole, 'perf_analyzer_console_cache_plus_stats.log')
    expect([points.length, skipped]).toEqual([16, []])
    expect(points[0]?.partsMs).toMatchObject({ queue: 1000.224, computeInfer: 26.489 })
    expect(points[0]?.partsMs).not.toHaveProperty('cacheHit')
    const cached = byLoad(await read(perfAnalyzerConsole, 'perf_analyzer_real/cached_grpc.log'), 1)
    expect(cached.partsMs).toMatchObject({ cacheHit: 0.002, cacheMiss: 0.041, computeInfer: 22.237 })
  })

  test('with --percentile there is no mean, and nothing is put in its place', async () => {
    const { points, modelName, notices } = await read(perfAnalyzerConsole, 'perf_analyzer_console_p95.log')
    expect([points.length, modelName]).toEqual([8, 'text_recognition'])
    expect(points[0]).toMatchObject({ batch: 2, inferPerSec: 7.10843, latencyMs: { p95: 586.378 } })
    expect(points[0]?.latencyMs).not.toHaveProperty('mean')
    expect(points[0]?.partsMs).not.toHaveProperty('network')
    expect(notices.join(' ')).toContain('--percentile')
  })

  test.each([
    ['unstable.log', 4, 'unstable', /within 4 measurement windows for concurrency 4/],
    ['unstable_sweep.log', 1, 'unstable', /for concurrency 1/],
    ['flaky.log', 2, 'server-errors', /Failed to maintain requested inference load/],
  ])('%s: the level that failed is there, in perf_analyzer’s words', async (name, concurrency, flag, words) => {
    const { points } = await read(perfAnalyzerConsole, `perf_analyzer_real/${name}`)
    expect(points).toHaveLength(1)
    expect(points[0]).toMatchObject({ concurrency, flags: [flag], error: { code: 'TOOL_FAILED' } })
    expect(points[0]?.error?.message).toMatch(words)
  })

  test.each([
    'delay_profile',
    'delay_v260',
    'repeat_streaming',
  ])('%s: figures computed from the raw requests equal the printed CSV to its last digit', async name => {
    const csv = await read(perfAnalyzerCsv, `perf_analyzer_real/${name}.csv`)
    const profile = await read(perfAnalyzerProfile, `perf_analyzer_real/${name}.profile.json`)
    expect(profile.points).toHaveLength(csv.points.length)
    for (const { concurrency, latenciesNs = new Float64Array(), inferPerSec = 0, responsesPerSec } of profile.points) {
      const printed = byLoad(csv, concurrency)
      const sorted = latenciesNs.toSorted()
      const cutUs = (ns: number) => Math.floor(ns / 1000) / 1000
      for (const [key, p] of [
        ['p50', 50],
        ['p90', 90],
        ['p95', 95],
        ['p99', 99],
      ] as const)
        expect(cutUs(nearestRank(sorted, p))).toBe(printed.latencyMs?.[key])
      expect(cutUs(mean(sorted))).toBe(printed.latencyMs?.mean)
      expect(Number(inferPerSec.toPrecision(6))).toBe(printed.inferPerSec)
      if (printed.responsesPerSec !== undefined)
        expect(Number((responsesPerSec ?? 0).toPrecision(6))).toBe(printed.responsesPerSec)
    }
  })
})

const PLAIN =
  'Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency'

test('a row without throughput or cut short is named, not read as zero; the header may stand again', async () => {
  const rows = [PLAIN, '1,100,1,2,3,4,5,6,7,8,9,10,11', PLAIN, '2,,1,2,3,4,5,6,7,8,9,10,11', '3,5,1', '']
  const { points, skipped } = await readText(rows.join('\r\n'))
  expect(points).toHaveLength(1)
  expect(points[0]?.latencyMs).toEqual({ p50: 0.008, p90: 0.009, p95: 0.01, p99: 0.011, mean: 0.028 })
  expect(skipped).toEqual([
    { where: 'line 4', why: 'no throughput' },
    { where: 'line 5', why: 'ends after 3 of 13 cells' },
  ])
})

test('the single compute column of 2019 and a server without statistics are said', async () => {
  const old = await readText(
    'Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute,Client Recv,p50 latency\n1,10,1,2,3,90000,4,96000\n',
  )
  expect(old.points[0]?.partsMs).toMatchObject({ computeInfer: 90 })
  expect(old.notices.join(' ')).toContain('Server Compute')
  const bare = await readText(
    'Concurrency,Inferences/Second,Client Send,Client Recv,p50 latency,p85 latency\n1,10,1,2,3,4\n',
  )
  expect(bare.points[0]).toMatchObject({ flags: ['no-statistics'], otherPercentilesMs: { p85: 0.004 } })
  expect(bare.points[0]?.partsMs).toEqual({ clientSend: 0.001, clientRecv: 0.002 })
})

test('an unstable level under -v keeps the windows that were printed, flagged', async () => {
  const log = `*** Measurement Settings ***
  Batch size: 2
Request concurrency: 4
  Pass [1] throughput: 100 infer/sec. Avg latency: 900 usec (std 10 usec).
  Pass [2] throughput: 200 infer/sec. Avg latency: 400 usec (std 10 usec).
  Pass [3] throughput: 100 infer/sec. Avg latency: 800 usec (std 10 usec).
  Pass [4] throughput: 100 infer/sec. Avg latency: 800 usec (std 10 usec).
Failed to obtain stable measurement within 4 measurement windows for concurrency 4. Please try to increase the --measurement-interval.
`
  const { points, notices } = await perfAnalyzerConsole.read(memorySource(bytes(log)))
  // Of the last three: (200 + 100 + 100) ÷ 3; (200·400 + 100·800 + 100·800) ÷ 400 = 600 µs.
  expect(points[0]).toMatchObject({ batch: 2, inferPerSec: 400 / 3, latencyMs: { mean: 0.6 }, flags: ['unstable'] })
  expect(points[0]).not.toHaveProperty('error')
  expect(notices.join(' ')).toContain('last 3 windows')
})

test('a log that ends inside a level says so', async () => {
  const log =
    '*** Measurement Settings ***\n  Batch size: 1\n\nRequest concurrency: 1\n  Client: \n    Request count: 3\n'
  const { points, skipped } = await perfAnalyzerConsole.read(memorySource(bytes(log)))
  expect([points, skipped]).toEqual([[], [{ where: 'line 4', why: 'the log ends inside concurrency 1' }]])
  const empty = perfAnalyzerConsole.read(memorySource(bytes('*** Measurement Settings ***\n')))
  await expect(empty).rejects.toThrow(EngineError)
})
