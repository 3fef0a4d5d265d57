import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EngineError } from '../../src-main/domain/errors.ts'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { coarseOf, openCoarse } from '../../src-main/traces/coarse.ts'
import { timelineTracks } from '../../src-main/traces/query-tracks.ts'
import { windowOf } from '../../src-main/traces/query-window.ts'
import { anySlices, indexOf } from './random-traces.ts'

const KIB = 1024

test('a small trace is kept whole: any window is drawn as from the index', () => {
  fc.assert(
    fc.property(
      anySlices(),
      fc.integer({ min: -5, max: 60 }),
      fc.integer({ min: 1, max: 80 }),
      (slices, startNs, lengthNs) => {
        const { index } = indexOf(slices, { more: builder => builder.counter(1, 7, 3) })
        const coarse = openCoarse(coarseOf(index))
        expect(coarse.whole).toBe(true)
        expect(coarse.leftOut).toBe(0)
        const lanes = [...index.lanes.keys(), index.lanes.length]
        // So fine that nothing is merged: what lies under one node is merged differently where there are no nodes.
        const query = { startNs, endNs: startNs + lengthNs, widthPx: lengthNs * 4, lanes }
        const [wanted, drawn] = [windowOf(index, query), windowOf(coarse, query)]
        for (const column of ['lane', 'startNs', 'endNs', 'count'] as const) {
          const isSlices = (_: number, row: number) => (wanted.lane[row] ?? 0) < index.lanes.length
          expect([...drawn[column]].filter(isSlices)).toEqual([...wanted[column]].filter(isSlices))
        }
        expect([...drawn.name].map(id => coarse.name(id))).toEqual([...wanted.name].map(id => index.name(id)))
      },
    ),
    { numRuns: 60 },
  )
})

test('tracks and lanes of the picture are those of the timeline that have something in them', () => {
  const { index } = indexOf(
    [
      { track: 2, startNs: 0, durationNs: 9, name: 'k', category: CATEGORY.kernel },
      { track: 2, startNs: 1, durationNs: 5, name: 'k', category: CATEGORY.kernel },
      { track: 0, startNs: 1, durationNs: 5, name: 'k', category: CATEGORY.op },
    ],
    { more: builder => builder.counter(1, 0, 5) },
  )
  expect(timelineTracks(openCoarse(coarseOf(index)))).toEqual([
    { index: 0, kind: 'thread', title: 'track 0', group: 'made', slices: 1, lanes: [{ index: 0, slices: 1 }] },
    {
      index: 1,
      kind: 'stream',
      title: 'track 2',
      group: 'made',
      slices: 2,
      lanes: [
        { index: 1, slices: 1 },
        { index: 2, slices: 1 },
      ],
    },
    {
      index: 2,
      kind: 'thread',
      title: 'track 1',
      group: 'made',
      slices: 0,
      lanes: [{ index: 3, slices: 1 }],
      maxValue: 5,
    },
  ])
})

test('of a large trace the picture of the whole is kept: every slice counted, busy time exact, in 256 KiB', () => {
  const slices = Array.from({ length: 60_000 }, (_, at) => ({
    track: at % 3,
    startNs: Math.floor(at / 3) * 100 + (at % 7),
    durationNs: 20 + (at % 50),
    name: `void kernel_${at % 100}<float>(${'x'.repeat(500)})`,
    category: CATEGORY.kernel,
  }))
  const { index } = indexOf(slices)
  const block = coarseOf(index)
  expect(block.length).toBeLessThanOrEqual(256 * KIB)
  const coarse = openCoarse(block)
  expect(coarse.whole).toBe(false)
  expect([coarse.startNs, coarse.endNs]).toEqual([index.manifest.startNs, index.manifest.endNs])
  const whole = { startNs: coarse.startNs, endNs: coarse.endNs + 1, widthPx: 300 }
  for (const lane of index.lanes) {
    const rows = windowOf(coarse, { ...whole, lanes: [lane.index] })
    expect(rows.count.reduce((sum, count) => sum + count, 0)).toBe(lane.count)
    expect(rows.count.length).toBeGreaterThan(250)
    const busyNs = rows.busy.reduce(
      (sum, busy, row) => sum + busy * ((rows.endNs[row] ?? 0) - (rows.startNs[row] ?? 0)),
      0,
    )
    const wanted = index.read('duration', lane.first, lane.count).reduce((sum, each) => sum + each, 0)
    expect(Math.abs(busyNs / wanted - 1)).toBeLessThan(1e-5)
    expect(coarse.name(rows.name[0] ?? 0)).toMatch(/^void kernel_\d+<float>\(x+…$/)
  }
})

test('however many lanes there are, the picture stays under 1 MiB, and says what it leaves out', () => {
  const { index } = indexOf([], {
    more: builder => {
      for (let track = 3; track < 6000; track++) {
        builder.track(`t${track}`, { kind: 'async', title: `request ${track} ${'x'.repeat(300)}`, group: 'async' })
        for (let at = 0; at <= (track === 500 ? 9 : 2); at++)
          builder.slice(track, at * 50 + track, 20, builder.name('request'), CATEGORY.other, 0, 0, 0, 0)
      }
    },
  })
  const block = coarseOf(index)
  expect(block.length).toBeLessThanOrEqual(1024 * KIB)
  const coarse = openCoarse(block)
  expect(coarse.leftOut).toBe(5997 - coarse.lanes.length)
  expect(coarse.leftOut).toBeGreaterThan(0)
  expect(coarse.tracks.some(({ title }) => title.startsWith('request 500 '))).toBe(true)
})

test('a picture damaged anywhere is refused or still drawn, and never breaks anything else', () => {
  const { index } = indexOf([{ track: 0, startNs: 0, durationNs: 9, name: 'k', category: CATEGORY.op }])
  const block = coarseOf(index)
  for (let cut = 0; cut < block.length; cut++)
    expect(() => openCoarse(block.subarray(0, cut)), `cut at ${cut}`).toThrow(EngineError)
  for (let at = 0; at < block.length; at++) {
    const damaged = Uint8Array.from(block)
    damaged[at] = (damaged[at] ?? 0) ^ 0x55
    try {
      const coarse = openCoarse(damaged)
      windowOf(coarse, { startNs: 0, endNs: 10, widthPx: 10, lanes: [0] })
    } catch (error) {
      expect(error).toBeInstanceOf(EngineError)
    }
  }
})
