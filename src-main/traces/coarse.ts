import { type CoarseHeader, coarseBytes, decodeCoarse, encodeCoarse } from './coarse-block.ts'
import type { IndexedTrack, Lane } from './define.ts'
import { Leaves } from './leaves.ts'
import type { OpenIndex } from './open-index.ts'
import { type WindowColumns, WindowRows } from './query-rows.ts'
import { counterLanes, type WindowSource } from './query-source.ts'
import { LaneDrawer, type Scale } from './query-window.ts'
import type { Nodes } from './tree.ts'

const WIDEST_PX = 4096
const NARROWEST_PX = 32
/** Kept small enough to lie in a session beside its points. */
const WANTED_BYTES = 256 * 1024
const MOST_BYTES = 1024 * 1024
/** More do not fit, and nobody looks at them. */
const MOST_LANES = 4096
/** Titles and names are hostile and may be long. */
const LONGEST_TEXT = 240

/**
 * The picture of a whole trace in one small block, for where its index is not: every slice of a small trace, else what
 * a window as wide as fits would draw. Lanes that do not fit at all are left out, those with the fewest slices first.
 */
export function coarseOf(index: OpenIndex): Uint8Array {
  const span = spanOf(index)
  const counters = counterLanes(index)
  const countOf = new Map([...index.lanes, ...counters].map(lane => [lane.index, lane.count]))
  const all = [...countOf.keys()].toSorted((a, b) => (countOf.get(b) ?? 0) - (countOf.get(a) ?? 0))
  let kept = all.slice(0, MOST_LANES)
  const rows = kept.reduce((sum, lane) => sum + (countOf.get(lane) ?? 0), 0)
  if (coarseBytes(0, rows) <= WANTED_BYTES) {
    const whole = pictureOf(index, kept, { ...span, pixelNs: -1 })
    if (whole.length <= WANTED_BYTES) return whole
  }
  for (let widthPx = WIDEST_PX; ; widthPx /= 2) {
    const block = pictureOf(index, kept, { ...span, pixelNs: (span.endNs - span.startNs) / widthPx })
    if (block.length <= WANTED_BYTES || (widthPx <= NARROWEST_PX && block.length <= MOST_BYTES)) return block
    if (widthPx <= NARROWEST_PX) kept = kept.slice(0, kept.length >> 1)
  }
}

/** Everything that is drawn: the profiler's own cost and counters too. */
function spanOf(index: OpenIndex) {
  const samples = index.tracks.flatMap(track => (track.samples === undefined ? [] : [track.samples]))
  const ends = samples.flatMap(({ first, count }) => [first, first + count - 1])
  const times = ends.map(at => index.readSamples(at, 1)[0] ?? 0)
  for (const { startNs, endNs } of index.lanes) times.push(startNs, endNs)
  let [startNs, endNs] = [index.manifest.startNs, index.manifest.endNs]
  for (const time of times) {
    startNs = Math.min(startNs, time)
    endNs = Math.max(endNs, time)
  }
  return { startNs, endNs: endNs + 1 }
}

function pictureOf(index: OpenIndex, lanes: readonly number[], scale: Scale): Uint8Array {
  const rows = new WindowRows()
  const counters = new Map(counterLanes(index).map(lane => [lane.index, lane]))
  const header: CoarseHeader = {
    version: 1,
    startNs: index.manifest.startNs,
    endNs: index.manifest.endNs,
    whole: scale.pixelNs < 0,
    leftOut: index.lanes.length + counters.size - lanes.length,
    tracks: [],
    lanes: [],
    counters: [],
    names: [],
    rows: 0,
  }
  const tracks = new Map<number, number>()
  const trackOf = (track: number) => {
    const known = tracks.get(track) ?? tracks.size
    tracks.set(track, known)
    return known
  }
  const drawer = new LaneDrawer(index, rows, scale)
  for (const at of lanes.toSorted((a, b) => a - b)) {
    const before = rows.count
    drawer.draw(at)
    const lane = index.lanes[at]
    const counter = counters.get(at)
    if (lane !== undefined) {
      const { track, depth, count, startNs, endNs } = lane
      header.lanes.push({ track: trackOf(track), depth, count, startNs, endNs, rows: rows.count - before })
    } else if (counter !== undefined)
      header.counters.push({ track: trackOf(counter.track), scale: counter.scale, rows: rows.count - before })
  }
  for (const [track, at] of tracks) {
    const { kind = '', title = '', group = '', device, unit, slices = 0 } = index.tracks[track] ?? {}
    header.tracks.push({
      index: at,
      kind: short(kind),
      title: short(title),
      group: short(group),
      ...(device === undefined ? {} : { device }),
      ...(unit === undefined ? {} : { unit: short(unit) }),
      slices,
    })
  }
  const columns = rows.columns()
  header.rows = rows.count
  header.names = [...new Set(columns.name)].filter(id => id > 0).map(id => [id, short(index.name(id))])
  return encodeCoarse(header, columns)
}

