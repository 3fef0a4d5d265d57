import type { Column } from '#domain/packed.ts'

/** Typed arrays of one length; units and meaning in contract `traces.window`. */
export type WindowColumns = {
  lane: Uint32Array
  startNs: Float64Array
  endNs: Float64Array
  name: Uint32Array
  category: Uint8Array
  count: Uint32Array
  busy: Float32Array
  slice: Uint32Array
}

/** Rows of a window, as columns; contract `traces.window` says what they mean. */
export class WindowRows {
  #count = 0
  #lane: Uint32Array
  #startNs: Float64Array
  #endNs: Float64Array
  #name: Uint32Array
  #category: Uint8Array
  #slices: Uint32Array
  #busy: Float32Array
  #slice: Uint32Array

  /** @param room rows expected; there may be more */
  constructor(room = 1024) {
    const first = Math.max(16, room)
    this.#lane = new Uint32Array(first)
    this.#startNs = new Float64Array(first)
    this.#endNs = new Float64Array(first)
    this.#name = new Uint32Array(first)
    this.#category = new Uint8Array(first)
    this.#slices = new Uint32Array(first)
    this.#busy = new Float32Array(first)
    this.#slice = new Uint32Array(first)
  }

  get count(): number {
    return this.#count
  }

  push(
    lane: number,
    startNs: number,
    endNs: number,
    name: number,
    category: number,
    slices: number,
    busy: number,
    slice: number,
  ): void {
    if (this.#count === this.#lane.length) this.#grow()
    const row = this.#count++
    this.#lane[row] = lane
    this.#startNs[row] = startNs
    this.#endNs[row] = endNs
    this.#name[row] = name
    this.#category[row] = category
    this.#slices[row] = slices
    this.#busy[row] = busy
    this.#slice[row] = slice
  }

  /** Copies: the rows may be filled again. */
  columns(): WindowColumns {
    const count = this.#count
    return {
      lane: this.#lane.slice(0, count),
      startNs: this.#startNs.slice(0, count),
      endNs: this.#endNs.slice(0, count),
      name: this.#name.slice(0, count),
      category: this.#category.slice(0, count),
      count: this.#slices.slice(0, count),
      busy: this.#busy.slice(0, count),
      slice: this.#slice.slice(0, count),
    }
  }

  /** Empty again; the room stays. */
  clear(): void {
    this.#count = 0
  }

  #grow(): void {
    const room = this.#count * 2
    this.#lane = moved(this.#lane, new Uint32Array(room))
    this.#startNs = moved(this.#startNs, new Float64Array(room))
    this.#endNs = moved(this.#endNs, new Float64Array(room))
    this.#name = moved(this.#name, new Uint32Array(room))
    this.#category = moved(this.#category, new Uint8Array(room))
    this.#slices = moved(this.#slices, new Uint32Array(room))
    this.#busy = moved(this.#busy, new Float32Array(room))
    this.#slice = moved(this.#slice, new Uint32Array(room))
  }
}

function moved<T extends Column>(old: T, into: T): T {
  into.set(old)
  return into
}
