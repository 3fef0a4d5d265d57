import type { IndexStorage } from './define.ts'
import type { Scratch } from './scratch.ts'

/** What a track keeps of its slices until the index is finished, in the order they came. */
export const ROW_COLUMNS = [
  'start',
  'duration',
  'source',
  'correlation',
  'operator',
  /** Bytes moved, + 1; 0 for none told. */
  'moved',
  'name',
  'detail',
  'category',
] as const
export type RowColumn = (typeof ROW_COLUMNS)[number]
export type RowArray = Float64Array | Uint32Array | Uint8Array

type WideColumn = 'start' | 'duration' | 'source' | 'correlation' | 'operator' | 'moved'

const WIDTH: Record<RowColumn, number> = {
  start: 8,
  duration: 8,
  source: 8,
  correlation: 8,
  operator: 8,
  moved: 8,
  name: 4,
  detail: 4,
  category: 1,
}
/** Columns that most tracks leave empty: a chunk writes them only where something is in them. */
const OPTIONAL = { correlation: 1, operator: 2, moved: 4, detail: 8 } as const
const isOptional = (column: RowColumn): column is keyof typeof OPTIONAL => column in OPTIONAL

/** Traces may have very many tracks with a slice or two each. */
const FIRST_ROWS = 8
const BYTES_PER_ROW = ROW_COLUMNS.reduce((sum, column) => sum + WIDTH[column], 0)
const ROWS_SECTION = 'rows'
const NO_F64 = new Float64Array(0)
const NO_U32 = new Uint32Array(0)
const NO_U8 = new Uint8Array(0)

interface Chunk {
  offset: number
  rows: number
  /** Bits of OPTIONAL. */
  has: number
}

/** The slices of one track: a buffer that grows, and full ones written away. */
export class TrackRows {
  rows = 0
  /** Bits of OPTIONAL over all chunks. */
  #hasAny = 0
  readonly #storage: IndexStorage
  readonly #chunkRows: number
  readonly #chunks: Chunk[] = []
  #used = 0
  #capacity = 0
  #has = 0
  #start: Float64Array<ArrayBuffer> = NO_F64
  #duration: Float64Array<ArrayBuffer> = NO_F64
  #source: Float64Array<ArrayBuffer> = NO_F64
  #correlation: Float64Array<ArrayBuffer> = NO_F64
  #operator: Float64Array<ArrayBuffer> = NO_F64
  #moved: Float64Array<ArrayBuffer> = NO_F64
  #name: Uint32Array<ArrayBuffer> = NO_U32
  #detail: Uint32Array<ArrayBuffer> = NO_U32
  #category: Uint8Array<ArrayBuffer> = NO_U8

  constructor(storage: IndexStorage, chunkRows: number) {
    this.#storage = storage
    this.#chunkRows = chunkRows
  }

  /** What the buffer takes now. */
  get bufferBytes(): number {
    return this.#capacity * BYTES_PER_ROW
  }

