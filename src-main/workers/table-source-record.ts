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
  /** Holds reals, also where one is stored as an integer: those have no bits. */
  isReal: boolean
  wanted: TableColumn
}

export type RowResult = 'ok' | 'damaged' | 'needs-overflow'

/** What to do with a column of the record, besides writing it to the output of that number. */
const SKIP = -1
const SPECIAL = -2
const MAX_VALUE_BYTES = 8

export class RecordDecoder {
  readonly out: Float64Array[]
  readonly #columns: readonly RecordColumn[]
  /** By position in the record. */
  readonly #outputs: Int32Array
  /** By position in the record, the outputs of a SPECIAL one. */
  readonly #specials: number[][]
  readonly #lastIndex: number

  constructor(columns: readonly RecordColumn[], batchRows: number) {
    this.#columns = columns
    this.out = columns.map(() => new Float64Array(batchRows))
    this.#lastIndex = Math.max(-1, ...columns.map(column => column.index))
    this.#outputs = new Int32Array(this.#lastIndex + 1).fill(SKIP)
    columns.forEach(({ index, isRowId, wanted }, output) => {
      const isPlain = this.#outputs[index] === SKIP && !isRowId && typeof wanted === 'string'
      this.#outputs[index] = isPlain ? output : SPECIAL
    })
    this.#specials = Array.from({ length: this.#lastIndex + 1 }, (_, index) =>
      [...columns.keys()].filter(output => columns[output]?.index === index),
    )
  }

  /**
   * Decodes the record at [from, to) of `bytes` into row `row`; what is no number becomes NaN.
   * @param whole how long the record is; more than to − from: the rest lies on overflow pages
   * @returns 'needs-overflow' when a wanted value lies there
   */
  decode(bytes: Uint8Array, from: number, to: number, whole: number, rowId: number, row: number): RowResult {
    const { out } = this
    const outputs = this.#outputs
    const last = this.#lastIndex
    let at = from + 1
    let headerBytes = bytes[from] ?? 0
    if (headerBytes >= 0x80) {
      headerBytes = varintAt(bytes, from)
      at = from + varintLength(bytes, from)
    }
    const headerEnd = from + headerBytes
    if (headerBytes > whole || headerEnd < at) return 'damaged'
    if (headerEnd > to) return to - from < whole ? 'needs-overflow' : 'damaged'
    let body = headerEnd
    /** Where the last value ends that was taken: reading past `to` is noticed once, at the end. */
    let needed = body
    for (let index = 0; index <= last; index++) {
      if (at >= headerEnd) {
        this.#missing(index, row)
        break
      }
      const output = outputs[index] ?? SKIP
      const type = bytes[at] ?? 0
      if (type >= 0x80) {
        const long = varintAt(bytes, at)
        at += varintLength(bytes, at)
        body += Math.floor((long - 12) / 2)
        if (output !== SKIP) this.#take(index, bytes, body, NOT_A_NUMBER, rowId, row)
        continue
      }
      at++
      if (output === SKIP) {
        body += type < 12 ? (SIZE[type] ?? 0) : (type - 12) >> 1
        continue
      }
      if (output === SPECIAL) {
        this.#take(index, bytes, body, type, rowId, row)
        body += type < 12 ? (SIZE[type] ?? 0) : (type - 12) >> 1
        if (type < 12) needed = body
        continue
      }
      let value: number
      switch (type) {
        case 1:
          value = ((bytes[body] ?? 0) << 24) >> 24
          body += 1
          break
        case 2:
          value = (((bytes[body] ?? 0) << 24) >> 16) | (bytes[body + 1] ?? 0)
          body += 2
          break
        case 3:
          value = (((bytes[body] ?? 0) << 24) >> 8) | ((bytes[body + 1] ?? 0) << 8) | (bytes[body + 2] ?? 0)
          body += 3
          break
        case 4:
          value = int32(bytes, body)
          body += 4
          break
        case 5:
          value =
            ((((bytes[body] ?? 0) << 24) >> 16) | (bytes[body + 1] ?? 0)) * TWO_32 + (int32(bytes, body + 2) >>> 0)
          body += 6
          break
        case 8:
          value = 0
          break
        case 9:
          value = 1
          break
        default:
          value = type < 12 ? wideNumber(bytes, body, type) : Number.NaN
          body += type < 12 ? (SIZE[type] ?? 0) : (type - 12) >> 1
      }
      const column = out[output]
      if (column !== undefined) column[row] = value
      if (type < 12) needed = body
    }
    if (needed <= to) return 'ok'
    return to - from < whole && needed <= from + whole + MAX_VALUE_BYTES ? 'needs-overflow' : 'damaged'
  }

  #missing(from: number, row: number): void {
    this.#columns.forEach(({ index }, output) => {
      const column = this.out[output]
      // Added to the table after this row was written.
      if (index >= from && column !== undefined) column[row] = Number.NaN
    })
  }

  /** Every output of a column that is wanted in parts, several times, or is the rowid. */
  #take(index: number, bytes: Uint8Array, at: number, type: number, rowId: number, row: number): void {
    const outputs = this.#specials[index] ?? []
    for (let i = 0; i < outputs.length; i++) {
      const output = outputs[i] ?? 0
      const spec = this.#columns[output]
      const column = this.out[output]
      if (spec === undefined || column === undefined) continue
      const isRowId = type === 0 && spec.isRowId
      if (typeof spec.wanted === 'string') column[row] = isRowId ? rowId : anyNumber(bytes, at, type)
      else {
        const { shift, bits } = spec.wanted
        // The process and the thread of an nsys id are by far the most frequent.
        if (type === 6 && bits === 40 && shift === 24 && !spec.isReal) {
          column[row] = (int32(bytes, at) >>> 0) * 256 + (bytes[at + 4] ?? 0)
        } else if (type === 6 && bits === 24 && shift === 0 && !spec.isReal) {
          column[row] = ((bytes[at + 5] ?? 0) << 16) | ((bytes[at + 6] ?? 0) << 8) | (bytes[at + 7] ?? 0)
        } else if (spec.isReal) column[row] = Number.NaN
        else column[row] = isRowId ? bitsOfNumber(rowId, shift, bits) : bitsAt(bytes, at, type, shift, bits)
      }
    }
  }
}

