import { describe, expect, test } from 'vitest'
import { LatencyMs, PERCENTILE_NAMES, PERCENTILES, PercentileBounds } from '#domain/point.ts'
import { percentileBounds, samplesNeeded } from '#stats/bounds.ts'
import { percentile } from '#stats/percentile.ts'
import { seededRandom } from '#stats/random.ts'
import { summarizeLatencies } from '#stats/summary.ts'
import golden from '../golden/stats/latencies.json' with { type: 'json' }
import { formulaSeries, normals } from '../helpers/series.ts'

describe('against numpy and scipy', () => {
  test.each(golden.latencies)('$series of $n: mean, std, percentiles and bounds are theirs', wanted => {
    const series = formulaSeries(wanted.series, wanted.n)
    const { count, latencyMs, boundsMs } = summarizeLatencies(series, 0)
    expect(count).toBe(wanted.n)
    expect(latencyMs.mean).toBeCloseTo(wanted.mean, 12)
    expect(latencyMs.min).toBeCloseTo(wanted.min, 12)
    expect(latencyMs.max).toBeCloseTo(wanted.max, 12)
    if (wanted.std === undefined) expect(latencyMs).not.toHaveProperty('std')
    else expect(latencyMs.std).toBeCloseTo(wanted.std, 12)
    for (const name of PERCENTILE_NAMES) {
      const { value, lower, upper } = wanted.percentiles[name]
      expect(latencyMs[name]).toBeCloseTo(value, 12)
      expect(boundsMs[name]?.lowerMs).toBeCloseTo(lower ?? 0, 12)
      if (upper === null) expect(boundsMs[name]).toMatchObject({ needsSamples: samplesNeeded(PERCENTILES[name]) })
      else expect(boundsMs[name]?.upperMs).toBeCloseTo(upper, 12)
      expect(boundsMs[name]?.upperMs === undefined).toBe(boundsMs[name]?.needsSamples !== undefined)
    }
  })

  test('ranks of the bounds are those of the exact binomial', () => {
    for (const { n, p, ranks } of golden.bound_ranks) {
      const bounds = percentileBounds(
        Float64Array.from({ length: n }, (_, i) => i + 1),
        p,
      )
      expect([n, p, bounds.lowerMs || null, bounds.upperMs ?? null]).toEqual([n, p, ...ranks])
    }
  })

  test('xoshiro128++ seeded by SplitMix64 gives the same words as big integers in Python', () => {
    for (const [seed, words] of Object.entries(golden.xoshiro128pp)) {
      const random = seededRandom(Number(seed))
      expect(words.map(() => random.uint32())).toEqual(words)
    }
  })
})

test('the samples for an upper bound are 5, 29, 59 and 299', () => {
  expect(golden.needed).toEqual({ p50: 5, p90: 29, p95: 59, p99: 299 })
  expect(PERCENTILE_NAMES.map(name => samplesNeeded(PERCENTILES[name]))).toEqual([5, 29, 59, 299])
})

test('298 samples leave p99 without an upper bound, the 299th gives one', () => {
  const of = (n: number) => percentileBounds(formulaSeries('ramp', n), 99)
  expect(of(298)).toMatchObject({ needsSamples: 299 })
  expect(of(298)).not.toHaveProperty('upperMs')
  expect(of(299).upperMs).toBe(1 + 298 / 299)
})

test('bounds of a known distribution hold as often as they say', () => {
  const rounds = 400
  const trueP90 = 1.2815515655446004 // scipy.stats.norm.ppf(0.9)
  let held = 0
  for (let seed = 0; seed < rounds; seed++) {
    const { lowerMs, upperMs = 0 } = percentileBounds(normals(seed, 200).toSorted(), 90)
    if (lowerMs <= trueP90 && trueP90 <= upperMs) held++
  }
  expect(held / rounds).toBeGreaterThan(0.925) // 95 % less three standard errors
})

test('the warm-up is left out of every figure', () => {
  const { count, latencyMs, inferPerSec } = summarizeLatencies(Float64Array.of(900, 800, 2, 4), 2)
  expect({ count, mean: latencyMs.mean, max: latencyMs.max }).toEqual({ count: 2, mean: 3, max: 4 })
  expect(inferPerSec(8)).toBeCloseTo((8 * 2 * 1000) / 6, 10)
})

test('no samples give absent fields, not zeros or NaN', () => {
  for (const summary of [summarizeLatencies(new Float64Array(0), 0), summarizeLatencies(Float64Array.of(1, 2), 5)]) {
    expect(summary).toMatchObject({ count: 0, latencyMs: {}, boundsMs: {} })
    expect(summary.inferPerSec(8)).toBeUndefined()
  }
})

test('every summary fits the domain', () => {
  for (const n of [1, 2, 7, 300]) {
    const { latencyMs, boundsMs } = summarizeLatencies(formulaSeries('heavy', n), 0)
    expect(LatencyMs.parse(latencyMs)).toEqual(latencyMs)
    for (const bounds of Object.values(boundsMs)) expect(PercentileBounds.parse(bounds)).toEqual(bounds)
  }
})

test('a latency that is no latency is refused, not averaged', () => {
  for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
    expect(() => summarizeLatencies(Float64Array.of(1, value), 0)).toThrow(RangeError)
  }
  expect(() => summarizeLatencies(Float64Array.of(1), -1)).toThrow(RangeError)
  expect(() => percentile(new Float64Array(0), 50)).toThrow(RangeError)
  expect(() => percentile(Float64Array.of(1), 101)).toThrow(RangeError)
})

test('a million samples are summarized in a fraction of a second', () => {
  const series = formulaSeries('saw', 1_000_000)
  const start = performance.now()
  summarizeLatencies(series, 0)
  expect(performance.now() - start).toBeLessThan(1000)
})
