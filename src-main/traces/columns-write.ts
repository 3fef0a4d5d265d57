import type { IndexStorage } from './define.ts'

const BUFFER_BYTES = 1 << 18

/** Writes numbers to a section, a buffer at a time. */
export class ColumnWriter {
  readonly #storage: IndexStorage
  readonly #section: string
  readonly #buffer: Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>
  #used = 0
  count = 0

  constructor(storage: IndexStorage, section: string, width: 8 | 4 | 1) {
    this.#storage = storage
    this.#section = section
    const room = BUFFER_BYTES / width
    this.#buffer = width === 8 ? new Float64Array(room) : width === 4 ? new Uint32Array(room) : new Uint8Array(room)
  }

  push(value: number): void {
    if (this.#used === this.#buffer.length) this.flush()
    this.#buffer[this.#used++] = value
    this.count++
  }

  /** `values` in the order given; without one, as they are. */
  pushAll(values: Float64Array | Uint32Array | Uint8Array, order: Uint32Array | undefined): void {
    const buffer = this.#buffer
    let from = 0
    while (from < values.length) {
      if (this.#used === buffer.length) this.flush()
      const to = Math.min(values.length, from + buffer.length - this.#used)
      if (order === undefined) buffer.set(values.subarray(from, to), this.#used)
      else for (let at = from, into = this.#used; at < to; at++, into++) buffer[into] = values[order[at] ?? 0] ?? 0
      this.#used += to - from
      from = to
    }
    this.count += values.length
  }

  zeros(count: number): void {
    for (let left = count; left > 0; ) {
      if (this.#used === this.#buffer.length) this.flush()
      const part = Math.min(left, this.#buffer.length - this.#used)
      this.#buffer.fill(0, this.#used, this.#used + part)
      this.#used += part
      left -= part
    }
    this.count += count
  }

  flush(): void {
    const { buffer, BYTES_PER_ELEMENT } = this.#buffer
    if (this.#used > 0) this.#storage.append(this.#section, new Uint8Array(buffer, 0, this.#used * BYTES_PER_ELEMENT))
    this.#used = 0
  }
}
