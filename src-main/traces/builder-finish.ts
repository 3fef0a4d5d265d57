import { CATEGORY, SLICE_CATEGORIES } from '#domain/trace-category.ts'
import type { Gathered } from './builder.ts'
import { dropRows, type RowArray, type TrackRows } from './columns.ts'
import { ColumnWriter } from './columns-write.ts'
import type { IndexedTrack, IndexManifest, IndexStorage, Lane } from './define.ts'
import { assignLanes, type LaneExtent, laneMajor } from './lanes.ts'
import { nestingOrder } from './lanes-order.ts'
import { type LinkedTrack, LinkWriter, TOLD } from './links.ts'
import { INDEX_VERSION, writeManifest } from './manifest.ts'
import { Scratch } from './scratch.ts'
import { TreeBuilder } from './tree.ts'

// Slots of the scratch: two wide, two narrow, for the largest track.
const WIDE = 0
const WIDE_TOO = 1
const ORDER = 2
const SPARE = 3

/** Puts what was gathered in order, track by track, and writes every section of the index. */
export function finishIndex(storage: IndexStorage, gathered: Gathered, partial: boolean): IndexManifest {
  const columns = new SliceWriters(storage)
  const extents = writeTracks(storage, gathered.rows, columns)
  gathered.names.finish()
  const samples = gathered.counters.finish()

  const survey = new Survey(storage, columns.slices)
  const tracks: IndexedTrack[] = []
  const lanes: Lane[] = []
  const linked: LinkedTrack[] = []
  gathered.specs.forEach((spec, index) => {
    const own = survey.lanes(extents[index] ?? [], index, lanes.length)
    lanes.push(...own)
    const counter = samples.get(index)
    tracks.push({
      ...spec,
      index,
      lanes: own.map(lane => lane.index),
      slices: own.reduce((sum, { count }) => sum + count, 0),
      ...(counter === undefined ? {} : { samples: counter }),
    })
    linked.push(survey.linkedTrack(spec.linkScope ?? '', own))
  })

  const links = new LinkWriter(storage, linked, columns.slices)
  links.write(gathered.flows.bind(storage, track => linked[track]?.lanes ?? []))

  const manifest: IndexManifest = {
    version: INDEX_VERSION,
    origin: gathered.origin,
    devices: gathered.devices,
    tracks,
    lanes,
    slices: columns.slices,
    names: gathered.names.count,
    nodes: survey.nodes,
    events: gathered.events,
    byCategory: survey.byCategory,
    linked: links.linked,
    unlinked: links.unlinked,
    unread: gathered.unread.list(),
    notices: gathered.notices,
    launchFacts: gathered.launches.facts(),
    kernelNsByBlocks: gathered.launches.kernelNsByBlocks(),
    copies: columns.copies,
    ...survey.span(),
    partial,
  }
  writeManifest(storage, manifest)
  return manifest
}

/** Every section with a value for each slice. */
class SliceWriters {
  slices = 0
  copies = 0
  readonly start: ColumnWriter
  readonly duration: ColumnWriter
  readonly name: ColumnWriter
  readonly category: ColumnWriter
  readonly source: ColumnWriter
  readonly correlation: ColumnWriter
  readonly operator: ColumnWriter
  readonly detail: ColumnWriter
  readonly #copySlice: ColumnWriter
  readonly #copyBytes: ColumnWriter

  constructor(storage: IndexStorage) {
    this.start = new ColumnWriter(storage, 'start', 8)
    this.duration = new ColumnWriter(storage, 'duration', 8)
    this.name = new ColumnWriter(storage, 'name', 4)
    this.category = new ColumnWriter(storage, 'category', 1)
    this.source = new ColumnWriter(storage, 'source', 8)
    this.correlation = new ColumnWriter(storage, TOLD.correlation, 8)
    this.operator = new ColumnWriter(storage, TOLD.operator, 8)
    this.detail = new ColumnWriter(storage, TOLD.detail, 4)
    this.#copySlice = new ColumnWriter(storage, 'copy-slice', 4)
    this.#copyBytes = new ColumnWriter(storage, 'copy-bytes', 8)
  }

  /** @param moved bytes + 1 of each slice, 0 for none told */
  copiesOf(moved: RowArray, order: Uint32Array | undefined): void {
    for (let at = 0; at < moved.length; at++) {
      const bytes = moved[order === undefined ? at : (order[at] ?? 0)] ?? 0
      if (bytes === 0) continue
      this.#copySlice.push(this.slices + at)
      this.#copyBytes.push(bytes - 1)
      this.copies++
    }
  }

