import { SLICE_CATEGORIES } from '#domain/trace-category.ts'
import { ColumnCursor } from './columns-read.ts'
import { type IndexStorage, type Lane, LEAF_FANOUT, TREE_FANOUT } from './define.ts'
import { LeafWriter } from './leaves.ts'
import type { WindowColumns } from './query-rows.ts'

/**
 * A node of the pyramid, 48 bytes: what lies under it and the longest slice there. f64 start, end, busy ns, ns of the
 * longest; u32 longest slice, its name, slices, its category.
 */
export const NODE_BYTES = 48
const F64_PER_NODE = NODE_BYTES / 8
const U32_PER_NODE = NODE_BYTES / 4

/** Nodes in a buffer, read and written by position. */
export class Nodes {
  bytes: Uint8Array<ArrayBuffer>
  #f64: Float64Array
  #u32: Uint32Array

  constructor(count: number) {
    const buffer = new ArrayBuffer(count * NODE_BYTES)
    this.bytes = new Uint8Array(buffer)
    this.#f64 = new Float64Array(buffer)
    this.#u32 = new Uint32Array(buffer)
  }

  get room(): number {
    return this.bytes.length / NODE_BYTES
  }

  /** The bytes of the first `count` nodes, to be filled; what was in them is gone. */
  bytesFor(count: number): Uint8Array {
    if (this.room < count) {
      const buffer = new ArrayBuffer(Math.max(count, this.room * 2) * NODE_BYTES)
      this.bytes = new Uint8Array(buffer)
      this.#f64 = new Float64Array(buffer)
      this.#u32 = new Uint32Array(buffer)
    }
    return this.bytes.subarray(0, count * NODE_BYTES)
  }

  /** Rows of a picture as nodes. Their longest slice is not known any more: the busiest row names a merged one. */
  setRows(
    { startNs, endNs, name, category, count, busy, slice }: Omit<WindowColumns, 'lane'>,
    first: number,
    rows: number,
  ): void {
    this.bytesFor(rows)
    for (let at = 0; at < rows; at++) {
      const row = first + at
      const f64 = at * F64_PER_NODE
      const u32 = at * U32_PER_NODE
      this.#f64[f64] = startNs[row] ?? 0
      this.#f64[f64 + 1] = endNs[row] ?? 0
      this.#f64[f64 + 2] = ((endNs[row] ?? 0) - (startNs[row] ?? 0)) * (busy[row] ?? 0)
      this.#f64[f64 + 3] = this.#f64[f64 + 2] ?? 0
      this.#u32[u32 + 8] = slice[row] ?? 0
      this.#u32[u32 + 9] = name[row] ?? 0
      this.#u32[u32 + 10] = count[row] ?? 0
      this.#u32[u32 + 11] = category[row] ?? 0
    }
  }

  startNs(node: number): number {
    return this.#f64[node * F64_PER_NODE] ?? 0
  }
  endNs(node: number): number {
    return this.#f64[node * F64_PER_NODE + 1] ?? 0
  }
  busyNs(node: number): number {
    return this.#f64[node * F64_PER_NODE + 2] ?? 0
  }
  longestNs(node: number): number {
    return this.#f64[node * F64_PER_NODE + 3] ?? 0
  }
  longest(node: number): number {
    return this.#u32[node * U32_PER_NODE + 8] ?? 0
  }
  name(node: number): number {
    return this.#u32[node * U32_PER_NODE + 9] ?? 0
  }
  count(node: number): number {
    return this.#u32[node * U32_PER_NODE + 10] ?? 0
  }
  category(node: number): number {
    return this.#u32[node * U32_PER_NODE + 11] ?? 0
  }

  /** Adds something that begins after all that the node holds. @param count 0 slices in the node yet: it begins here */
  add(
    node: number,
    startNs: number,
    endNs: number,
    busyNs: number,
    longestNs: number,
    longest: number,
    name: number,
    count: number,
    category: number,
  ): void {
    const f64 = node * F64_PER_NODE
    const u32 = node * U32_PER_NODE
    const before = this.#u32[u32 + 10] ?? 0
    if (before === 0) this.#f64[f64] = startNs
    this.#f64[f64 + 1] = before === 0 ? endNs : Math.max(endNs, this.#f64[f64 + 1] ?? 0)
    this.#f64[f64 + 2] = (this.#f64[f64 + 2] ?? 0) + busyNs
    this.#u32[u32 + 10] = before + count
    if (before > 0 && longestNs <= (this.#f64[f64 + 3] ?? 0)) return
    this.#f64[f64 + 3] = longestNs
    this.#u32[u32 + 8] = longest
    this.#u32[u32 + 9] = name
    this.#u32[u32 + 11] = category
  }
}

/** Cursors over what a pyramid is made of; lanes in order read them front to back. */
export class TreeBuilder {
  nodes = 0
  /** Of the lanes since it was last cleared. */
  readonly countByCategory = new Float64Array(SLICE_CATEGORIES.length)
  /** By category. */
  readonly firstStart = new Float64Array(SLICE_CATEGORIES.length).fill(Number.POSITIVE_INFINITY)
  readonly lastEnd = new Float64Array(SLICE_CATEGORIES.length).fill(Number.NEGATIVE_INFINITY)
  readonly #storage: IndexStorage
  readonly #start: ColumnCursor
  readonly #duration: ColumnCursor
  readonly #name: ColumnCursor
  readonly #category: ColumnCursor
  readonly #leaves: LeafWriter

  constructor(storage: IndexStorage, slices: number) {
    this.#storage = storage
    this.#start = new ColumnCursor(storage, 'start', 8, slices)
    this.#duration = new ColumnCursor(storage, 'duration', 8, slices)
    this.#name = new ColumnCursor(storage, 'name', 4, slices)
    this.#category = new ColumnCursor(storage, 'category', 1, slices)
    this.#leaves = new LeafWriter(storage)
  }

  /** Writes the leaves of a lane, and its pyramid to section `nodes`. @returns its levels, finest first, down to a single node */
  lane(first: number, count: number): Lane['levels'] {
    let level = new Nodes(Math.ceil(count / LEAF_FANOUT))
    for (let at = 0; at < count; at++) {
      const slice = first + at
      const startNs = this.#start.at(slice)
      const durationNs = this.#duration.at(slice)
      const name = this.#name.at(slice)
      const category = this.#category.at(slice)
      this.#leaves.push(startNs, durationNs, name, category)
      this.countByCategory[category] = (this.countByCategory[category] ?? 0) + 1
      this.firstStart[category] = Math.min(startNs, this.firstStart[category] ?? 0)
      this.lastEnd[category] = Math.max(startNs + durationNs, this.lastEnd[category] ?? 0)
      level.add(
        Math.floor(at / LEAF_FANOUT),
        startNs,
        startNs + durationNs,
        durationNs,
        durationNs,
        slice,
        name,
        1,
        category,
      )
    }
    this.#leaves.flush()
    const levels: Lane['levels'] = []
    for (;;) {
      levels.push({ firstNode: this.nodes, nodes: level.room })
      this.#storage.append('nodes', level.bytes)
      this.nodes += level.room
      if (level.room <= 1) return levels
      level = parents(level)
    }
  }
}

function parents(level: Nodes): Nodes {
  const above = new Nodes(Math.ceil(level.room / TREE_FANOUT))
  for (let node = 0; node < level.room; node++)
    above.add(
      Math.floor(node / TREE_FANOUT),
      level.startNs(node),
      level.endNs(node),
      level.busyNs(node),
      level.longestNs(node),
      level.longest(node),
      level.name(node),
      level.count(node),
      level.category(node),
    )
  return above
}
