import type { Cells, TileStore } from './tiles.ts'
import type { Viewport } from './viewport.ts'

/** What lies under the pointer: one slice, or several that share a pixel. */
export interface Hit {
  lane: number
  startNs: number
  endNs: number
  name: number
  category: number
  /** Slices in it. */
  count: number
  busy: number
  /** The slice, or the longest of several. */
  slice: number
}

/** A slice narrower than this is still found beside the pointer. */
const REACH_PX = 3

/** The drawn cell at a place; the nearest within three pixels where none covers it. */
export function hitCell(
  store: TileStore,
  view: Viewport,
  widthPx: number,
  lane: number,
  atNs: number,
): Hit | undefined {
  const reach = ((view.endNs - view.startNs) / Math.max(widthPx, 1)) * REACH_PX
  let best: Hit | undefined
  let bestAway = reach
  store.visit(view, widthPx, lane, ({ cells, from, to }, clip) => {
    if (clip.endNs < atNs - reach || clip.startNs > atNs + reach) return
    for (let cell = from; cell < to; cell++) {
      const startNs = cells.startNs[cell] ?? 0
      if (startNs > atNs + reach) break
      const endNs = cells.endNs[cell] ?? 0
      const away = atNs < startNs ? startNs - atNs : atNs > endNs ? atNs - endNs : 0
      if (away > bestAway || (away === bestAway && best !== undefined)) continue
      bestAway = away
      best = hitOf(cells, cell)
    }
  })
  return best
}

/** Every drawn cell of a lane in view, once; for a table of what is visible and for export. */
export function cellsInView(store: TileStore, view: Viewport, widthPx: number, lane: number): Hit[] {
  const hits = new Map<number, Hit>()
  store.visit(view, widthPx, lane, ({ cells, from, to }, clip) => {
    for (let cell = from; cell < to; cell++) {
      const startNs = cells.startNs[cell] ?? 0
      const endNs = cells.endNs[cell] ?? 0
      if (endNs < Math.max(clip.startNs, view.startNs) || startNs >= Math.min(clip.endNs, view.endNs)) continue
      hits.set(startNs, hitOf(cells, cell))
    }
  })
  return [...hits.values()].toSorted((a, b) => a.startNs - b.startNs)
}

function hitOf(cells: Cells, cell: number): Hit {
  return {
    lane: cells.lane[cell] ?? 0,
    startNs: cells.startNs[cell] ?? 0,
    endNs: cells.endNs[cell] ?? 0,
    name: cells.name[cell] ?? 0,
    category: cells.category[cell] ?? 0,
    count: cells.count[cell] ?? 0,
    busy: cells.busy[cell] ?? 0,
    slice: cells.slice[cell] ?? 0,
  }
}