const short = (text: string) => (text.length <= LONGEST_TEXT ? text : `${text.slice(0, LONGEST_TEXT - 1)}…`)

/** @throws EngineError SESSION_DAMAGED when the block is not what `coarseOf` gave */
export function openCoarse(bytes: Uint8Array): CoarseTrace {
  const { header, columns } = decodeCoarse(bytes)
  return new CoarseTrace(header, columns)
}

/** The picture a session keeps: drawn by `windowOf` like an index. A lane's one level is what was drawn then. */
export class CoarseTrace implements WindowSource {
  readonly startNs: number
  readonly endNs: number
  /** Nothing was merged: every slice is there. */
  readonly whole: boolean
  /** Lanes for which there was no room. */
  readonly leftOut: number
  readonly tracks: readonly IndexedTrack[]
  readonly lanes: readonly Lane[]
  readonly buffers: WindowSource['buffers'] = { nodes: [], leaves: new Leaves(0), rows: new WindowRows() }
  readonly #columns: Omit<WindowColumns, 'lane'>
  readonly #names: ReadonlyMap<number, string>
  /** Scale of the counter that a row belongs to, by first row. */
  readonly #scales: { first: number; scale: number }[] = []

  constructor({ tracks, lanes, counters, names, ...header }: CoarseHeader, columns: Omit<WindowColumns, 'lane'>) {
    this.startNs = header.startNs
    this.endNs = header.endNs
    this.whole = header.whole
    this.leftOut = header.leftOut
    this.#columns = columns
    this.#names = new Map(names)
    let row = 0
    this.lanes = lanes.map(({ rows, ...lane }, index) => {
      const firstNode = row
      row += rows
      return { ...lane, index, first: firstNode, levels: [{ firstNode, nodes: rows }] }
    })
    const samples = new Map<number, NonNullable<IndexedTrack['samples']>>()
    for (const { track, scale, rows } of counters) {
      this.#scales.push({ first: row, scale })
      samples.set(track, { first: row, count: rows, min: 0, max: scale })
      row += rows
    }
    const lanesOf = Map.groupBy(this.lanes, ({ track }) => track)
    this.tracks = tracks.map(track => {
      const own = samples.get(track.index)
      return {
        ...track,
        lanes: (lanesOf.get(track.index) ?? []).map(({ index }) => index),
        ...(own === undefined ? {} : { samples: own }),
      }
    })
  }

  /** '' for one that is none. */
  name(id: number): string {
    return this.#names.get(id) ?? ''
  }

  hasSlices(): boolean {
    return false
  }

  readNodes(into: Nodes, firstNode: number, count: number): void {
    into.setRows(this.#columns, firstNode, count)
  }

  readSlices(): void {
    throw new RangeError('a coarse trace has no slices but those that its rows are')
  }

  readGroups(): Float64Array {
    throw new RangeError('a coarse trace has samples only')
  }

  readSamples(first: number, count: number): Float64Array {
    const scale = this.#scales.findLast(each => each.first <= first)?.scale ?? 0
    const samples = new Float64Array(count * 2)
    for (let at = 0; at < count; at++) {
      samples[at * 2] = this.#columns.startNs[first + at] ?? 0
      samples[at * 2 + 1] = (this.#columns.busy[first + at] ?? 0) * scale
    }
    return samples
  }
}
