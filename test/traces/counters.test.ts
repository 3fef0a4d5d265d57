import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { timelineTracks } from '../../src-main/traces/query-tracks.ts'
import { windowOf } from '../../src-main/traces/query-window.ts'
import { indexOf } from './random-traces.ts'

test('a counter has a lane after all others, and the timeline says so', () => {
  const { index } = indexOf([{ track: 0, startNs: 0, durationNs: 5, name: 'a', category: CATEGORY.op }], {
    more: builder => {
      builder.counter(1, 0, 10)
      builder.counter(2, 0, -40)
      builder.counter(2, 10, 20)
    },
  })
  const tracks = timelineTracks(index)
  expect(tracks.map(({ lanes, maxValue }) => [lanes, maxValue])).toEqual([
    [[{ index: 0, slices: 1 }], undefined],
    [[{ index: 1, slices: 1 }], 10],
    [[{ index: 2, slices: 2 }], 40],
  ])
  const rows = windowOf(index, { startNs: 0, endNs: 20, widthPx: 100, lanes: [2, 1] })
  expect([...rows.lane]).toEqual([2, 2, 1])
  expect([...rows.startNs]).toEqual([0, 10, 0])
  expect([...rows.endNs]).toEqual([10, 20, 20])
  expect([...rows.busy]).toEqual([-1, 0.5, 1])
})

test('at every moment of a window a counter is drawn with its value, or with the largest within a pixel', () => {
  const anySamples = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
    selector: ([atNs]) => atNs,
  })
  fc.assert(
    fc.property(
      anySamples,
      fc.integer({ min: -10, max: 100 }),
      fc.integer({ min: 1, max: 120 }),
      fc.integer({ min: 1, max: 30 }),
      (samples, startNs, lengthNs, widthPx) => {
        const { index } = indexOf([], {
          more: builder => {
            for (const [at, value] of samples) builder.counter(0, at, value)
          },
        })
        const sorted = samples.toSorted(([a], [b]) => a - b)
        const max = Math.max(...samples.map(([, value]) => value))
        const endNs = startNs + lengthNs
        const rows = windowOf(index, { startNs, endNs, widthPx, lanes: [0] })
        expect(rows.count.length).toBeLessThanOrEqual(2 * (2 * widthPx + 4))
        const problems: string[] = []
        for (let ns = startNs; ns < endNs; ns++) {
          const last = sorted.findLast(([at]) => at <= ns)
          const row = rows.startNs.findLastIndex((from, at) => from <= ns && ns < (rows.endNs[at] ?? 0))
          const [fromNs = 0, toNs = 0] = [rows.startNs[row], rows.endNs[row]]
          const held = sorted.filter(([at]) => at >= fromNs && at < toNs).map(([, value]) => value)
          const merged = held.length > 1 && toNs - fromNs <= lengthNs / widthPx
          const wanted = last === undefined ? -1 : merged ? Math.max(...held) : last[1]
          if (row < 0 ? wanted !== -1 : rows.busy[row] !== Math.fround(max === 0 ? 0 : wanted / max))
            problems.push(`${ns}: row ${row}, wanted ${wanted}`)
        }
        expect(problems).toEqual([])
      },
    ),
    { numRuns: 60 },
  )
})

test('groups stand for the samples of a crowded pixel: the peak is drawn, and cost does not grow with samples', () => {
  const count = 40_000
  const { index } = indexOf([], {
    more: builder => {
      for (let at = 0; at < count; at++)
        builder.counter(0, at < 20_000 ? at * 10 : 1e6 + at * 50, at === 12_345 ? 100 : at % 7)
      builder.counter(1, 5, 1) // a counter after it has its groups after them
      for (let at = 0; at < 200; at++) builder.counter(1, 10 + at, at)
    },
  })
  const rows = windowOf(index, { startNs: 0, endNs: 3_000_000, widthPx: 100, lanes: [0] })
  expect(rows.count.length).toBeLessThanOrEqual(204)
  const peak = rows.busy.indexOf(1)
  expect(Math.abs((rows.startNs[peak] ?? 0) - 123_450)).toBeLessThanOrEqual(30_000)
  expect([...rows.busy].filter(busy => busy === 1)).toHaveLength(1)
  // Between the two stretches the last value before holds on.
  const gap = rows.startNs.findLastIndex((from, row) => from <= 500_000 && (rows.endNs[row] ?? 0) > 500_000)
  expect(rows.busy[gap]).toBe(Math.fround((19_999 % 7) / 100))
  const second = windowOf(index, { startNs: 0, endNs: 300, widthPx: 2, lanes: [1] })
  expect(Math.max(...second.busy)).toBe(1)
})
