import { CATEGORY } from '#domain/trace-category.ts'
import type { IndexStorage, Lane } from './define.ts'
import { countingUp, sortByRuns } from './lanes-order.ts'
import { innermostAt } from './links-innermost.ts'

const START = 0
const END = 1
/** Torch's flow from a forward op to its backward op. */
const FORWARD_BACKWARD = 'fwdbwd'

/** Slices that flows join, by target in ascending order; of the slice + 1. */
export interface FlowLinks {
  targets: Uint32Array
  origins: Uint32Array
}

/** Ends of flows as they come. What they are bound to is known when the slices are in order. */
export class FlowEnds {
  readonly #kinds = new Map<string, number>()
  readonly #words = new Map<string, number>()
  #count = 0
  #capacity = 0
  #kind = new Uint32Array(0)
  #id = new Float64Array(0)
  #end = new Uint8Array(0)
  #track = new Uint32Array(0)
  #atNs = new Float64Array(0)

  add(kind: string, id: string, end: 'start' | 'step' | 'end', track: number, atNs: number): void {
    // A step only passes on: origin and target are what is shown.
    if (end === 'step' || !Number.isFinite(atNs)) return
    if (this.#count === this.#capacity) this.#grow()
    const row = this.#count++
    this.#kind[row] = numberOf(this.#kinds, kind)
    const number = Number(id)
    this.#id[row] = Number.isSafeInteger(number) && String(number) === id ? number : numberOf(this.#words, id) + 0.5
    this.#end[row] = end === 'start' ? START : END
    this.#track[row] = track
    this.#atNs[row] = atNs
  }

  /** Binds both ends of each flow: a forward ↔ backward flow to ops, any other to whatever slice is innermost. */
  bind(storage: IndexStorage, lanesOfTrack: (track: number) => readonly Lane[]): FlowLinks {
    const bound = this.#boundSlices(storage, lanesOfTrack)
    const order = countingUp(this.#count)
    const spare = new Uint32Array(this.#count)
    // Stable: by kind, inside of it by id.
    sortByRuns(order, spare, this.#id)
    sortByRuns(order, spare, Float64Array.from(this.#kind))
    const targets: number[] = []
    const origins: number[] = []
    for (let from = 0; from < order.length; ) {
      let to = from + 1
      while (to < order.length && this.#sameFlow(order[from] ?? 0, order[to] ?? 0)) to++
      const group = order.subarray(from, to)
      // Ids are used again: an end belongs to the start told last before it, else to the first there is.
      let origin = bound[group.find(row => this.#end[row] === START) ?? -1] ?? 0
      for (const row of group) {
        const slice = bound[row] ?? 0
        if (this.#end[row] === START) origin = slice
        else if (slice > 0 && origin > 0 && slice !== origin) {
          targets.push(slice - 1)
          origins.push(origin)
        }
      }
      from = to
    }
    return byTarget(Uint32Array.from(targets), Uint32Array.from(origins))
  }

  #boundSlices(storage: IndexStorage, lanesOfTrack: (track: number) => readonly Lane[]): Uint32Array {
    const bound = new Uint32Array(this.#count)
    const opsOnly = this.#kinds.get(FORWARD_BACKWARD)
    // Rows of one track and one sort of slice together, in time order.
    const sortOf = (row: number) => (this.#track[row] ?? 0) * 2 + (this.#kind[row] === opsOnly ? 1 : 0)
    const order = countingUp(this.#count)
    const spare = new Uint32Array(this.#count)
    sortByRuns(order, spare, this.#atNs)
    sortByRuns(
      order,
      spare,
      Float64Array.from({ length: this.#count }, (_, row) => sortOf(row)),
    )
    for (let from = 0; from < order.length; ) {
      const sort = sortOf(order[from] ?? 0)
      let to = from + 1
      while (to < order.length && sortOf(order[to] ?? 0) === sort) to++
      const rows = order.subarray(from, to)
      const times = Float64Array.from(rows, row => this.#atNs[row] ?? 0)
      const accepts = sort % 2 === 1 ? (category: number) => category === CATEGORY.op : () => true
      const found = innermostAt(storage, lanesOfTrack(Math.floor(sort / 2)), times, accepts)
      rows.forEach((row, at) => {
        bound[row] = found[at] ?? 0
      })
      from = to
    }
    return bound
  }

  #sameFlow(a: number, b: number): boolean {
    return this.#kind[a] === this.#kind[b] && this.#id[a] === this.#id[b]
  }

  #grow(): void {
    this.#capacity = Math.max(64, this.#capacity * 2)
    const f64 = (old: Float64Array) => {
      const grown = new Float64Array(this.#capacity)
      grown.set(old)
      return grown
    }
    const u32 = (old: Uint32Array) => {
      const grown = new Uint32Array(this.#capacity)
      grown.set(old)
      return grown
    }
    this.#kind = u32(this.#kind)
    this.#track = u32(this.#track)
    this.#id = f64(this.#id)
    this.#atNs = f64(this.#atNs)
    const end = new Uint8Array(this.#capacity)
    end.set(this.#end)
    this.#end = end
  }
}

function numberOf(known: Map<string, number>, text: string): number {
  const number = known.get(text) ?? known.size
  if (number === known.size) known.set(text, number)
  return number
}

function byTarget(targets: Uint32Array, origins: Uint32Array): FlowLinks {
  const order = countingUp(targets.length)
  sortByRuns(order, new Uint32Array(order.length), Float64Array.from(targets))
  return {
    targets: Uint32Array.from(order, at => targets[at] ?? 0),
    origins: Uint32Array.from(order, at => origins[at] ?? 0),
  }
}
