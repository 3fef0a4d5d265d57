import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import {
  COUNTED_WINDOWS,
  deviation,
  isOverThreshold,
  isStable,
  mean,
  nearestRank,
  pooled,
  windowOutcome,
} from '../../src-main/stats/load-windows.ts'

/** Recorded with the real perf_analyzer; outside the repository. */
const SAMPLES = join(import.meta.dirname, '../../../shared/samples/triton/perf_analyzer_real')
const hasSamples = existsSync(SAMPLES)
if (!hasSamples) console.log(`skipped: no recordings of perf_analyzer in ${SAMPLES}`)

const Export = z.object({
  experiments: z.array(
    z.object({
      experiment: z.object({ value: z.number() }),
      requests: z.array(z.object({ timestamp: z.string(), response_timestamps: z.array(z.string()) })),
      window_boundaries: z.array(z.string()),
    }),
  ),
})
type Experiment = z.infer<typeof Export>['experiments'][number]

/** The export's integers are nanoseconds beyond 2^53: kept as text, so that differences are exact. */
function readExport(name: string): Experiment[] {
  const text = readFileSync(join(SAMPLES, `${name}.profile.json`), 'utf8').replace(/\b(\d{17,})\b/g, '"$1"')
  return Export.parse(JSON.parse(text)).experiments
}

function readCsv(name: string): Record<string, string>[] {
  const [header = '', ...rows] = readFileSync(join(SAMPLES, `${name}.csv`), 'utf8')
    .trim()
    .split('\n')
  return rows.map(row => Object.fromEntries(row.split(',').map((cell, i) => [header.split(',')[i] ?? '', cell])))
}

/** Ours from the raw times, printed as perf_analyzer prints: µs truncated, throughput with six digits. */
function figures({ requests, window_boundaries }: Experiment, { decoupled = false } = {}) {
  const bounds = window_boundaries.slice(-COUNTED_WINDOWS - 1).map(BigInt)
  const windows = bounds.slice(1).map((end, i) => {
    const start = bounds[i] ?? 0n
    const latencies = requests.flatMap(({ timestamp, response_timestamps }) => {
      // Of a decoupled model the last response is the empty final one: not data.
      const last = BigInt(response_timestamps.at(decoupled ? -2 : -1) ?? 0)
      return last >= start && last <= end ? [Number(last - BigInt(timestamp))] : []
    })
    return { latencies: Float64Array.from(latencies), durationNs: Number(end - start) }
  })
  const all = pooled(windows.map(({ latencies }) => latencies))
  const durationNs = windows.reduce((sum, window) => sum + window.durationNs, 0)
  const us = (ns: number) => String(Math.trunc(ns / 1000))
  return {
    windows,
    'Inferences/Second': String(Number(windowOutcome(all, { batch: 1, durationNs }).inferPerSec.toPrecision(6))),
    'p50 latency': us(nearestRank(all, 50)),
    'p90 latency': us(nearestRank(all, 90)),
    'p95 latency': us(nearestRank(all, 95)),
    'p99 latency': us(nearestRank(all, 99)),
    'Avg latency': us(mean(all)),
    std: us(deviation(all) ?? Number.NaN),
  }
}

