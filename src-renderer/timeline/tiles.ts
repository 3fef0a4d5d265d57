import type { Viewport } from './viewport.ts'

/** What is drawn of some lanes in a stretch of time: rows sorted by lane, then start (contract `traces.window`). */
export interface Cells {
  lane: Uint32Array
  startNs: Float64Array
  endNs: Float64Array
  name: Uint32Array
  category: Uint8Array
  count: Uint32Array
  busy: Float32Array
  slice: Uint32Array
}

export type FetchCells = (
  request: Viewport & { widthPx: number; lanes: number[] },
  signal: AbortSignal,
) => Promise<Cells>

/** A lane's rows inside the cells of one tile. */
export interface LaneCells {
  cells: Cells
  from: number
  to: number
}

interface Tile {
  level: number
  index: number
  lanes: Map<number, LaneCells>
  /** Lanes asked for and not yet there. */
  pending: Set<number>
  usedAt: number
}

const TILE_PX = 1024
const MOST_TILES = 96
/** Tiles of a coarser level that may stand in until the right one is there. */
const STAND_IN_LEVELS = 12

/**
 * Cells by tile: at level n a pixel is 2^n ns and a tile 1024 pixels, so that what was fetched once serves every view of
 * about that zoom. Never more than MOST_TILES are kept; the one unused for longest goes first.
 */
export class TileStore {
  readonly #fetch: FetchCells
  readonly #changed: () => void
  readonly #failed: (thrown: unknown) => void
  readonly #tiles = new Map<string, Tile>()
  #abort = new AbortController()
  #clock = 0

  /** @param changed called when cells arrived that a view may need   @param failed with what a fetch threw */
  constructor(fetch: FetchCells, changed: () => void, failed: (thrown: unknown) => void) {
    this.#fetch = fetch
    this.#changed = changed
    this.#failed = failed
  }

  /** Asks for what `view` needs and does not have, and for a tile on either side. */
  want(view: Viewport, widthPx: number, lanes: readonly number[]): void {
    const level = levelOf(view, widthPx)
    const { first, last } = tilesOf(view, level)
    for (let index = first; index <= last; index++) this.#load(level, index, lanes)
    this.#load(level, last + 1, lanes)
    this.#load(level, first - 1, lanes)
  }

  /** Whether everything `view` needs is there. */
  has(view: Viewport, widthPx: number, lanes: readonly number[]): boolean {
    const level = levelOf(view, widthPx)
    const { first, last } = tilesOf(view, level)
    for (let index = first; index <= last; index++) {
      const tile = this.#tiles.get(`${level}:${index}`)
      if (tile === undefined || lanes.some(lane => !tile.lanes.has(lane))) return false
    }
    return true
  }

  /** Cells of a lane over `view`, tile by tile; of a coarser level where the right one is not there yet. */
  visit(view: Viewport, widthPx: number, lane: number, each: (cells: LaneCells, clip: Viewport) => void): void {
    const level = levelOf(view, widthPx)
    const { first, last } = tilesOf(view, level)
    for (let index = first; index <= last; index++) this.#visitTile(level, index, lane, each)
  }

  /** Forgets everything, as when the trace behind it changed. */
  clear(): void {
    this.#abort.abort()
    this.#abort = new AbortController()
    this.#tiles.clear()
  }

  #visitTile(level: number, index: number, lane: number, each: (cells: LaneCells, clip: Viewport) => void): void {
    const clip = tileSpan(level, index)
    for (let up = 0; up <= STAND_IN_LEVELS; up++) {
      const tile = this.#tiles.get(`${level + up}:${Math.floor(index / 2 ** up)}`)
      const cells = tile?.lanes.get(lane)
      if (tile && cells) {
        tile.usedAt = ++this.#clock
        each(cells, clip)
        return
      }
    }
    // Zoomed out a moment ago: two finer tiles lie under this one.
    for (const child of [2 * index, 2 * index + 1]) {
      const cells = this.#tiles.get(`${level - 1}:${child}`)?.lanes.get(lane)
      if (cells) each(cells, tileSpan(level - 1, child))
    }
  }

  #load(level: number, index: number, lanes: readonly number[]): void {
    const key = `${level}:${index}`
    let tile = this.#tiles.get(key)
    if (tile === undefined) {
      this.#evict()
      tile = { level, index, lanes: new Map(), pending: new Set(), usedAt: 0 }
      this.#tiles.set(key, tile)
    }
    tile.usedAt = ++this.#clock
    const { lanes: present, pending } = tile
    const missing = lanes.filter(lane => !present.has(lane) && !pending.has(lane))
    if (missing.length > 0) void this.#ask(tile, missing)
  }

  async #ask(tile: Tile, lanes: number[]): Promise<void> {
    for (const lane of lanes) tile.pending.add(lane)
    const { signal } = this.#abort
    try {
      const cells = await this.#fetch({ ...tileSpan(tile.level, tile.index), widthPx: TILE_PX, lanes }, signal)
      if (signal.aborted) return
      for (const lane of lanes) tile.lanes.set(lane, laneRange(cells, lane))
      this.#changed()
    } catch (thrown) {
      if (!signal.aborted) this.#failed(thrown)
    } finally {
      for (const lane of lanes) tile.pending.delete(lane)
    }
  }

  #evict(): void {
    while (this.#tiles.size >= MOST_TILES) {
      let oldest: [string, Tile] | undefined
      for (const entry of this.#tiles) {
        if (entry[1].pending.size === 0 && (oldest === undefined || entry[1].usedAt < oldest[1].usedAt)) oldest = entry
      }
      if (oldest === undefined) return
      this.#tiles.delete(oldest[0])
    }
  }
}

/** The level whose pixel is at most one of the view's, and more than half of it. */
export function levelOf({ startNs, endNs }: Viewport, widthPx: number): number {
  return Math.floor(Math.log2((endNs - startNs) / Math.max(widthPx, 1)))
}

export function tileSpan(level: number, index: number): Viewport {
  const width = TILE_PX * 2 ** level
  return { startNs: index * width, endNs: (index + 1) * width }
}

function tilesOf({ startNs, endNs }: Viewport, level: number): { first: number; last: number } {
  const width = TILE_PX * 2 ** level
  return { first: Math.floor(startNs / width), last: Math.ceil(endNs / width) - 1 }
}

/** Rows are sorted by lane: its stretch by two binary searches. */
export function laneRange(cells: Cells, lane: number): LaneCells {
  return { cells, from: lowerBound(cells.lane, lane), to: lowerBound(cells.lane, lane + 1) }
}

function lowerBound(sorted: Uint32Array, value: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((sorted[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
