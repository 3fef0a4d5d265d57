import { countingUp, sortByRuns } from './lanes-order.ts'

/** A direct array is used while it has at most this many places for each key, and some more. */
const PLACES_PER_KEY = 4
const PLACES_MORE = 1 << 16

/** Tells every slice of a sort and its key, none 0; the same ones in the same order each time. */
export type EachKey = (take: (slice: number, key: number) => void) => void

/** Slice by correlation or operator id. Ids mostly count up, so an array does; else keys are sorted and searched. */
export class SliceByKey {
  readonly #direct: Uint32Array | undefined
  readonly #keys: Float64Array
  readonly #slices: Uint32Array

  /** Of equal keys the first counts. */
  constructor(each: EachKey) {
    let count = 0
    let largest = 0
    let natural = true
    each((_, key) => {
      count++
      if (key > largest) largest = key
      natural &&= key > 0 && Number.isInteger(key)
    })
    this.#keys = new Float64Array(0)
    this.#slices = new Uint32Array(0)
    if (natural && largest < count * PLACES_PER_KEY + PLACES_MORE) {
      const direct = new Uint32Array(largest + 1)
      each((slice, key) => {
        if (direct[key] === 0) direct[key] = slice + 1
      })
      this.#direct = direct
      return
    }
    const keys = new Float64Array(count)
    const slices = new Uint32Array(count)
    let at = 0
    each((slice, key) => {
      keys[at] = key
      slices[at++] = slice
    })
    const order = countingUp(count)
    sortByRuns(order, new Uint32Array(count), keys)
    this.#keys = new Float64Array(count)
    this.#slices = new Uint32Array(count)
    for (let to = 0; to < count; to++) {
      this.#keys[to] = keys[order[to] ?? 0] ?? 0
      this.#slices[to] = slices[order[to] ?? 0] ?? 0
    }
  }

  /** The slice + 1; 0 for none. */
  get(key: number): number {
    if (key === 0) return 0
    if (this.#direct) return this.#direct[key] ?? 0
    const at = lowerBound(this.#keys, key)
    return this.#keys[at] === key ? (this.#slices[at] ?? 0) + 1 : 0
  }
}

/** First place in ascending values that is not less than the value. */
export function lowerBound(values: Float64Array | Uint32Array, value: number): number {
  let low = 0
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((values[middle] ?? 0) < value) low = middle + 1
    else high = middle
  }
  return low
}
