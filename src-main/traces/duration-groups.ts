import type { Lane, TraceIndex } from './define.ts'
import { eachSlice, type LaneReader, pastOf, type Stretch } from './slice-reader.ts'

/** Durations of the slices of one name, ns. */
export interface DurationGroup {
  /** Id of the name. */
  name: number
  /** The part of each inside the stretch. */
  durations: Float64Array
  totalNs: number
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
 * Durations of slices by name, largest total first. Reads twice: once to count, once to fill one array that all groups
 * share, so that ten million durations take 80 MB and no more.
 * @param accepts by category position: not 0
 */
export function groupDurations(
  index: TraceIndex,
  lanes: readonly Lane[],
  accepts: Uint8Array,
  stretch: Stretch | undefined,
): DurationGroup[] {
  const counts = new Uint32Array(index.manifest.names + 1)
  let total = 0
  const each = (visit: (name: number, ns: number) => void): void =>
    eachSlice(index, lanes, stretch, ['name'], reader => {
      if (accepts[reader.category[reader.i] ?? 0] === 0) return
      const ns = insideNs(reader, stretch)
      if (!Number.isNaN(ns)) visit(reader.name[reader.i] ?? 0, ns)
    })
  each(name => {
    counts[name] = (counts[name] ?? 0) + 1
    total++
  })
  const all = new Float64Array(total)
  const groups: DurationGroup[] = []
  const next = new Uint32Array(counts.length)
  let first = 0
  counts.forEach((count, name) => {
    if (count === 0) return
    next[name] = first
    groups.push({ name, durations: all.subarray(first, first + count), totalNs: 0 })
    first += count
  })
  each((name, ns) => {
    const place = next[name] ?? 0
    all[place] = ns
    next[name] = place + 1
  })
  for (const group of groups) for (const ns of group.durations) group.totalNs += ns
  return groups.sort((a, b) => b.totalNs - a.totalNs || a.name - b.name)
}
