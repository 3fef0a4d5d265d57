import type { TableColumn } from '#domain/trace-feed.ts'

/**
 * Numbers out of SQLite records, straight into columns. Source: sqlite.org/fileformat2.html §2.1 (record format).
 * Hot path: no object is made for a row.
 */

/** Bytes of a value by serial type below 12. */
const SIZE = Uint8Array.of(0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0)
const TWO_32 = 4_294_967_296

/** What a wanted column is in the record. */
export interface RecordColumn {
  /** Position in the record. */
  index: number
  /** The column is the rowid itself (INTEGER PRIMARY KEY) and stored as NULL. */
  isRowId: boolean
  wanted: TableColumn
}

export type RowResult = 'ok' | 'damaged' | 'needs-overflow'

export class RecordDecoder {
  readonly out: Float64Array[]
  readonly #columns: readonly RecordColumn[]
  /** By position in the record: the first output that wants it, −1: none; and the next output of the same column. */
  readonly #first: Int32Array
  readonly #next: Int32Array
  readonly #lastIndex: number
  readonly #bytes64 = new DataView(new ArrayBuffer(8))

  constructor(columns: readonly RecordColumn[], batchRows: number) {
    this.#columns = columns
    this.out = columns.map(() => new Float64Array(batchRows))
    this.#lastIndex = Math.max(-1, ...columns.map(column => column.index))
    this.#first = new Int32Array(this.#lastIndex + 1).fill(-1)
    this.#next = new Int32Array(columns.length).fill(-1)
    columns.forEach(({ index }, output) => {
      this.#next[output] = this.#first[index] ?? -1
      this.#first[index] = output
    })
  }

  /**
   * Decodes the record at [from, to) of `bytes` into row `row`.
   * @param whole how long the record is; more than to − from: the rest lies on overflow pages
   * @returns 'needs-overflow' when a wanted value lies there
   */
  decode(bytes: Uint8Array, from: number, to: number, whole: number, rowId: number, row: number): RowResult {
    const first = this.#first
    const last = this.#lastIndex
    let at = from
    let headerBytes = bytes[at++] ?? 0
    if (headerBytes >= 0x80) {
      headerBytes = varintAt(bytes, from)
      at = from + varintLength(bytes, from)
    }
    const headerEnd = from + headerBytes
    if (headerBytes > whole || headerEnd < at) return 'damaged'
    if (headerEnd > to) return to - from < whole ? 'needs-overflow' : 'damaged'
    let body = headerEnd
    for (let index = 0; index <= last; index++) {
      if (at >= headerEnd) {
        // Added to the table after this row was written.
        this.#missing(index, row)
        return 'ok'
      }
      let type = bytes[at++] ?? 0
      if (type >= 0x80) {
        type = varintAt(bytes, at - 1)
        at += varintLength(bytes, at - 1) - 1
      }
      const size = type < 12 ? (SIZE[type] ?? 0) : Math.floor((type - 12) / 2)
      const output = first[index] ?? -1
      if (output >= 0) {
        if (type < 10 && body + size > to) return to - from < whole ? 'needs-overflow' : 'damaged'
        this.#take(output, bytes, body, type, rowId, row)
      }
      body += size
    }
    return 'ok'
  }

  /** NaN in every column of a row. */
  clear(row: number): void {
    for (const column of this.out) column[row] = Number.NaN
  }

