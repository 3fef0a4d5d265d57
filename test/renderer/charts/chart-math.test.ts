import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fitText, freePlace, spreadLabels } from '../../../src-renderer/charts/labels.ts'
import { cdf, logHistogram, minMaxPerColumn, nearestRank } from '../../../src-renderer/charts/sample-math.ts'
import { linearTicks, logTicks, needsLog, tickText } from '../../../src-renderer/charts/ticks.ts'

const positive = fc.array(fc.double({ min: 0.001, max: 10_000, noNaN: true }), { minLength: 1, maxLength: 300 })
const sortedOf = (values: number[]) => Float64Array.from(values).toSorted()

test('an axis becomes logarithmic beyond a range of 20×, and never with values that are not positive', () => {
  expect(needsLog([1, 20])).toBe(false)
  expect(needsLog([1, 20.1])).toBe(true)
  expect(needsLog([0, 100])).toBe(false)
  expect(needsLog([])).toBe(false)
})

test('ticks are round, inside the range and few', () => {
  expect(linearTicks(0, 4456)).toEqual([0, 1000, 2000, 3000, 4000])
  expect(linearTicks(0, 0.3, 3)).toEqual([0, 0.1, 0.2, 0.3])
  expect(logTicks(0.5, 60)).toEqual([0.5, 1, 2, 5, 10, 20, 50])
  expect(logTicks(0.5, 600)).toEqual([1, 3, 10, 30, 100, 300])
  expect(logTicks(0.1, 100_000)).toEqual([0.1, 1, 10, 100, 1000, 10_000, 100_000])
  expect(logTicks(3.2, 3.9)).toEqual(linearTicks(3.2, 3.9, 7))
  fc.assert(
    fc.property(
      fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
      fc.double({ min: 1.001, max: 1e9, noNaN: true }),
      (low, ratio) => {
        const ticks = logTicks(low, low * ratio)
        return ticks.length <= 9 && ticks.every(tick => tick >= low * 0.999 && tick <= low * ratio * 1.001)
      },
    ),
  )
})

test('tick words are short and exact', () => {
  expect([0.05, 2.5, 1000, 12_500, 3_000_000, 0].map(tickText)).toEqual(['0.05', '2.5', '1,000', '12.5k', '3M', '0'])
})

test('every sample is in exactly one bin of the histogram', () => {
  fc.assert(
    fc.property(positive, values => {
      const { edgesMs, shares } = logHistogram(sortedOf(values))
      const sum = shares.reduce((total, share) => total + share, 0)
      return Math.abs(sum - 1) < 1e-9 && edgesMs.length === shares.length + 1
    }),
  )
})

test('bins are equally wide in log latency: 1 to 16 ms in 8 bins doubles every second edge', () => {
  const { edgesMs, shares } = logHistogram(Float64Array.from([1, 1, 2, 16]))
  expect(shares).toHaveLength(8)
  expect(edgesMs[2]).toBeCloseTo(2, 9)
  expect(edgesMs[4]).toBeCloseTo(4, 9)
  expect([shares[0], shares[2], shares[7]]).toEqual([0.5, 0.25, 0.25])
})

test('equal samples are one bin, and no samples none', () => {
  expect(logHistogram(Float64Array.from([2, 2]))).toEqual({ edgesMs: [2, 2], shares: [1] })
  expect(logHistogram(new Float64Array())).toEqual({ edgesMs: [], shares: [] })
})

test('the cumulative curve ends at 100 % on the slowest call and never falls', () => {
  const points = cdf(Float64Array.from({ length: 1000 }, (_, index) => index + 1))
  expect(points).toHaveLength(200)
  expect(points[0]).toEqual({ latencyMs: 1, share: 0.001 })
  expect(points.at(-1)).toEqual({ latencyMs: 1000, share: 1 })
  expect(points.every((point, index) => index === 0 || point.share > (points[index - 1]?.share ?? 0))).toBe(true)
})

test('nearest rank as the engine counts it: p50 of 1..4 is 3, p99 of 1..100 is 99', () => {
  expect(nearestRank(Float64Array.from([1, 2, 3, 4]), 50)).toBe(3)
  expect(
    nearestRank(
      Float64Array.from({ length: 100 }, (_, index) => index + 1),
      99,
    ),
  ).toBe(99)
})

test('decimation keeps the slowest and fastest call of every column, in order of measurement', () => {
  fc.assert(
    fc.property(positive, fc.integer({ min: 1, max: 40 }), (values, columns) => {
      const samples = Float64Array.from(values)
      const drawn = minMaxPerColumn(samples, columns)
      const ordered = drawn.every(({ call }, index) => index === 0 || call > (drawn[index - 1]?.call ?? 0))
      const all = drawn.map(each => each.latencyMs)
      return (
        ordered &&
        drawn.length <= Math.max(2 * columns, 0) + (samples.length <= 2 * columns ? samples.length : 0) &&
        Math.max(...all) === Math.max(...values) &&
        Math.min(...all) === Math.min(...values) &&
        drawn.every(({ call, latencyMs }) => samples[call] === latencyMs)
      )
    }),
  )
})

test('labels are moved apart, keep their order and stay inside', () => {
  expect(spreadLabels([50, 50, 52], 13, 0, 100)).toEqual([50, 63, 76])
  expect(spreadLabels([98, 99], 13, 0, 100)).toEqual([87, 100])
  expect(spreadLabels([], 13, 0, 100)).toEqual([])
})

test('a label is cut only where it would be too wide', () => {
  const measure = (text: string) => text.length
  expect(fitText('ONNX Runtime', 12, measure)).toBe('ONNX Runtime')
  expect(fitText('ONNX Runtime', 6, measure)).toBe('ONNX …')
})

test('a word beside a marker takes the corner without a line, then without a word, else it is left out', () => {
  const area = { left: 0, right: 400, top: 0, bottom: 200 }
  const rising = [
    [
      { x: 100, y: 180 },
      { x: 200, y: 100 },
      { x: 300, y: 20 },
    ],
  ]
  const marker = { x: 200, y: 100 }
  expect(freePlace(marker, 14, { lines: rising, taken: [], area })).toEqual({
    left: 180,
    right: 194,
    top: 84,
    bottom: 96,
  })
  const falling = [[{ x: 100, y: 20 }, marker, { x: 300, y: 180 }]]
  expect(freePlace(marker, 14, { lines: falling, taken: [], area })).toMatchObject({ left: 206, top: 84 })
  // At the left edge there is no room on the left.
  expect(freePlace({ x: 4, y: 100 }, 14, { lines: rising, taken: [], area })).toMatchObject({ left: 10, top: 84 })
  expect(freePlace(marker, 14, { lines: [], taken: [area], area })).toBeUndefined()
})
