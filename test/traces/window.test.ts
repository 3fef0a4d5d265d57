import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { windowOf } from '../../src-main/traces/query-window.ts'
import { anySlices, indexOf, type MadeSlice } from './random-traces.ts'

const anyWindow = fc.record({
  startNs: fc.integer({ min: -20, max: 2000 }),
  lengthNs: fc.integer({ min: 1, max: 2200 }),
  widthPx: fc.integer({ min: 1, max: 60 }),
})

test('a window holds every slice that touches it once, merged within a pixel only, with exact times, counts and busy time', () => {
  fc.assert(
    fc.property(anySlices(400, 2000), anyWindow, (slices, { startNs, lengthNs, widthPx }) => {
      const { index } = indexOf(slices)
      const endNs = startNs + lengthNs
      const pixelNs = lengthNs / widthPx
      for (const lane of index.manifest.lanes) {
        const rows = windowOf(index, { startNs, endNs, widthPx, lanes: [lane.index] })
        const { from, to } = index.within(lane, startNs, endNs)
        // Slices of the lane in order, handed out to the rows by their counts.
        const first = firstOf(rows, index, lane.first)
        let next = first
        for (let row = 0; row < rows.count.length; row++) {
          const count = rows.count[row] ?? 0
          const start = index.read('start', next, count)
          const duration = index.read('duration', next, count)
          const last = (start[count - 1] ?? 0) + (duration[count - 1] ?? 0)
          const busyNs = duration.reduce((sum, each) => sum + each, 0)
          expect(rows.startNs[row]).toBe(start[0])
          expect(rows.endNs[row]).toBe(last)
          if (last > (start[0] ?? 0)) expect(rows.busy[row]).toBe(Math.fround(busyNs / (last - (start[0] ?? 0))))
          if (count > 1) expect(last - (start[0] ?? 0)).toBeLessThanOrEqual(pixelNs)
          const longest = Math.max(...duration)
          const named = rows.slice[row] ?? -1
          expect(named).toBeGreaterThanOrEqual(next)
          expect(named).toBeLessThan(next + count)
          expect(index.at('duration', named)).toBe(longest)
          expect(rows.name[row]).toBe(index.at('name', named))
          expect(rows.category[row]).toBe(index.at('category', named))
          next += count
        }
        // All that touch are there; what does not lies within a pixel of the window, in a row with one that does.
        if (to > from) {
          expect(first).toBeLessThanOrEqual(from)
          expect(next).toBeGreaterThanOrEqual(to)
        } else expect(rows.count.length).toBe(0)
        expect(rows.count.length).toBeLessThanOrEqual(2 * widthPx + 4)
      }
    }),
    { numRuns: 100 },
  )
})

/** Id of the first slice that the rows begin with. */
function firstOf(
  rows: ReturnType<typeof windowOf>,
  index: ReturnType<typeof indexOf>['index'],
  laneFirst: number,
): number {
  const named = rows.slice[0] ?? laneFirst
  let first = named
  while (first > laneFirst && index.at('start', first - 1) >= (rows.startNs[0] ?? 0)) first--
  return first
}

test('a whole row of pixels over many slices is answered from the pyramid, and adds up', () => {
  const slices: MadeSlice[] = Array.from({ length: 20_000 }, (_, at) => ({
    track: 0,
    startNs: at * 10,
    durationNs: at % 7 === 0 ? 9 : 3,
    name: `k${at % 5}`,
    category: CATEGORY.kernel,
  }))
  const { index } = indexOf(slices)
  const rows = windowOf(index, { startNs: 0, endNs: 200_000, widthPx: 100, lanes: [0] })
  expect(rows.count.reduce((sum, count) => sum + count, 0)).toBe(20_000)
  expect(rows.count.length).toBeGreaterThan(90)
  expect(rows.count.length).toBeLessThanOrEqual(202)
  const busyNs = rows.busy.reduce(
    (sum, busy, row) => sum + busy * ((rows.endNs[row] ?? 0) - (rows.startNs[row] ?? 0)),
    0,
  )
  expect(busyNs).toBeCloseTo(
    slices.reduce((sum, { durationNs }) => sum + durationNs, 0),
    -1,
  )
})

test('an empty window, a lane that is none and an empty trace give no rows', () => {
  const { index } = indexOf([{ track: 0, startNs: 5, durationNs: 5, name: 'a', category: 1 }])
  expect(windowOf(index, { startNs: 5, endNs: 5, widthPx: 10, lanes: [0] }).count.length).toBe(0)
  expect(windowOf(index, { startNs: 0, endNs: 10, widthPx: 10, lanes: [7, -1] }).count.length).toBe(0)
  expect(windowOf(indexOf([]).index, { startNs: 0, endNs: 10, widthPx: 10, lanes: [0] }).count.length).toBe(0)
})

test('a slice without duration at the very start of the window is drawn, one that ends there is not', () => {
  const of = (startNs: number, durationNs: number) => ({
    track: 0,
    startNs,
    durationNs,
    name: 'a',
    category: CATEGORY.op,
  })
  const startsOf = (slices: MadeSlice[], widthPx: number) => [
    ...windowOf(indexOf(slices).index, { startNs: 38, endNs: 48, widthPx, lanes: [0] }).startNs,
  ]
  for (const widthPx of [1, 10, 1000]) {
    expect(startsOf([of(0, 0), of(38, 0)], widthPx)).toEqual([38])
    expect(startsOf([of(0, 0), of(36, 2)], widthPx)).toEqual([])
    expect(startsOf([of(0, 30), of(36, 2), of(38, 0)], widthPx)).toEqual([38])
  }
})
