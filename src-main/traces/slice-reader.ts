import type { Lane, SliceColumn, TraceIndex } from './define.ts'

/** Slices read at once from one lane where few lanes are read together: all lanes fit a processor's cache. */
const BLOCK_SLICES = 8192
/** Of all lanes read together: bounds the memory of deep stacks. */
const ALL_BLOCKS_SLICES = 1_048_576
const LEAST_BLOCK_SLICES = 512

const NOTHING_F64 = new Float64Array(0)
const NOTHING_U32 = new Uint32Array(0)
const NOTHING_U8 = new Uint8Array(0)

/** Columns a reader wants beside start, duration and category, which it always has. */
export type ExtraColumn = Extract<SliceColumn, 'name' | 'link' | 'detail'>

/**
 * One lane from slice `from` to `to`, block by block. The slice it stands on is at `i` of every array; what follows is
 * the reader's own, and the arrays are filled again with the next block. A slice without length sits at its start.
 */
export class LaneReader {
  readonly lane: Lane
  start = NOTHING_F64
  duration = NOTHING_F64
  category = NOTHING_U8
  name = NOTHING_U32
  link = NOTHING_U32
  detail = NOTHING_U32
  i = 0
  /** Of the slice it stands on. */
  startNs = 0
  endNs = 0
  /** Id of the first slice of the block. */
  base = 0
  readonly #index: TraceIndex
  readonly #extra: readonly ExtraColumn[]
  readonly #block: number
  #count = 0
  #next: number
  readonly #to: number

  constructor(
    index: TraceIndex,
    lane: Lane,
    extra: readonly ExtraColumn[],
    from: number,
    to: number,
    block = BLOCK_SLICES,
  ) {
    this.#index = index
    this.lane = lane
    this.#extra = extra
    this.#block = block
    this.#next = from
    this.#to = to
  }

