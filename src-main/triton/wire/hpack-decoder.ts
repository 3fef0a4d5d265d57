import { END_OF_STRING, HUFFMAN_TREE, STATIC_TABLE } from './hpack-tables.ts'

/** A header block that breaks RFC 7541: the connection cannot go on, since both sides' tables would differ. */
export class BrokenHeaders extends Error {}

/** Entry overhead by RFC 7541 §4.1. */
const ENTRY_BYTES = 32
/** What a peer may use until it knows better; we announce less, but it may write before it has read that. */
const DEFAULT_TABLE_BYTES = 4096
const MOST_PADDING_BITS = 7

export type HeaderField = readonly [name: string, value: string]

/** Header blocks of one connection, in order: the dynamic table is kept even though we ask the peer not to use it. */
export class HpackDecoder {
  /** Newest first, as they are numbered. */
  #entries: HeaderField[] = []
  #bytes = 0
  #limitBytes = DEFAULT_TABLE_BYTES
  #block: Uint8Array = new Uint8Array(0)
  #at = 0
  #end = 0
  /** Grows whenever the table changes: the same bytes then may mean something else. */
  tableVersion = 0

  /** @throws BrokenHeaders */
  decode(block: Uint8Array, from: number, to: number): HeaderField[] {
    this.#block = block
    this.#at = from
    this.#end = to
    const fields: HeaderField[] = []
    while (this.#at < this.#end) {
      const first = this.#block[this.#at] ?? 0
      if (first & 0x80) fields.push(this.#entry(this.#integer(7)))
      else if (first & 0x40) fields.push(this.#add(this.#literal(6)))
      else if (first & 0x20) this.#resize(this.#integer(5))
      else fields.push(this.#literal(4))
    }
    return fields
  }

  #entry(index: number): HeaderField {
    const field =
      index <= STATIC_TABLE.length ? STATIC_TABLE[index - 1] : this.#entries[index - 1 - STATIC_TABLE.length]
    if (field === undefined) throw new BrokenHeaders(`no header of number ${index}`)
    return field
  }

  #literal(prefixBits: number): HeaderField {
    const index = this.#integer(prefixBits)
    const name = index === 0 ? this.#string() : this.#entry(index)[0]
    return [name, this.#string()]
  }

  #add(field: HeaderField): HeaderField {
    // As gRPC's servers do with a table of nothing: what does not fit empties the table (RFC 7541 §4.4), here already so.
    if (this.#entries.length === 0 && sizeOf(field) > this.#limitBytes) return field
    this.#entries.unshift(field)
    this.#bytes += sizeOf(field)
    this.#evict()
    this.tableVersion++
    return field
  }

  #resize(bytes: number): void {
    if (bytes > DEFAULT_TABLE_BYTES) throw new BrokenHeaders(`a header table of ${bytes} bytes`)
    if (bytes === this.#limitBytes) return
    this.#limitBytes = bytes
    this.#evict()
    this.tableVersion++
  }

  #evict(): void {
    while (this.#bytes > this.#limitBytes) {
      const oldest = this.#entries.pop()
      if (oldest === undefined) return
      this.#bytes -= sizeOf(oldest)
    }
  }

  #byte(): number {
    const byte = this.#block[this.#at]
    if (byte === undefined || this.#at >= this.#end) throw new BrokenHeaders('the block is cut')
    this.#at++
    return byte
  }

  #integer(prefixBits: number): number {
    const most = 2 ** prefixBits - 1
    let value = this.#byte() & most
    if (value < most) return value
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte()
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw new BrokenHeaders('a number is too large')
  }

  #string(): string {
    const huffman = ((this.#block[this.#at] ?? 0) & 0x80) !== 0
    const length = this.#integer(7)
    const from = this.#at
    const to = from + length
    if (to > this.#end) throw new BrokenHeaders('a text is cut')
    this.#at = to
    const bytes = this.#block.subarray(from, to)
    return huffman ? huffmanText(bytes) : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  }
}

function sizeOf([name, value]: HeaderField): number {
  return name.length + value.length + ENTRY_BYTES
}

/** @throws BrokenHeaders on an end-of-string symbol, or padding that is too long or not of ones */
export function huffmanText(bytes: Uint8Array): string {
  const symbols: number[] = []
  let node = 0
  let pending = 0
  let onlyOnes = true
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      const one = (byte >> bit) & 1
      pending++
      onlyOnes &&= one === 1
      const child = HUFFMAN_TREE[node * 2 + one] ?? 0
      if (child > 0) {
        node = child
        continue
      }
      const symbol = -1 - child
      if (symbol < 0 || symbol === END_OF_STRING) throw new BrokenHeaders('not a Huffman code')
      symbols.push(symbol)
      node = pending = 0
      onlyOnes = true
    }
  }
  if (pending > MOST_PADDING_BITS || !onlyOnes) throw new BrokenHeaders('wrong padding of a Huffman text')
  return Buffer.from(symbols).toString('latin1')
}
