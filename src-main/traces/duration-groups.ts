import type { Lane, TraceIndex } from './define.ts'
import { eachSlice, type LaneReader, pastOf, type Stretch } from './slice-reader.ts'

/**
 * Durations by name, all in one array, so that neither many slices nor many names cost more than the numbers
 * themselves. Built in two passes: `count` each, then `add` each.
 */
export class DurationGroups {
  readonly #counts: Uint32Array
  /** Where the next duration of a name goes; once all are in, where those of the name end. */
  readonly #ends: Float64Array
  readonly #totals: Float64Array
  #all = new Float64Array(0)

  constructor(names: number) {
    this.#counts = new Uint32Array(names + 1)
    this.#ends = new Float64Array(names + 1)
    this.#totals = new Float64Array(names + 1)
  }

  count(name: number): void {
    this.#counts[name] = (this.#counts[name] ?? 0) + 1
  }

  /** Between the passes. */
  makeRoom(): void {
    let first = 0
    for (let name = 0; name < this.#counts.length; name++) {
      this.#ends[name] = first
      first += this.#counts[name] ?? 0
    }
    this.#all = new Float64Array(first)
  }

  add(name: number, ns: number): void {
    const place = this.#ends[name] ?? 0
    this.#all[place] = ns
    this.#ends[name] = place + 1
    this.#totals[name] = (this.#totals[name] ?? 0) + ns
  }

  /** Names that have any, in order of their ids. */
  names(): number[] {
    const names: number[] = []
    for (let name = 0; name < this.#counts.length; name++) if (this.#counts[name] !== 0) names.push(name)
    return names
  }

  totalNs(name: number): number {
    return this.#totals[name] ?? 0
  }

  /** The durations of a name, not a copy. */
  of(name: number): Float64Array {
    const end = this.#ends[name] ?? 0
    return this.#all.subarray(end - (this.#counts[name] ?? 0), end)
  }
}

/** Several lists as one. */
export function joined(lists: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(lists.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const list of lists) {
    all.set(list, at)
    at += list.length
  }
  return all
}

/** Part of a slice inside a stretch, ns; NaN for a slice outside. */
export function insideNs({ start, duration, i }: LaneReader, stretch: Stretch | undefined): number {
  const length = duration[i] ?? 0
  if (stretch === undefined || stretch.whole) return length
  const from = start[i] ?? 0
  const to = from + length
  if (from >= pastOf(stretch) || (to <= stretch.startNs && from < stretch.startNs)) return Number.NaN
  return Math.min(to, stretch.endNs) - Math.max(from, stretch.startNs)
}

/**
 * Durations of slices by name, each the part inside the stretch. Ten million take 80 MB and no more.
 * @param accepts by category position: not 0
 */
export function groupDurations(
  index: TraceIndex,
  lanes: readonly Lane[],
  accepts: Uint8Array,
  stretch: Stretch | undefined,
): DurationGroups {
  const groups = new DurationGroups(index.manifest.names)
  const each = (visit: (name: number, ns: number) => void): void =>
    eachSlice(index, lanes, stretch, ['name'], reader => {
      if (accepts[reader.category[reader.i] ?? 0] === 0) return
      const ns = insideNs(reader, stretch)
      if (!Number.isNaN(ns)) visit(reader.name[reader.i] ?? 0, ns)
    })
  each(name => groups.count(name))
  groups.makeRoom()
  each((name, ns) => groups.add(name, ns))
  return groups
}
