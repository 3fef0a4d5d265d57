import type { IndexStorage } from './define.ts'

/** Names longer than this are cut: what a page can show of one is far less. */
const LONGEST_NAME_BYTES = 16_384
/** Names are compared in memory up to this much text; what comes later is compared on disk. */
const TEXT_IN_MEMORY_BYTES = 32 * 2 ** 20
const SECTION = { offset: 'name-offset', text: 'name-text' } as const

/** Texts by id, from 1; equal texts have equal ids. A text seen before is found by its bytes, without a string. */
export class NameTable {
  cut = 0
  readonly #storage: IndexStorage
  readonly #inMemory: number
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  readonly #encoder = new TextEncoder()
  readonly #recent = new Map<string, number>()
  #text = new Uint8Array(1 << 16)
  #textBytes = 0
  /** How much of it, from the front, is in memory. */
  #kept = 0
  #written = false
  #offsets = new Float64Array(1024)
  #hashes = new Uint32Array(1024)
  #count = 0
  /** Open addressing: ids, 0 for free. */
  #slots = new Uint32Array(4096)

  constructor(storage: IndexStorage, inMemoryBytes = TEXT_IN_MEMORY_BYTES) {
    this.#storage = storage
    this.#inMemory = inMemoryBytes
  }

  get count(): number {
    return this.#count
  }

  ofText(text: string): number {
    const known = this.#recent.get(text)
    if (known !== undefined) return known
    const bytes = this.#encoder.encode(text)
    const id = this.#ofValid(bytes, 0, this.#cutAt(bytes, 0, bytes.length))
    if (this.#recent.size >= 4096) this.#recent.clear()
    if (text.length < 1024) this.#recent.set(text, id)
    return id
  }

  /** UTF-8 of bytes [from, to). What is no UTF-8 is replaced as any decoder does, so that equal texts stay one. */
  ofBytes(bytes: Uint8Array, from: number, to: number): number {
    const end = this.#cutAt(bytes, from, to)
    const hash = hashOf(bytes, from, end)
    const known = this.#find(bytes, from, end, hash)
    if (known > 0) return known
    const text = this.#decoder.decode(bytes.subarray(from, end))
    if (!text.includes('\uFFFD')) return this.#add(bytes, from, end, hash, -known - 1)
    const valid = this.#encoder.encode(text)
    return this.#ofValid(valid, 0, valid.length)
  }

  finish(): void {
    this.#writeKept()
    const offsets = new Float64Array(this.#count + 1)
    offsets.set(this.#offsets.subarray(0, this.#count))
    offsets[this.#count] = this.#textBytes
    this.#storage.append(SECTION.offset, new Uint8Array(offsets.buffer))
  }

  #ofValid(bytes: Uint8Array, from: number, to: number): number {
    const hash = hashOf(bytes, from, to)
    const known = this.#find(bytes, from, to, hash)
    return known > 0 ? known : this.#add(bytes, from, to, hash, -known - 1)
  }

  /** Its id, or −(free slot + 1). */
  #find(bytes: Uint8Array, from: number, to: number, hash: number): number {
    const mask = this.#slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot] ?? 0
      if (id === 0) return -(slot + 1)
      if (this.#hashes[id - 1] === hash && this.#equals(id, bytes, from, to)) return id
    }
  }

  #equals(id: number, bytes: Uint8Array, from: number, to: number): boolean {
    const begin = this.#offsets[id - 1] ?? 0
    const end = id === this.#count ? this.#textBytes : (this.#offsets[id] ?? 0)
    if (end - begin !== to - from) return false
    let text = this.#text
    let at = begin
    if (end > this.#kept) {
      text = new Uint8Array(end - begin)
      this.#storage.read(SECTION.text, begin, text)
      at = 0
    }
    for (let place = from; place < to; place++, at++) if (text[at] !== bytes[place]) return false
    return true
  }

  #add(bytes: Uint8Array, from: number, to: number, hash: number, slot: number): number {
    const length = to - from
    if (this.#kept === this.#textBytes && this.#kept + length <= this.#inMemory) {
      while (this.#kept + length > this.#text.length)
        this.#text = grown(this.#text, new Uint8Array(this.#text.length * 2))
      this.#text.set(bytes.subarray(from, to), this.#kept)
      this.#kept += length
    } else {
      this.#writeKept()
      this.#storage.append(SECTION.text, bytes.subarray(from, to))
    }
    if (this.#count === this.#offsets.length) {
      this.#offsets = grown(this.#offsets, new Float64Array(this.#count * 2))
      this.#hashes = grown(this.#hashes, new Uint32Array(this.#count * 2))
    }
    this.#offsets[this.#count] = this.#textBytes
    this.#hashes[this.#count] = hash
    this.#textBytes += length
    const id = ++this.#count
    this.#slots[slot] = id
    if (id * 2 > this.#slots.length) this.#rehash()
    return id
  }

  #writeKept(): void {
    if (!this.#written) this.#storage.append(SECTION.text, this.#text.subarray(0, this.#kept))
    this.#written = true
  }

  #rehash(): void {
    const slots = new Uint32Array(this.#slots.length * 2)
    const mask = slots.length - 1
    for (let id = 1; id <= this.#count; id++) {
      let slot = (this.#hashes[id - 1] ?? 0) & mask
      while (slots[slot] !== 0) slot = (slot + 1) & mask
      slots[slot] = id
    }
    this.#slots = slots
  }

  /** Never in the middle of a character. */
  #cutAt(bytes: Uint8Array, from: number, to: number): number {
    if (to - from <= LONGEST_NAME_BYTES) return to
    this.cut++
    let end = from + LONGEST_NAME_BYTES
    while (end > from && ((bytes[end] ?? 0) & 0xc0) === 0x80) end--
    return end
  }
}

function grown<T extends Float64Array | Uint32Array | Uint8Array>(old: T, into: T): T {
  into.set(old)
  return into
}

/** Four bytes at a time: names of kernels have hundreds. */
function hashOf(bytes: Uint8Array, from: number, to: number): number {
  let hash = to - from
  let at = from
  for (const last = to - 3; at < last; at += 4) {
    const word =
      (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24)
    hash = Math.imul(hash ^ word, 0x9e3779b1)
    hash ^= hash >>> 15
  }
  for (; at < to; at++) hash = Math.imul(hash ^ (bytes[at] ?? 0), 0x85ebca6b)
  hash ^= hash >>> 13
  return Math.imul(hash, 0xc2b2ae35) >>> 0
}