/** A serial type of a text. */
const NOT_A_NUMBER = 13

/** An integer of up to 6 bytes, or what `wideNumber` reads. */
function anyNumber(bytes: Uint8Array, at: number, type: number): number {
  const high = highOf(bytes, at, type)
  return Number.isNaN(high) ? wideNumber(bytes, at, type) : high * TWO_32 + (lowOf(bytes, at, type) >>> 0)
}

const bytes64 = new DataView(new ArrayBuffer(8))

/** Integers and reals of 8 bytes; NaN for NULL and what is no number. */
function wideNumber(bytes: Uint8Array, at: number, type: number): number {
  if (type === 6) return int32(bytes, at) * TWO_32 + (int32(bytes, at + 4) >>> 0)
  if (type !== 7) return Number.NaN
  bytes64.setInt32(0, int32(bytes, at))
  bytes64.setInt32(4, int32(bytes, at + 4))
  return bytes64.getFloat64(0)
}

function int32(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)
}

/** Upper 32 bits, signed, of the 64-bit integer; NaN for what is no integer. */
function highOf(bytes: Uint8Array, at: number, type: number): number {
  switch (type) {
    case 1:
    case 2:
    case 3:
    case 4:
      return ((bytes[at] ?? 0) << 24) >> 31
    case 5:
      return (((bytes[at] ?? 0) << 24) >> 16) | (bytes[at + 1] ?? 0)
    case 6:
      return int32(bytes, at)
    case 8:
    case 9:
      return 0
    default:
      return Number.NaN
  }
}

/** Lower 32 bits, as a signed number. */
function lowOf(bytes: Uint8Array, at: number, type: number): number {
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
      return int32(bytes, at + 2)
    case 6:
      return int32(bytes, at + 4)
    default:
      return type === 9 ? 1 : 0
  }
}

/** (value >> shift) & (2^bits − 1) of the integer at `at`, exact for bits ≤ 53; NaN for what is no integer. */
function bitsAt(bytes: Uint8Array, at: number, type: number, shift: number, bits: number): number {
  const high = highOf(bytes, at, type)
  return Number.isNaN(high) ? high : bitsOf(high, lowOf(bytes, at, type), shift, bits)
}

/** As SQL's `(value >> shift) & mask` of the 64-bit value high·2^32 + low. */
function bitsOf(high: number, low: number, shift: number, bits: number): number {
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