  /** Moves to the first, then to each following slice. False: there is none. */
  advance(): boolean {
    if (++this.i >= this.#count && !this.#load()) return false
    const startNs = this.start[this.i] ?? 0
    this.startNs = startNs
    this.endNs = startNs + (this.duration[this.i] ?? 0)
    return true
  }

  get slice(): number {
    return this.base + this.i
  }

  #load(): boolean {
    const count = Math.min(this.#block, this.#to - this.#next)
    this.i = 0
    this.#count = Math.max(count, 0)
    if (count <= 0) return false
    const first = this.#next
    this.base = first
    this.#next = first + count
    if (this.start.length === 0) this.#makeRoom(count)
    this.#index.readInto('start', first, count, this.start)
    this.#index.readInto('duration', first, count, this.duration)
    this.#index.readInto('category', first, count, this.category)
    for (const column of this.#extra) this.#index.readInto(column, first, count, this[column])
    return true
  }

  #makeRoom(slices: number): void {
    this.start = new Float64Array(slices)
    this.duration = new Float64Array(slices)
    this.category = new Uint8Array(slices)
    for (const column of this.#extra) this[column] = new Uint32Array(slices)
  }
}

/** A stretch of time, `endNs` not in it. What crosses an edge counts with the part inside. */
export interface Stretch {
  startNs: number
  endNs: number
  /** All of the trace: also what begins at its very end and has no length. */
  whole?: boolean
}

/** What starts here or later is past the stretch. */
export function pastOf({ endNs, whole }: Stretch): number {
  return whole ? Number.POSITIVE_INFINITY : endNs
}

/** Calls `visit` with every slice of the lanes that touches the stretch, lane by lane. Absent stretch: all. */
export function eachSlice(
  index: TraceIndex,
  lanes: readonly Lane[],
  stretch: Stretch | undefined,
  extra: readonly ExtraColumn[],
  visit: (reader: LaneReader) => void,
): void {
  for (const lane of lanes) {
    const { from, to } = insideOf(index, lane, stretch)
    const reader = new LaneReader(index, lane, extra, from, to)
    while (reader.advance()) visit(reader)
  }
}

function insideOf(index: TraceIndex, lane: Lane, stretch: Stretch | undefined): { from: number; to: number } {
  const { first, count, startNs, endNs } = lane
  if (stretch === undefined || stretch.whole || (stretch.startNs <= startNs && endNs < stretch.endNs))
    return { from: first, to: first + count }
  if (endNs < stretch.startNs) return { from: first + count, to: first + count }
  if (startNs > stretch.endNs) return { from: first, to: first }
  return index.within(lane, stretch.startNs, stretch.endNs)
}

/** Readers over the slices of the lanes that touch the stretch, each standing on its first slice. */
export function openLanes(
  index: TraceIndex,
  lanes: readonly Lane[],
  stretch: Stretch,
  extra: readonly ExtraColumn[],
  /** Slices to read in each lane before and after those of the stretch. */
  around = 0,
): LaneReader[] {
  const block = Math.max(
    LEAST_BLOCK_SLICES,
    Math.min(BLOCK_SLICES, Math.floor(ALL_BLOCKS_SLICES / Math.max(lanes.length, 1))),
  )
  const readers: LaneReader[] = []
  for (const lane of lanes) {
    const inside = insideOf(index, lane, stretch)
    const from = Math.max(inside.from - around, lane.first)
    const to = Math.min(inside.to + around, lane.first + lane.count)
    const reader = new LaneReader(index, lane, extra, from, to, block)
    if (reader.advance()) readers.push(reader)
  }
  return readers
}

/**
 * Calls `visit` with every slice of the lanes that touches the stretch, by start, the longer first where starts are
 * equal: so that what contains another comes before it. The slice is the one the reader stands on.
 */
export function mergeSlices(readers: readonly LaneReader[], visit: (reader: LaneReader) => void): void {
  const sorted = readers.toSorted((a, b) => (comesBefore(a, b) ? -1 : 1))
  if (sorted.length > FEW_LANES) mergeMany(sorted, visit)
  else mergeFew(sorted, visit)
}

/** Up to here keeping lanes sorted is faster than a heap (measured with 4 streams and with 15 nested lanes). */
const FEW_LANES = 64

/** Keeps readers sorted: one that moved goes back to its place from the front, which of nested lanes is mostly near. */
function mergeFew(sorted: LaneReader[], visit: (reader: LaneReader) => void): void {
  let count = sorted.length
  while (count > 1) {
    const first = sorted[0]
    if (first === undefined) return
    visit(first)
    let at = 0
    if (first.advance()) {
      for (
        let next = sorted[1];
        at + 1 < count && next !== undefined && comesBefore(next, first);
        next = sorted[at + 1]
      )
        sorted[at++] = next
      sorted[at] = first
    } else {
      for (count--; at < count; at++) sorted[at] = sorted[at + 1] ?? first
    }
  }
  const only = sorted[0]
  if (only === undefined) return
  do visit(only)
  while (only.advance())
}

/** A heap: however many lanes there are, each slice costs the logarithm of that. @param heap sorted */
function mergeMany(heap: LaneReader[], visit: (reader: LaneReader) => void): void {
  for (let top = heap[0]; top !== undefined; top = heap[0]) {
    visit(top)
    if (!top.advance()) {
      const last = heap.pop()
      if (last === undefined || heap.length === 0) return
      heap[0] = last
    }
    sink(heap)
  }
}

/** Restores the heap after its first reader changed. */
function sink(heap: LaneReader[]): void {
  const moving = heap[0]
  if (moving === undefined) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    let least = heap[child]
    if (least === undefined) break
    const right = heap[child + 1]
    if (right !== undefined && comesBefore(right, least)) {
      least = right
      child++
    }
    if (!comesBefore(least, moving)) break
    heap[at] = least
    at = child
  }
  heap[at] = moving
}

function comesBefore(a: LaneReader, b: LaneReader): boolean {
  return a.startNs !== b.startNs
    ? a.startNs < b.startNs
    : a.endNs !== b.endNs
      ? a.endNs > b.endNs
      : a.lane.depth !== b.lane.depth
        ? a.lane.depth < b.lane.depth
        : a.lane.index < b.lane.index
}
