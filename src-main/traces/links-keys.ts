import { sortByRuns } from './lanes-order.ts'

/** A direct array is used while it has at most this many places for each key, and some more. */
const PLACES_PER_KEY = 4
const PLACES_MORE = 1 << 16

/** Slice by correlation or operator id. Ids mostly count up, so an array does; else keys are sorted and searched. */
export class SliceByKey {
  readonly #direct: Uint32Array | undefined
  readonly #keys: Float64Array
  readonly #slices: Uint32Array

  /** @param keys in order of slices, none 0; of equal keys the first counts */
  constructor(keys: Float64Array, slices: Uint32Array) {
    let least = 0
    let largest = 0
    let whole = true
    for (const key of keys) {
      least = Math.min(least, key)
      largest = Math.max(largest, key)
      whole &&= Number.isInteger(key)
    }
    this.#keys = keys
    this.#slices = slices
    if (whole && least >= 0 && largest < keys.length * PLACES_PER_KEY + PLACES_MORE) {
      this.#direct = new Uint32Array(largest + 1)
      for (let at = keys.length - 1; at >= 0; at--) this.#direct[keys[at] ?? 0] = (slices[at] ?? 0) + 1
      return
    }
    const order = Uint32Array.from(keys, (_, at) => at)
    sortByRuns(order, new Uint32Array(order.length), (a, b) => (keys[a] ?? 0) < (keys[b] ?? 0))
    this.#keys = Float64Array.from(order, at => keys[at] ?? 0)
    this.#slices = Uint32Array.from(order, at => slices[at] ?? 0)
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