describe.skipIf(!hasSamples)('perf_analyzer’s report rebuilt from its own samples', () => {
  const columns = ['Inferences/Second', 'p50 latency', 'p90 latency', 'p95 latency', 'p99 latency', 'Avg latency']

  test.each(['delay_profile', 'delay_v260'])('%s: every client figure to the last printed digit', name => {
    const rows = readCsv(name)
    const experiments = readExport(name)
    expect(experiments).toHaveLength(rows.length)
    for (const experiment of experiments) {
      const row = rows.find(({ Concurrency }) => Number(Concurrency) === experiment.experiment.value)
      const ours: Record<string, unknown> = figures(experiment)
      expect(columns.map(column => ours[column])).toEqual(columns.map(column => row?.[column]))
    }
  })

  test('the standard deviation is the console’s', () => {
    // delay_profile.log: "standard deviation 256 usec", "standard deviation 2479 usec"
    expect(readExport('delay_profile').map(experiment => figures(experiment).std)).toEqual(['256', '2479'])
  })

  test('the stability rule agrees: it was run with -s 25 and stopped after the first three windows', () => {
    for (const experiment of readExport('delay_profile')) {
      const outcomes = figures(experiment).windows.map(({ latencies, durationNs }) =>
        windowOutcome(latencies, { batch: 1, durationNs }),
      )
      expect(isStable(outcomes, 25)).toBe(true)
      expect(isStable(outcomes.slice(0, 2), 25)).toBe(false)
    }
  })

  test('a decoupled model’s latency is that of its last data response', () => {
    const [row] = readCsv('repeat_streaming')
    const [experiment] = readExport('repeat_streaming')
    if (experiment === undefined) throw new Error('no experiment')
    const ours: Record<string, unknown> = figures(experiment, { decoupled: true })
    expect(columns.map(column => ours[column])).toEqual(columns.map(column => row?.[column]))
  })

  test('a request count’s throughput is the one figure not taken over: true span, not the polled second', () => {
    const [experiment] = readExport('strings_count')
    if (experiment === undefined) throw new Error('no experiment')
    const starts = experiment.requests.map(({ timestamp }) => BigInt(timestamp))
    const ends = experiment.requests.map(({ response_timestamps }) => BigInt(response_timestamps.at(-1) ?? 0))
    const first = starts.reduce((a, b) => (a < b ? a : b))
    const last = ends.reduce((a, b) => (a > b ? a : b))
    const latencies = Float64Array.from(ends, (end, i) => Number(end - (starts[i] ?? 0n)))
    const [row] = readCsv('strings_count')
    expect(String(Math.trunc(nearestRank(latencies.toSorted(), 50) / 1000))).toBe(row?.['p50 latency'])
    // perf_analyzer prints 59.9699.
    const { inferPerSec } = windowOutcome(latencies, { batch: 1, durationNs: Number(last - first) })
    expect(inferPerSec).toBeGreaterThan(1000)
  })
})

describe('stability', () => {
  const window = (inferPerSec: number, latency = 5) => ({ inferPerSec, latency })

  test('looks at the last three windows only', () => {
    expect(isStable([window(10), window(100), window(105), window(110)], 10)).toBe(true)
    expect(isStable([window(100), window(105), window(111)], 10)).toBe(false)
    expect(isStable([window(100), window(100)], 10)).toBe(false)
  })

  test('wants latency within the same ratio', () => {
    expect(isStable([window(100, 5), window(100, 5.4), window(100, 5.49)], 10)).toBe(true)
    expect(isStable([window(100, 5), window(100, 5.4), window(100, 5.51)], 10)).toBe(false)
  })

  test('a window without requests is never stable', () => {
    expect(isStable([window(100), { inferPerSec: 0 }, window(100)], 1000)).toBe(false)
    expect(windowOutcome(new Float64Array(), { batch: 1, durationNs: 1e9 })).toEqual({ inferPerSec: 0 })
  })

  test('one of the last three over the limit is enough, once there are three', () => {
    expect(isOverThreshold([window(1, 9), window(1, 9)], 8)).toBe(false)
    expect(isOverThreshold([window(1, 9), window(1, 5), window(1, 5)], 8)).toBe(true)
    expect(isOverThreshold([window(1, 9), window(1, 5), window(1, 5), window(1, 5)], 8)).toBe(false)
    expect(isOverThreshold([window(1, 9), window(1, 9), window(1, 9)], undefined)).toBe(false)
  })
})

test('batch items count, and the chosen percentile stands in for the mean', () => {
  const latencies = Float64Array.of(4, 1, 2, 3, 100)
  expect(windowOutcome(latencies, { batch: 8, durationNs: 2e9 })).toEqual({ inferPerSec: 20, latency: 22 })
  // floor(0.9 · 4 + 0.5) = 4
  expect(windowOutcome(latencies, { batch: 8, durationNs: 2e9, percentile: 90 }).latency).toBe(100)
  expect([...latencies]).toEqual([4, 1, 2, 3, 100])
})