  #missing(from: number, row: number): void {
    this.#columns.forEach(({ index }, output) => {
      const column = this.out[output]
      if (index >= from && column !== undefined) column[row] = Number.NaN
    })
  }

  #take(first: number, bytes: Uint8Array, at: number, type: number, rowId: number, row: number): void {
    for (let output = first; output >= 0; output = this.#next[output] ?? -1) {
      const column = this.out[output]
      const spec = this.#columns[output]
      if (column === undefined || spec === undefined) return
      if (typeof spec.wanted === 'string') {
        column[row] = type === 0 && spec.isRowId ? rowId : this.#number(bytes, at, type)
      } else {
        const { shift, bits } = spec.wanted
        column[row] =
          type === 0 && spec.isRowId ? bitsOfNumber(rowId, shift, bits) : bitsAt(bytes, at, type, shift, bits)
      }
    }
  }

  #number(bytes: Uint8Array, at: number, type: number): number {
    switch (type) {
      case 1:
        return ((bytes[at] ?? 0) << 24) >> 24
      case 2:
        return (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0)
      case 3:
        return (((bytes[at] ?? 0) << 24) >> 8) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
      case 4:
        return int32(bytes, at)
      case 5:
        return ((((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0)) * TWO_32 + (int32(bytes, at + 2) >>> 0)
      case 6:
        return int32(bytes, at) * TWO_32 + (int32(bytes, at + 4) >>> 0)
      case 7:
        this.#bytes64.setInt32(0, int32(bytes, at))
        this.#bytes64.setInt32(4, int32(bytes, at + 4))
        return this.#bytes64.getFloat64(0)
      case 8:
        return 0
      case 9:
        return 1
      default:
        return Number.NaN
    }
  }
}

function int32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}

/** (value >> shift) & (2^bits − 1) of the integer at `at`, exact for bits ≤ 53; NaN for what is no integer. */
function bitsAt(bytes: Uint8Array, at: number, type: number, shift: number, bits: number): number {
  let high: number
  let low: number
  switch (type) {
    case 1:
      low = ((bytes[at] ?? 0) << 24) >> 24
      high = low >> 31
      break
    case 2:
      low = (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0)
      high = low >> 31
      break
    case 3:
      low = (((bytes[at] ?? 0) << 24) >> 8) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
      high = low >> 31
      break
    case 4:
      low = int32(bytes, at)
      high = low >> 31
      break
    case 5:
      high = (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0)
      low = int32(bytes, at + 2)
      break
    case 6:
      high = int32(bytes, at)
      low = int32(bytes, at + 4)
      break
    case 8:
      return 0
    case 9:
      return shift === 0 ? 1 : 0
    default:
      return Number.NaN
  }
  return bitsOf(high, low, shift, bits)
}

/** As SQL's `(value >> shift) & mask` of the 64-bit value high·2^32 + low. */
function bitsOf(high: number, low: number, shift: number, bits: number): number {
  // The two cases of nsys' ids: the process (24, 40) or its number (24, 24), and the thread (0, 24).
  if (shift === 24 && bits === 40) return (high >>> 0) * 256 + (low >>> 24)
  if (shift < 32 && bits < 32) {
    const both = shift === 0 ? low : (low >>> shift) | (high << (32 - shift))
    return (both & (2 ** bits - 1)) >>> 0
  }
  const value = (BigInt(high) << 32n) | BigInt(low >>> 0)
  return Number(BigInt.asUintN(bits, value >> BigInt(shift)))
}

function bitsOfNumber(value: number, shift: number, bits: number): number {
  return Number(BigInt.asUintN(bits, BigInt(value) >> BigInt(shift)))
}

/** A varint as a double: exact up to 2^53, and for small negative numbers, which take all nine bytes. */
export function varintAt(bytes: Uint8Array, at: number): number {
  let value = 0
  for (let i = 0; i < 8; i++) {
    const byte = bytes[at + i] ?? 0
    value = value * 128 + (byte & 0x7f)
    if (byte < 0x80) return value
  }
  let exact = 0n
  for (let i = 0; i < 8; i++) exact = (exact << 7n) | BigInt((bytes[at + i] ?? 0) & 0x7f)
  return Number(BigInt.asIntN(64, (exact << 8n) | BigInt(bytes[at + 8] ?? 0)))
}

export function varintLength(bytes: Uint8Array, at: number): number {
  for (let i = 0; i < 8; i++) if ((bytes[at + i] ?? 0) < 0x80) return i + 1
  return 9
}
