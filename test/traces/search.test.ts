import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { TraceIndex } from '../../src-main/traces/define.ts'
import { sliceAt, sliceBeside } from '../../src-main/traces/query-slices.ts'
import { findSlices } from '../../src-main/traces/search.ts'
import { anySlices, indexOf } from './random-traces.ts'

/** Every slice of an index as a record, by id. */
function allOf(index: TraceIndex) {
  return Array.from({ length: index.manifest.slices }, (_, slice) => {
    const startNs = index.at('start', slice)
    const lane = index.laneOf(slice)
    const endNs = startNs + index.at('duration', slice)
    return { slice, startNs, endNs, lane: lane.index, track: lane.track, name: index.name(index.at('name', slice)) }
  })
}

const byStart = (a: { startNs: number; slice: number }, b: { startNs: number; slice: number }) =>
  a.startNs - b.startNs || a.slice - b.slice

test('find gives the first slices by start whose name holds the text, in any case, and counts all', () => {
  fc.assert(
    fc.property(
      anySlices(120, 60),
      fc.constantFrom('ATEN', 'aten::add', 'größe', '日本', 'nothing', 'm', ''),
      fc.boolean(),
      fc.integer({ min: 0, max: 30 }),
      (slices, text, exact, limit) => {
        const { index } = indexOf(slices)
        const wanted = allOf(index)
          .filter(({ name }) => (exact ? name === text : name.toLowerCase().includes(text.toLowerCase())))
          .toSorted(byStart)
        const hits = findSlices(index, { text, exact, limit })
        const first = wanted.slice(0, limit)
        expect(hits.total).toBe(wanted.length)
        expect([...hits.slice]).toEqual(first.map(({ slice }) => slice))
        expect([...hits.lane]).toEqual(first.map(({ lane }) => lane))
        expect([...hits.startNs]).toEqual(first.map(({ startNs }) => startNs))
        expect([...hits.durationNs]).toEqual(first.map(({ startNs, endNs }) => endNs - startNs))
      },
    ),
    { numRuns: 60 },
  )
})

test('the slice at a moment is the one of the lane that covers it', () => {
  fc.assert(
    fc.property(anySlices(), fc.integer({ min: -2, max: 60 }), (slices, atNs) => {
      const { index } = indexOf(slices)
      const all = allOf(index)
      for (const lane of index.manifest.lanes) {
        const covering = all.filter(
          each => each.lane === lane.index && (each.startNs === atNs || (each.startNs < atNs && each.endNs > atNs)),
        )
        const found = sliceAt(index, lane.index, atNs)
        if (covering.length === 0) expect(found).toBeUndefined()
        else expect(covering.map(({ slice }) => slice)).toContain(found)
      }
      expect(sliceAt(index, 99, atNs)).toBeUndefined()
    }),
    { numRuns: 60 },
  )
})

test('within gives the slices of a lane that touch the window, and no others', () => {
  const touches = (each: { startNs: number; endNs: number }, startNs: number, endNs: number) =>
    each.startNs < endNs && (each.endNs > startNs || each.startNs >= startNs)
  fc.assert(
    fc.property(
      anySlices(),
      fc.integer({ min: -2, max: 60 }),
      fc.integer({ min: 0, max: 40 }),
      (slices, startNs, lengthNs) => {
        const { index } = indexOf(slices)
        const all = allOf(index)
        for (const lane of index.manifest.lanes) {
          const wanted = all.filter(each => each.lane === lane.index && touches(each, startNs, startNs + lengthNs))
          const { from, to } = index.within(lane, startNs, startNs + lengthNs)
          expect(Array.from({ length: to - from }, (_, at) => from + at)).toEqual(wanted.map(({ slice }) => slice))
        }
      },
    ),
    { numRuns: 60 },
  )
})

test('beside gives the neighbour in the lane, or of the same name anywhere on the track', () => {
  fc.assert(
    fc.property(anySlices(40, 30), slices => {
      const { index } = indexOf(slices)
      const all = allOf(index)
      for (const own of all) {
        const inLane = all.filter(({ lane }) => lane === own.lane)
        const place = inLane.indexOf(own)
        expect(sliceBeside(index, own.slice, 'next', false)).toBe(inLane[place + 1]?.slice)
        expect(sliceBeside(index, own.slice, 'previous', false)).toBe(inLane[place - 1]?.slice)
        const named = all.filter(({ track, name }) => track === own.track && name === own.name).toSorted(byStart)
        const among = named.indexOf(own)
        expect(sliceBeside(index, own.slice, 'next', true)).toBe(named[among + 1]?.slice)
        expect(sliceBeside(index, own.slice, 'previous', true)).toBe(named[among - 1]?.slice)
      }
      expect(sliceBeside(index, 1e6, 'next', true)).toBeUndefined()
    }),
    { numRuns: 60 },
  )
})

test('the same name is found beyond the first stretch that is looked through', () => {
  const slices = Array.from({ length: 20_000 }, (_, at) => ({
    track: 0,
    startNs: at * 10,
    durationNs: 5,
    name: at === 0 || at === 19_999 ? 'rare' : 'common',
    category: 1,
  }))
  const { index } = indexOf(slices)
  expect(sliceBeside(index, 0, 'next', true)).toBe(19_999)
  expect(sliceBeside(index, 19_999, 'previous', true)).toBe(0)
  expect(findSlices(index, { text: 'rare', exact: true, limit: 5 }).total).toBe(2)
})
