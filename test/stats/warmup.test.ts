import { describe, expect, test } from 'vitest'
import { detectWarmup } from '#stats/warmup.ts'
import { noisySeries, normals } from '../helpers/series.ts'

const SIZES = [300, 1000, 20_000]

describe.each(SIZES)('of %i samples', count => {
  const detect = (level: (index: number) => number, fixed = 0) => detectWarmup(noisySeries(3, count, level), fixed)
  const near = (wanted: number, got: number) => expect(Math.abs(got - wanted)).toBeLessThanOrEqual(0.01 * count)

  test('nothing is cut where nothing changes', () => {
    const constant = { warmup: 0, rule: 'first 0 calls; no change of level after them', steady: true }
    expect(detect(() => 1)).toEqual(constant)
    expect(detectWarmup(new Float64Array(count).fill(0.25), 0)).toEqual(constant)
  })

  test('a slow first tenth is cut', () => {
    const { warmup, steady, rule } = detect(index => (index < count / 10 ? 1.3 : 1))
    near(count / 10, warmup)
    expect(steady).toBe(true)
    expect(rule).toContain('ms before, ')
  })

  test('a start that fades out is cut to where 2 % are left', () => {
    const fade = 0.03 * count
    const { warmup, steady } = detect(index => 1 + Math.exp(-index / fade))
    expect(steady).toBe(true)
    expect(Math.exp(-warmup / fade)).toBeLessThan(0.1)
    expect(warmup).toBeLessThan(6 * fade)
  })

  test('a late change of 3 % is the wandering of any virtual machine, one of 8 % is another state', () => {
    expect(detect(index => (index < 0.7 * count ? 1 : 1.03)).steady).toBe(true)
    expect(detect(index => (index < 0.7 * count ? 1 : 1.08)).steady).toBe(false)
  })

  test('a fast first third, before clocks come down, is cut', () => {
    const { warmup, steady } = detect(index => (index < count / 3 ? 0.8 : 1))
    near(count / 3, warmup)
    expect(steady).toBe(true)
  })

  test('late throttling is not warm-up: nothing is cut and the series is not steady', () => {
    const { warmup, steady, rule } = detect(index => (index < 0.7 * count ? 1 : 1.3), 5)
    expect(warmup).toBe(5)
    expect(steady).toBe(false)
    expect(rule).toMatch(/^first 5 calls; not steady: \+3\d % from call \d+ on$/)
    near(0.7 * count, Number(rule.match(/from call (\d+)/)?.[1]))
  })

  test('a slow start is cut even where throttling follows', () => {
    const { warmup, steady } = detect(index => (index < count / 10 ? 1.5 : index < 0.7 * count ? 1 : 1.3))
    near(count / 10, warmup)
    expect(steady).toBe(false)
  })

  test('a burst of other load in the middle or at the end is neither warm-up nor a new state', () => {
    for (const share of [0.4, 0.6, 0.95]) {
      const burst = (index: number) => (index >= share * count && index < (share + 0.05) * count ? 1.6 : 1)
      expect(detect(burst)).toMatchObject({ warmup: 0, steady: true })
    }
  })

  test('the cut is never more than half of the series', () => {
    for (const share of [0.45, 0.55]) {
      const { warmup } = detect(index => (index < share * count ? 2 : 1))
      expect(warmup).toBeLessThanOrEqual(count / 2 + count / 256)
    }
  })
})

test('heavy-tailed and correlated noise is rarely taken for a change', () => {
  const makers: Record<string, (seed: number) => Float64Array> = {
    lognormal: seed => normals(seed, 1000).map(noise => Math.exp(0.5 * noise)),
    'ratio of normals (no mean)': seed => {
      const divisor = normals(seed + 5000, 1000)
      return normals(seed, 1000).map((noise, i) => 1 + 0.1 * Math.abs(noise / (divisor[i] || 1)))
    },
    'AR(1), 0.5': seed => {
      let state = 0
      return normals(seed, 1000).map(noise => {
        state = 0.5 * state + noise
        return Math.max(0, 1 + 0.1 * state)
      })
    },
  }
  for (const [name, make] of Object.entries(makers)) {
    const wrong = Array.from({ length: 100 }, (_, seed) => detectWarmup(make(seed), 0)).filter(
      ({ warmup, steady }) => warmup > 50 || !steady,
    )
    expect([name, wrong.length]).toEqual([name, expect.toSatisfy((count: number) => count <= 2)])
  }
})

test('too few samples get the fixed cut and the rule says so', () => {
  expect(detectWarmup(Float64Array.of(9, 1, 1, 1), 1)).toEqual({
    warmup: 1,
    rule: 'first call; 3 more are too few to look for a change',
    steady: true,
  })
  expect(detectWarmup(new Float64Array(3), 5).warmup).toBe(3)
  expect(detectWarmup(new Float64Array(0), 5).warmup).toBe(0)
})

test('zeros, as a coarse clock gives, do not break the search', () => {
  const series = new Float64Array(400).map((_, i) => (i % 3 === 0 ? 0.001 : 0))
  expect(detectWarmup(series, 0)).toMatchObject({ warmup: 0, steady: true })
})
