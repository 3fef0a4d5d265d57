import type { IndexStorage } from './define.ts'

type Numbers = Float64Array<ArrayBuffer> | Uint32Array<ArrayBuffer> | Uint8Array<ArrayBuffer>

/** Numbers [first, first + count) of a section, as a fresh array. @throws EngineError when the section is shorter */
export function readF64(
  storage: IndexStorage,
  section: string,
  first: number,
  count: number,
): Float64Array<ArrayBuffer> {
  const into = new Float64Array(count)
  storage.read(section, first * 8, new Uint8Array(into.buffer))
  return into
}

export function readU32(
  storage: IndexStorage,
  section: string,
  first: number,
  count: number,
): Uint32Array<ArrayBuffer> {
  const into = new Uint32Array(count)
  storage.read(section, first * 4, new Uint8Array(into.buffer))
  return into
}

export function readU8(storage: IndexStorage, section: string, first: number, count: number): Uint8Array<ArrayBuffer> {
  const into = new Uint8Array(count)
  storage.read(section, first, into)
  return into
}

const BUFFER_BYTES = 1 << 17

/** A section read from front to back (or by leaps ahead) without holding it. */
export class ColumnCursor {
  readonly #storage: IndexStorage
  readonly #section: string
  readonly #buffer: Numbers
  readonly #total: number
  #from = 0
  #to = 0

  constructor(storage: IndexStorage, section: string, width: 8 | 4 | 1, total: number) {
    this.#storage = storage
    this.#section = section
    this.#total = total
    const room = BUFFER_BYTES / width
    this.#buffer = width === 8 ? new Float64Array(room) : width === 4 ? new Uint32Array(room) : new Uint8Array(room)
  }

  at(index: number): number {
    if (index < this.#from || index >= this.#to) this.#fill(index)
    return this.#buffer[index - this.#from] ?? 0
  }

  #fill(index: number): void {
    const width = this.#buffer.BYTES_PER_ELEMENT
    const count = Math.min(this.#buffer.length, this.#total - index)
    if (count <= 0) throw new RangeError(`${this.#section}: no value ${index} of ${this.#total}`)
    this.#storage.read(this.#section, index * width, new Uint8Array(this.#buffer.buffer, 0, count * width))
    this.#from = index
    this.#to = index + count
  }
}