  finish(): void {
    for (const each of [this.start, this.duration, this.name, this.category, this.source]) each.flush()
    for (const each of [this.correlation, this.operator, this.detail, this.#copySlice, this.#copyBytes]) each.flush()
  }
}

/** Writes the slices of every track; the rows are gone then. @returns lanes by track */
function writeTracks(storage: IndexStorage, tracks: TrackRows[], columns: SliceWriters): LaneExtent[][] {
  const scratch = new Scratch()
  const extents = tracks.map(rows => {
    const lanes = writeSlices(rows, columns, scratch)
    rows.forget()
    return lanes
  })
  columns.finish()
  dropRows(storage)
  return extents
}

/** Writes the slices of a track lane by lane. */
function writeSlices(rows: TrackRows, columns: SliceWriters, scratch: Scratch): LaneExtent[] {
  if (rows.rows === 0) return []
  const start = rows.load('start', scratch, WIDE)
  const duration = rows.load('duration', scratch, WIDE_TOO)
  const nesting = scratch.u32(ORDER, rows.rows)
  const sorted = nestingOrder(start, duration, nesting, scratch.u32(SPARE, rows.rows))
  const depth = scratch.u32(SPARE, rows.rows)
  const lanes = assignLanes(start, duration, nesting, depth)
  let order: Uint32Array | undefined
  if (lanes.length > 1) {
    // From here on durations are read again: their place is taken.
    order = scratch.u32(WIDE_TOO, rows.rows)
    laneMajor(nesting, depth, lanes, order)
  } else if (!sorted) order = nesting

  columns.start.pushAll(start, order)
  for (const column of ['duration', 'name', 'category', 'source'] as const)
    columns[column].pushAll(rows.load(column, scratch, WIDE), order)
  for (const column of ['correlation', 'operator', 'detail'] as const)
    if (rows.has(column)) columns[column].pushAll(rows.load(column, scratch, WIDE), order)
    else columns[column].zeros(rows.rows)
  if (rows.has('moved')) columns.copiesOf(rows.load('moved', scratch, WIDE), order)
  columns.slices += rows.rows
  return lanes
}

/** Goes over all slices once they are in order: pyramid, counts, span. */
class Survey {
  readonly byCategory: number[] = SLICE_CATEGORIES.map(() => 0)
  readonly #tree: TreeBuilder
  #first = 0

  constructor(storage: IndexStorage, slices: number) {
    this.#tree = new TreeBuilder(storage, slices)
  }

  get nodes(): number {
    return this.#tree.nodes
  }

  /** Lanes of a track, which follow each other in every column. */
  lanes(extents: readonly LaneExtent[], track: number, firstIndex: number): Lane[] {
    this.#tree.countByCategory.fill(0)
    return extents.map((extent, depth) => {
      const first = this.#first
      this.#first += extent.count
      return { index: firstIndex + depth, track, depth, first, ...extent, levels: this.#tree.lane(first, extent.count) }
    })
  }

  /** The track of these lanes, the last given. */
  linkedTrack(scope: string, lanes: readonly Lane[]): LinkedTrack {
    let categories = 0
    this.#tree.countByCategory.forEach((count, category) => {
      this.byCategory[category] = (this.byCategory[category] ?? 0) + count
      if (count > 0) categories |= 1 << category
    })
    const slices = lanes.reduce((sum, { count }) => sum + count, 0)
    return { scope, first: lanes[0]?.first ?? this.#first, slices, lanes, categories }
  }

  /** First start and last end, without the profiler's own cost where there is anything else. */
  span(): { startNs: number; endNs: number } {
    const { firstStart, lastEnd } = this.#tree
    const all = SLICE_CATEGORIES.map((_, category) => category)
    const but = all.filter(category => category !== CATEGORY.overhead)
    const wanted = but.some(category => (this.byCategory[category] ?? 0) > 0) ? but : all
    const startNs = Math.min(...wanted.map(category => firstStart[category] ?? 0))
    if (!Number.isFinite(startNs)) return { startNs: 0, endNs: 0 }
    return { startNs, endNs: Math.max(...wanted.map(category => lastEnd[category] ?? 0)) }
  }
}