  push(
    start: number,
    duration: number,
    name: number,
    category: number,
    correlation: number,
    operator: number,
    detail: number,
    source: number,
  ): void {
    if (this.#used === this.#capacity) this.#makeRoom()
    const row = this.#used++
    this.rows++
    this.#start[row] = start
    this.#duration[row] = duration
    this.#source[row] = source
    this.#name[row] = name
    this.#category[row] = category
    this.#correlation[row] = correlation
    this.#operator[row] = operator
    this.#detail[row] = detail
    this.#moved[row] = 0
    this.#has |= (correlation === 0 ? 0 : 1) | (operator === 0 ? 0 : 2) | (detail === 0 ? 0 : 8)
  }

  /** Of the slice pushed last. */
  setMoved(bytes: number): void {
    this.#moved[this.#used - 1] = bytes + 1
    this.#has |= OPTIONAL.moved
  }

  /** Whether a column holds anything but zeros. */
  has(column: RowColumn): boolean {
    return !isOptional(column) || ((this.#hasAny | this.#has) & OPTIONAL[column]) !== 0
  }

  /** Writes the buffer away and lets go of it. */
  release(): void {
    // The last slice stays: its bytes may still be told.
    if (this.#used <= 1) return
    this.#spill(this.#used - 1)
    const last = this.#used - 1
    const kept = ROW_COLUMNS.map(column => this.#buffer(column)[last] ?? 0)
    this.#capacity = 0
    this.#used = 0
    this.#grow(FIRST_ROWS)
    ROW_COLUMNS.forEach((column, at) => {
      this.#buffer(column)[0] = kept[at] ?? 0
    })
    this.#used = 1
  }

  /** A whole column in the order the slices came, in the scratch slot given. */
  load(column: WideColumn, scratch: Scratch, slot: number): Float64Array
  load(column: RowColumn, scratch: Scratch, slot: number): RowArray
  load(column: RowColumn, scratch: Scratch, slot: number): RowArray {
    const width = WIDTH[column]
    const into =
      width === 8
        ? scratch.f64(slot, this.rows)
        : width === 4
          ? scratch.u32(slot, this.rows)
          : scratch.u8(slot, this.rows)
    const bytes = new Uint8Array(into.buffer, 0, this.rows * width)
    let row = 0
    for (const chunk of this.#chunks) {
      const part = bytes.subarray(row * width, (row + chunk.rows) * width)
      const at = offsetOf(column, chunk)
      if (at === undefined) part.fill(0)
      else this.#storage.read(ROWS_SECTION, at, part)
      row += chunk.rows
    }
    into.set(this.#buffer(column).subarray(0, this.#used), row)
    return into
  }

  /** Lets go of the buffer; nothing is to be read any more. */
  forget(): void {
    this.#used = 0
    this.#grow(0)
  }

  #makeRoom(): void {
    if (this.#capacity < this.#chunkRows)
      this.#grow(Math.min(this.#chunkRows, Math.max(FIRST_ROWS, this.#capacity * 2)))
    else {
      this.#spill(this.#used)
      this.#used = 0
    }
  }

  #spill(rows: number): void {
    this.#chunks.push({ offset: this.#storage.size(ROWS_SECTION), rows, has: this.#has })
    for (const column of ROW_COLUMNS) {
      if (isOptional(column) && (this.#has & OPTIONAL[column]) === 0) continue
      const { buffer, byteOffset } = this.#buffer(column)
      this.#storage.append(ROWS_SECTION, new Uint8Array(buffer, byteOffset, rows * WIDTH[column]))
    }
    this.#hasAny |= this.#has
    this.#has = 0
  }

  #grow(capacity: number): void {
    // One block for all: buffers cost more than what most tracks have in them.
    const block = new ArrayBuffer(capacity * BYTES_PER_ROW)
    let at = 0
    const f64 = (old: Float64Array) => {
      const grown = new Float64Array(block, at, capacity)
      at += capacity * 8
      grown.set(old.subarray(0, this.#used))
      return grown
    }
    const u32 = (old: Uint32Array) => {
      const grown = new Uint32Array(block, at, capacity)
      at += capacity * 4
      grown.set(old.subarray(0, this.#used))
      return grown
    }
    this.#start = f64(this.#start)
    this.#duration = f64(this.#duration)
    this.#source = f64(this.#source)
    this.#correlation = f64(this.#correlation)
    this.#operator = f64(this.#operator)
    this.#moved = f64(this.#moved)
    this.#name = u32(this.#name)
    this.#detail = u32(this.#detail)
    const category = new Uint8Array(block, at, capacity)
    category.set(this.#category.subarray(0, this.#used))
    this.#category = category
    this.#capacity = capacity
  }

  #buffer(column: RowColumn): Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer> {
    switch (column) {
      case 'start':
        return this.#start
      case 'duration':
        return this.#duration
      case 'source':
        return this.#source
      case 'correlation':
        return this.#correlation
      case 'operator':
        return this.#operator
      case 'moved':
        return this.#moved
      case 'name':
        return this.#name
      case 'detail':
        return this.#detail
      case 'category':
        return this.#category
    }
  }
}

/** Where a column of a chunk begins; undefined: it was empty and not written. */
function offsetOf(wanted: RowColumn, { offset, rows, has }: Chunk): number | undefined {
  let at = offset
  for (const column of ROW_COLUMNS) {
    const written = !isOptional(column) || (has & OPTIONAL[column]) !== 0
    if (column === wanted) return written ? at : undefined
    if (written) at += rows * WIDTH[column]
  }
  return undefined
}

/** The temporary section of rows, once the index is finished. */
export function dropRows(storage: IndexStorage): void {
  storage.remove(ROWS_SECTION)
}
