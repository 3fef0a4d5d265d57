import { dropRows, type RowArray, type TrackRows } from './columns.ts'
import { ColumnWriter } from './columns-write.ts'
import type { IndexStorage } from './define.ts'
import { assignLanes, type LaneExtent, laneMajor } from './lanes.ts'
import { nestingOrder } from './lanes-order.ts'
import { TOLD } from './links.ts'
import { Scratch } from './scratch.ts'

// Slots of the scratch: two wide, two narrow, for the largest track.
const WIDE = 0
const WIDE_TOO = 1
const ORDER = 2
const SPARE = 3

/** Every section with a value for each slice. */
export class SliceWriters {
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

/** Writes the slices of every track, one after the other; the rows are gone then. @returns lanes by track */
export function* writeTracks(
  storage: IndexStorage,
  tracks: readonly TrackRows[],
  columns: SliceWriters,
): Generator<void, LaneExtent[][]> {
  const scratch = new Scratch()
  const extents: LaneExtent[][] = []
  for (const rows of tracks) {
    extents.push(writeSlices(rows, columns, scratch))
    rows.forget()
    yield
  }
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
