import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import { countedSpan, flagsThrottled, gpuFigures, thinned } from '#stats/gpu-figures.ts'

const MIB = 2 ** 20

/** A look every 200 ms from 0 on. */
function series(looks: readonly Omit<GpuSample, 'atMs'>[], more: Partial<GpuSeries> = {}): GpuSeries {
  return {
    index: 0,
    name: 'a GPU',
    source: 'made up',
    everyMs: 200,
    startedAt: '2026-01-01T00:00:00.000Z',
    powerReading: 'instant',
    samples: looks.map((look, at) => ({ atMs: 200 * at, ...look })),
    ...more,
  }
}

/** Idle for a second, then ten looks at work, then idle again; the process lives from 900 to 3400. */
const WORK = [
  ...Array.from({ length: 5 }, () => ({
    powerW: 70,
    memoryUsedBytes: 500 * MIB,
    utilizationPercent: 0,
    throttleReasons: ['gpu_idle'],
  })),
  ...Array.from({ length: 10 }, (_, at) => ({
    powerW: 300 + 10 * at,
    memoryUsedBytes: (2000 + at) * MIB,
    utilizationPercent: 90,
    throttleReasons: at < 4 ? ['sw_power_cap'] : [],
  })),
  ...Array.from({ length: 5 }, () => ({
    powerW: 70,
    memoryUsedBytes: 500 * MIB,
    utilizationPercent: 0,
    throttleReasons: ['gpu_idle'],
  })),
]
const POINT = { span: { fromMs: 900, toMs: 3400 }, counted: { fromMs: 1000, toMs: 2800 }, inferPerSec: 1000 }

describe('figures of a point', () => {
  test('energy is mean power over the counted calls by throughput, idle power and warm-up time left out', () => {
    // Looks at 1000, 1200 … 2800 ms: 300, 310 … 390 W, mean 345 W; ÷ 1000 per second.
    expect(gpuFigures([series(WORK)], POINT).joulePerInference).toBeCloseTo(0.345, 12)
  })

  test('a reading that is a mean over the last second tells nothing of the first second', () => {
    // Looks at 2000, 2200 … 2800 ms: 350 … 390 W, mean 370 W.
    const averaged = series(WORK, { powerReading: 'last second' })
    expect(gpuFigures([averaged], POINT).joulePerInference).toBeCloseTo(0.37, 12)
  })

  test('the throttled share counts looks that hold the clocks down; idleness is none', () => {
    expect(gpuFigures([series(WORK)], POINT).throttledShare).toBeCloseTo(0.4, 12)
    const whole = { ...POINT, counted: POINT.span }
    // 13 looks from 1000 to 3400, of which 4 throttled and 3 idle.
    expect(gpuFigures([series(WORK)], whole).throttledShare).toBeCloseTo(4 / 13, 12)
  })

  test('memory is what came on top of before, where nobody else was there', () => {
    const alone = series(WORK, { wasFree: true })
    expect(gpuFigures([alone], POINT).peakDeviceBytes).toBe(1509 * MIB)
    expect(gpuFigures([series(WORK)], POINT)).not.toHaveProperty('peakDeviceBytes')
    expect(gpuFigures([series(WORK, { wasFree: false })], POINT)).not.toHaveProperty('peakDeviceBytes')
    expect(gpuFigures([series(WORK, { wasFree: true, mig: true })], POINT)).not.toHaveProperty('peakDeviceBytes')
  })

  test('memory that someone took since the watch began is nobody’s', () => {
    const [first, ...rest] = WORK
    const joined = [{ ...first, memoryUsedBytes: 100 * MIB }, ...rest]
    expect(gpuFigures([series(joined, { wasFree: true })], POINT)).not.toHaveProperty('peakDeviceBytes')
  })

  test('too few looks, or a driver that does not say: absent, not 0', () => {
    expect(gpuFigures([series(WORK)], { ...POINT, counted: { fromMs: 1000, toMs: 1700 } })).toEqual({})
    expect(
      gpuFigures(
        [
          series(
            WORK.map(() => ({})),
            { wasFree: true },
          ),
        ],
        POINT,
      ),
    ).toEqual({})
    expect(gpuFigures([], POINT)).toEqual({})
    expect(gpuFigures([series(WORK)], { ...POINT, inferPerSec: undefined })).not.toHaveProperty('joulePerInference')
  })

  test('of several GPUs the one that worked is meant; where two did, none', () => {
    const rest = series(
      WORK.map(look => ({
        ...look,
        powerW: 50,
        utilizationPercent: 0,
        memoryUsedBytes: 500 * MIB,
        throttleReasons: [],
      })),
    )
    const work = series(WORK)
    expect(gpuFigures([rest, work], POINT)).toEqual(gpuFigures([work], POINT))
    expect(gpuFigures([work, rest], POINT)).toEqual(gpuFigures([work], POINT))
    expect(gpuFigures([work, work], POINT)).toEqual({})
    // With MIG no utilisation is told: the memory that was taken names it.
    const silent = series(WORK.map(({ utilizationPercent: _, ...look }) => look))
    expect(gpuFigures([rest, silent], POINT).joulePerInference).toBeCloseTo(0.345, 12)
  })
})

test('a flag needs more than a look in twenty', () => {
  expect([undefined, 0, 0.05, 0.06, 1].map(flagsThrottled)).toEqual([false, false, false, true, true])
})

test('the counted calls end with the measurement; calls that overlap take less than their sum', () => {
  const latenciesMs = Float64Array.from([50, 50, 10, 10, 10, 10])
  expect(countedSpan(latenciesMs, 2, 1000, undefined)).toEqual({ fromMs: 960, toMs: 1000 })
  expect(countedSpan(latenciesMs, 2, 1000, 200)).toEqual({ fromMs: 980, toMs: 1000 })
  expect(countedSpan(latenciesMs, 2, 1000, 50)).toEqual({ fromMs: 960, toMs: 1000 })
})

describe('thinning a series', () => {
  const watts = fc.array(fc.double({ min: 0, max: 1000, noNaN: true }), { minLength: 1, maxLength: 40 })

  test('keeps the mean, the peak of memory and every reason', () => {
    fc.assert(
      fc.property(watts, values => {
        const even = values.length % 2 === 0 ? values : [...values, 0]
        const { samples } = series(
          even.map((powerW, at) => ({ powerW, memoryUsedBytes: powerW, throttleReasons: [`r${at}`] })),
        )
        const half = thinned(samples)
        const mean = (list: readonly GpuSample[]) => list.reduce((sum, { powerW = 0 }) => sum + powerW, 0) / list.length
        expect(half).toHaveLength(even.length / 2)
        expect(mean(half)).toBeCloseTo(mean(samples), 6)
        expect(Math.max(...half.map(({ memoryUsedBytes = 0 }) => memoryUsedBytes))).toBe(Math.max(...even))
        expect(half.flatMap(({ throttleReasons = [] }) => throttleReasons)).toHaveLength(even.length)
      }),
    )
  })

  test('what was not told stays absent, and an odd last look stays', () => {
    const { samples } = series([{ powerW: 100 }, {}, { temperatureC: 50 }])
    expect(thinned(samples)).toEqual([
      { atMs: 0, powerW: 100 },
      { atMs: 400, temperatureC: 50 },
    ])
  })
})
