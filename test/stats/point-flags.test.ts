import { describe, expect, test } from 'vitest'
import { POINT_FLAGS } from '#domain/point-flags.ts'
import { flagsFor, type PointFacts, repeatsDiffer } from '#stats/point-flags.ts'

const calm: PointFacts = {
  count: 1000,
  latencyMs: { p50: 1, p90: 1.02 },
  boundsMs: { p50: { lowerMs: 0.99, upperMs: 1.01 }, p99: { lowerMs: 1.1, upperMs: 1.3 } },
  stability: { driftPercent: 0.5, cvPercent: 3, lag1: 0.1 },
  steady: true,
  loadBefore: 0.3,
  loadAfter: 2.2,
  stealShare: 0,
  cores: 2,
  threads: 2,
  coreToCoreNs: { before: 110, after: 120 },
  swappedBytes: 4096,
  callUs: 20,
}

test('a calm point has no flag, and neither has one of which little is known', () => {
  expect(flagsFor(calm)).toEqual([])
  expect(flagsFor({ count: 300, latencyMs: {}, boundsMs: {}, stability: {}, steady: true })).toEqual([])
})

const raisers: [flag: string, why: string, facts: Partial<PointFacts>][] = [
  ['few-samples', 'a percentile without upper bound', { boundsMs: { p99: { lowerMs: 1, needsSamples: 299 } } }],
  ['few-samples', 'no samples', { count: 0, boundsMs: {} }],
  ['unstable', 'a trend up', { stability: { driftPercent: 6 } }],
  ['unstable', 'a trend down', { stability: { driftPercent: -6 } }],
  ['unstable', 'a wide spread', { stability: { cvPercent: 26 } }],
  ['unstable', 'levels that alternate', { stability: { cvPercent: 8, lag1: 0.9 } }],
  ['noisy-machine', 'load of others before', { loadBefore: 3 }],
  ['noisy-machine', 'load of others after', { loadAfter: 3 }],
  ['noisy-machine', 'others at work on a tenth of the cores', { otherCores: 0.25 }],
  ['noisy-machine', 'stolen time', { stealShare: 0.02 }],
  ['noisy-machine', 'threads moved apart', { coreToCoreNs: { before: 110, after: 366 } }],
  ['noisy-machine', 'threads moved together', { coreToCoreNs: { before: 366, after: 110 } }],
  ['oversubscribed', 'more threads than cores', { threads: 4 }],
  ['swapped', 'two MiB swapped', { swappedBytes: 2 ** 21 }],
  ['call-overhead', 'a call of 60 µs in 1 ms', { callUs: 60 }],
  ['no-warm-state', 'no steady state', { steady: false }],
]

describe.each(raisers)('%s', (flag, why, facts) => {
  test(`is raised by ${why} and nothing else is`, () => {
    expect(flagsFor({ ...calm, ...facts })).toEqual([flag])
  })
})

test('every flag set here has its words in the domain, in the same order', () => {
  const words = POINT_FLAGS.map(({ id }) => id)
  const raised = [...new Set(raisers.map(([flag]) => flag))]
  expect(raised).toEqual(words.filter(id => raised.includes(id)))
})

test('a load average that remembers earlier work is no noise where others were measured to be idle', () => {
  expect(flagsFor({ ...calm, loadBefore: 5, loadAfter: 5, otherCores: 0.02 })).toEqual([])
})

test('high correlation of tiny changes is not unstable', () => {
  expect(flagsFor({ ...calm, stability: { cvPercent: 0.4, lag1: 0.97 } })).toEqual([])
})

test('one’s own threads are no noise', () => {
  expect(flagsFor({ ...calm, threads: 8, cores: 8, loadBefore: 8, loadAfter: 9 })).toEqual([])
})

describe('repeats', () => {
  const point = (p50: number, p90: number) => ({ latencyMs: { p50, p90 } })
  test('differ when their medians are further apart than their own spreads', () => {
    expect(repeatsDiffer([point(1, 1.01), point(1.1, 1.12)])).toBe(true)
  })
  test('agree inside their spread, and within 2 %', () => {
    expect(repeatsDiffer([point(1, 1.2), point(1.1, 1.12)])).toBe(false)
    expect(repeatsDiffer([point(1, 1.001), point(1.015, 1.016)])).toBe(false)
  })
  test('say nothing when there is only one, or none was measured', () => {
    expect(repeatsDiffer([])).toBe(false)
    expect(repeatsDiffer([point(1, 1.1)])).toBe(false)
    expect(repeatsDiffer([point(1, 1.1), {}, { latencyMs: {} }])).toBe(false)
  })
})
