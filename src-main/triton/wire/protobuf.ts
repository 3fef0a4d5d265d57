/**
 * The wire format of protobuf, as much as requests and statistics need. Writers give pieces, so that a tensor is
 * copied once, at the end. Source: protobuf.dev, "Encoding".
 */
export type Pieces = Uint8Array[]

const VARINT = 0
const FIXED64 = 1
const LENGTH = 2
const FIXED32 = 5

export function bytesOf(pieces: Pieces): number {
  return pieces.reduce((total, piece) => total + piece.length, 0)
}

function varint(value: number | bigint): Uint8Array {
  const bytes: number[] = []
  // Negative values go as their 64-bit two's complement.
  let rest = BigInt.asUintN(64, BigInt(value))
  while (rest > 0x7fn) {
    bytes.push(Number(rest & 0x7fn) | 0x80)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return Uint8Array.from(bytes)
}

function tag(field: number, type: number): Uint8Array {
  return varint(field * 8 + type)
}

export function varintField(field: number, value: number | bigint | boolean): Pieces {
  return [tag(field, VARINT), varint(typeof value === 'boolean' ? Number(value) : value)]
}

export function doubleField(field: number, value: number): Pieces {
  const bytes = Buffer.alloc(8)
  bytes.writeDoubleLE(value)
  return [tag(field, FIXED64), bytes]
}

export function bytesField(field: number, ...content: Pieces): Pieces {
  return [tag(field, LENGTH), varint(bytesOf(content)), ...content]
}

export function textField(field: number, text: string): Pieces {
  return bytesField(field, Buffer.from(text))
}

export function packedField(field: number, values: readonly number[]): Pieces {
  return values.length === 0 ? [] : bytesField(field, ...values.map(varint))
}

/** The bytes are not a protobuf message. */
export class BrokenMessage extends Error {}

/** Walks over the fields of a message inside a buffer, without copying. */
export class MessageReader {
  #bytes: Uint8Array
  #end: number
  #at: number
  field = 0
  type = 0
  /** Of a varint: its value, exact up to 2^53. */
  value = 0
  /** Of a length-delimited field: where its content lies. */
  from = 0
  to = 0

  constructor(bytes: Uint8Array, from = 0, to = bytes.length) {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
  }

  /** Goes over another message. */
  start(bytes: Uint8Array, from: number, to: number): this {
    this.#bytes = bytes
    this.#at = from
    this.#end = to
    return this
  }

  /** @returns false at the end of the message   @throws BrokenMessage */
  next(): boolean {
    if (this.#at >= this.#end) return false
    const key = this.#varint()
    this.field = Math.floor(key / 8)
    this.type = key % 8
    if (this.type === VARINT) this.value = this.#varint()
    else if (this.type === LENGTH) this.#content(this.#varint())
    else if (this.type === FIXED64) this.#content(8)
    else if (this.type === FIXED32) this.#content(4)
    else throw new BrokenMessage(`wire type ${this.type}`)
    return true
  }

  text(): string {
    return Buffer.from(this.#bytes.buffer, this.#bytes.byteOffset + this.from, this.to - this.from).toString('utf8')
  }

  message(): MessageReader {
    return new MessageReader(this.#bytes, this.from, this.to)
  }

  #content(length: number): void {
    this.from = this.#at
    this.to = this.#at + length
    if (this.to > this.#end) throw new BrokenMessage('a field is longer than its message')
    this.#at = this.to
  }

  #varint(): number {
    let value = 0
    let scale = 1
    for (let count = 0; count < 10; count++) {
      const byte = this.#bytes[this.#at]
      if (byte === undefined || this.#at >= this.#end) throw new BrokenMessage('a number is cut')
      this.#at++
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
      scale *= 128
    }
    throw new BrokenMessage('a number has more than ten bytes')
  }
}
