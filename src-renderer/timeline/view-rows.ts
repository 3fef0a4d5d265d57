import { SLICE_CATEGORIES } from '#domain/trace-category.ts'
import { cellsInView } from './hit.ts'
import { SLICE_TITLES } from './slice-look.ts'
import type { TimelineState } from './timeline.svelte.ts'

/** What is drawn, as words: a row a slice, or a row for several that share a pixel. */
export interface ViewRow {
  id: string
  track: string
  lane: number
  depth: number
  name: string
  category: string
  /** From the start of the trace. */
  startNs: number
  durationNs: number
  count: number
  /** The slice, or the longest of several. */
  slice: number
}

/** More rows than these would not be read but searched: zooming in shows the rest. */
export const MOST_ROWS = 5000

/** Rows of the view, by track from top to bottom, then by time. Tracks that are folded away are not in it. */
export function viewRows(timeline: TimelineState): { rows: ViewRow[]; left: number } {
  const { rows, store, view, widthPx, names } = timeline
  const drawn = [...rows.pinned, ...rows.main].filter(({ track }) => track !== undefined && track.kind !== 'counter')
  const seen = new Set<number>()
  const all = drawn.flatMap(({ track, title, lanes }) =>
    lanes.flatMap((lane, depth) => {
      if (seen.has(lane)) return [] // pinned, and under its group too
      seen.add(lane)
      return cellsInView(store, view, widthPx, lane).map(cell => ({
        ...cell,
        depth,
        track: `${title}, ${track?.group}`,
      }))
    }),
  )
  const shown = all.slice(0, MOST_ROWS).map(({ track, lane, depth, name, category, startNs, endNs, count, slice }) => ({
    id: `${lane} ${startNs} ${slice}`,
    track,
    lane,
    depth,
    name: names.get(name) ?? '…',
    category: SLICE_TITLES[SLICE_CATEGORIES[category] ?? 'other'],
    startNs: timeline.fromStart(startNs),
    durationNs: endNs - startNs,
    count,
    slice,
  }))
  return { rows: shown, left: all.length - shown.length }
}
