import { describe, expect, test } from 'vitest'
import type { TraceTrack } from '#domain/trace.ts'
import { cellsInView, hitCell } from '../../../src-renderer/timeline/hit.ts'
import { groupKey, heightOf, laneAt, layRows, trackKey, visibleRows } from '../../../src-renderer/timeline/rows.ts'
import { TileStore } from '../../../src-renderer/timeline/tiles.ts'
import { type Cell, cells } from './cells.ts'

function track(index: number, group: string, lanes: number, kind = 'thread'): TraceTrack {
  return {
    index,
    kind,
    title: `t${index}`,
    group,
    slices: lanes,
    lanes: Array.from({ length: lanes }, (_, at) => ({ index: index * 10 + at, slices: 1 })),
  }
}
const tracks = [track(0, 'CPU', 3), track(1, 'GPU', 1, 'stream'), track(2, 'GPU', 1, 'counter')]
const laid = (change: Partial<Parameters<typeof layRows>[1]> = {}) =>
  layRows(tracks, { collapsed: new Set(), pinned: new Set(), wide: new Set(), filter: '', ...change })

describe('rows', () => {
  test('stand under their group without holes, counters higher than lanes', () => {
    const { main } = laid()
    expect(main.map(({ key, top, height }) => [key, top, height])).toEqual([
      ['group CPU', 0, 24],
      ['track 0', 24, 59],
      ['group GPU', 83, 24],
      ['track 1', 107, 23],
      ['track 2', 130, 41],
    ])
    expect(heightOf(main)).toBe(171)
  })

  test('of a folded track show its first lane; of a folded group its head', () => {
    const collapsed = new Set([trackKey(tracks[0] ?? track(0, '', 1)), groupKey('GPU')])
    expect(laid({ collapsed }).main.map(({ key, lanes }) => [key, lanes])).toEqual([
      ['group CPU', []],
      ['track 0', [0]],
      ['group GPU', []],
    ])
  })

  test('that are pinned stand above, and the filter goes by track and group', () => {
    const { pinned, main } = laid({ pinned: new Set(['track 1']), filter: 'gpu' })
    expect(pinned.map(({ key }) => key)).toEqual(['track 1'])
    expect(main.map(({ key }) => key)).toEqual(['group GPU', 'track 1', 'track 2'])
  })

  test('of a deep track are the first of it, and say how many there are below, until they are asked for', () => {
    const deep = track(7, 'CPU', 30)
    const rowOf = (wide: Set<string>) =>
      layRows([deep], { collapsed: new Set(), pinned: new Set(), wide, filter: '' }).main.at(-1)
    expect([rowOf(new Set())?.lanes.length, rowOf(new Set())?.hidden]).toEqual([24, 6])
    expect([rowOf(new Set(['track 7']))?.lanes.length, rowOf(new Set(['track 7']))?.hidden]).toEqual([30, 0])
  })

  test('are found by their place', () => {
    const { main } = laid()
    expect(laneAt(main, 24 + 18 + 1)?.lane).toBe(1)
    expect(laneAt(main, 5)).toBeUndefined()
    expect(visibleRows(main, 84, 108).map(({ key }) => key)).toEqual(['group GPU', 'track 1'])
  })
})

describe('hits', () => {
  const WIDTH = 1000
  const view = { startNs: 0, endNs: 1000 }
  async function storeOf(rows: readonly Cell[]): Promise<TileStore> {
    const store = new TileStore(
      async ({ startNs, endNs }) => cells(rows.filter(row => row.endNs >= startNs && row.startNs < endNs)),
      () => {},
      () => {},
    )
    store.want(view, WIDTH, [0])
    await new Promise(resolve => setTimeout(resolve, 0))
    return store
  }

  test('the cell under the pointer, else the nearest within three pixels', async () => {
    const store = await storeOf([
      { lane: 0, startNs: 100, endNs: 200, slice: 1 },
      { lane: 0, startNs: 300, endNs: 300, slice: 2 },
    ])
    const at = (ns: number) => hitCell(store, view, WIDTH, 0, ns)?.slice
    expect([at(150), at(202), at(210), at(298), at(303)]).toEqual([1, 1, undefined, 2, 2])
  })

  test('a slice over the edge of two tiles is one cell of the view', async () => {
    const wide = { startNs: 0, endNs: 4096 }
    const store = new TileStore(
      async () => cells([{ lane: 0, startNs: 1000, endNs: 3000, slice: 5 }]),
      () => {},
      () => {},
    )
    store.want(wide, 4096, [0])
    await new Promise(resolve => setTimeout(resolve, 0))
    expect(cellsInView(store, wide, 4096, 0).map(({ slice }) => slice)).toEqual([5])
  })
})
