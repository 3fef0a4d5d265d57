import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { anySlices, indexOf } from './random-traces.ts'

test('every slice is in exactly one lane with all it was told with, and no lane holds two slices of one moment', () => {
  fc.assert(
    fc.property(anySlices(), slices => {
      const { index } = indexOf(slices)
      const { lanes, tracks } = index.manifest
      const start = index.read('start', 0, slices.length)
      const duration = index.read('duration', 0, slices.length)
      const source = index.read('source', 0, slices.length)
      expect([...source].toSorted((a, b) => a - b)).toEqual(slices.map((_, at) => at))
      let next = 0
      for (const lane of lanes) {
        expect(lane.first).toBe(next)
        next += lane.count
        for (let id = lane.first; id < next; id++) {
          const told = slices[source[id] ?? -1]
          expect({
            track: lane.track,
            startNs: start[id],
            durationNs: duration[id],
            name: index.name(index.at('name', id)),
            category: index.at('category', id),
          }).toEqual({
            track: told?.track,
            startNs: told?.startNs,
            durationNs: told?.durationNs,
            name: told?.name,
            category: told?.category,
          })
          expect(index.laneOf(id)).toBe(lane)
          if (id > lane.first)
            expect((start[id - 1] ?? 0) + (duration[id - 1] ?? 0)).toBeLessThanOrEqual(start[id] ?? 0)
        }
        expect(lane.startNs).toBe(start[lane.first])
        expect(lane.endNs).toBe((start[next - 1] ?? 0) + (duration[next - 1] ?? 0))
      }
      expect(next).toBe(slices.length)
      expect(tracks.flatMap(track => track.lanes)).toEqual(lanes.map(lane => lane.index))
      expect(tracks.map(track => track.slices)).toEqual(
        [0, 1, 2].map(track => slices.filter(slice => slice.track === track).length),
      )
    }),
    { numRuns: 60 },
  )
})

test('a slice lies in a deeper lane than every slice of its track that encloses it', () => {
  fc.assert(
    fc.property(anySlices(), slices => {
      const { index } = indexOf(slices)
      const all = slices.map((_, id) => {
        const startNs = index.at('start', id)
        const lane = index.laneOf(id)
        return { startNs, endNs: startNs + index.at('duration', id), depth: lane.depth, track: lane.track }
      })
      for (const outer of all)
        for (const inner of all) {
          const encloses =
            outer.track === inner.track &&
            outer.startNs <= inner.startNs &&
            outer.endNs >= inner.endNs &&
            // Not the same stretch, and not only touching.
            outer.endNs - outer.startNs > inner.endNs - inner.startNs &&
            outer.endNs > inner.startNs
          if (encloses) expect(inner.depth).toBeGreaterThan(outer.depth)
        }
    }),
    { numRuns: 60 },
  )
})

test('a chain of slices that each overlap the next needs two lanes, not one each', () => {
  const slices = Array.from({ length: 1000 }, (_, at) => ({
    track: 0,
    startNs: at * 10,
    durationNs: 12,
    name: 'kernel',
    category: CATEGORY.kernel,
  }))
  expect(indexOf(slices).manifest.lanes.map(lane => lane.count)).toEqual([500, 500])
})

test('children that outlast their parent by rounding stay, a lane down', () => {
  const of = (startNs: number, durationNs: number) => ({ track: 0, startNs, durationNs, name: 'f', category: 5 })
  const { index } = indexOf([of(0, 100), of(10, 50), of(20, 41), of(70, 10)])
  expect([0, 1, 2, 3].map(id => [index.at('start', id), index.laneOf(id).depth])).toEqual([
    [0, 0],
    [10, 1],
    [70, 1],
    [20, 2],
  ])
})
