import type { IndexStorage } from './define.ts'

/**
 * What is drawn of a slice, 24 bytes: f64 start, duration; u32 name, category. Section `leaf` holds it a second time
 * beside the columns, so that a window of slices is one read, not four.
 */
export const LEAF_BYTES = 24
const F64_PER_LEAF = LEAF_BYTES / 8
const U32_PER_LEAF = LEAF_BYTES / 4
const SECTION = 'leaf'
const WRITTEN_AT_ONCE = 4096

/** Leaves in a buffer, by position. */
export class Leaves {
  #bytes: Uint8Array
  #f64: Float64Array
  #u32: Uint32Array

  constructor(count: number) {
    const buffer = new ArrayBuffer(count * LEAF_BYTES)
    this.#bytes = new Uint8Array(buffer)
    this.#f64 = new Float64Array(buffer)
    this.#u32 = new Uint32Array(buffer)
  }

  /** Fills it with slices [first, first + count). */
  read(storage: IndexStorage, first: number, count: number): void {
    if (this.#bytes.length < count * LEAF_BYTES) {
      const buffer = new ArrayBuffer(count * 2 * LEAF_BYTES)
      this.#bytes = new Uint8Array(buffer)
      this.#f64 = new Float64Array(buffer)
      this.#u32 = new Uint32Array(buffer)
    }
    storage.read(SECTION, first * LEAF_BYTES, this.#bytes.subarray(0, count * LEAF_BYTES))
  }

  startNs(at: number): number {
    return this.#f64[at * F64_PER_LEAF] ?? 0
  }
  durationNs(at: number): number {
    return this.#f64[at * F64_PER_LEAF + 1] ?? 0
  }
  name(at: number): number {
    return this.#u32[at * U32_PER_LEAF + 4] ?? 0
  }
  category(at: number): number {
    return this.#u32[at * U32_PER_LEAF + 5] ?? 0
  }

  set(at: number, startNs: number, durationNs: number, name: number, category: number): void {
    this.#f64[at * F64_PER_LEAF] = startNs
    this.#f64[at * F64_PER_LEAF + 1] = durationNs
    this.#u32[at * U32_PER_LEAF + 4] = name
    this.#u32[at * U32_PER_LEAF + 5] = category
  }

  bytes(count: number): Uint8Array {
    return this.#bytes.subarray(0, count * LEAF_BYTES)
  }
}

/** Writes section `leaf`, slice by slice. */
export class LeafWriter {
  readonly #storage: IndexStorage
  readonly #leaves = new Leaves(WRITTEN_AT_ONCE)
  #count = 0

  constructor(storage: IndexStorage) {
    this.#storage = storage
  }

  push(startNs: number, durationNs: number, name: number, category: number): void {
    this.#leaves.set(this.#count++, startNs, durationNs, name, category)
    if (this.#count === WRITTEN_AT_ONCE) this.flush()
  }

  flush(): void {
    if (this.#count === 0) return
    this.#storage.append(SECTION, this.#leaves.bytes(this.#count))
    this.#count = 0
  }
}
