import type { DurationStats } from '#domain/trace.ts'
import type { SliceCategory } from '#domain/trace-category.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from './define.ts'
import { groupDurations, joined } from './duration-groups.ts'
import { durationStats } from './duration-stats.ts'
import { lanesHaving } from './lane-categories.ts'
import { limited, moreNames } from './row-limit.ts'
import type { Stretch } from './slice-reader.ts'

/** By category position, 1 for those given. */
export function categorySet(...categories: SliceCategory[]): Uint8Array {
  const set = new Uint8Array(256)
  for (const category of categories) set[CATEGORY[category]] = 1
  return set
}

/** Whether the trace has any slice of the categories. */
export function hasAny({ manifest }: TraceIndex, accepts: Uint8Array): boolean {
  return manifest.byCategory.some((count, category) => count > 0 && accepts[category] !== 0)
}

/** Statistics by name of all slices of some categories, largest total first. */
export function durationRows<Row extends DurationStats = DurationStats>(
  index: TraceIndex,
  lanes: readonly Lane[],
  accepts: Uint8Array,
  stretch: Stretch | undefined,
  extend: (row: DurationStats, name: number) => Row,
): Row[] {
  if (!hasAny(index, accepts)) return []
  const groups = groupDurations(index, lanesHaving(index, lanes, accepts), accepts, stretch)
  return limited(
    groups.names().sort((a, b) => groups.totalNs(b) - groups.totalNs(a) || a - b),
    name => extend(durationStats(index.name(name), groups.of(name)), name),
    rest => extend(durationStats(moreNames(rest.length), joined(rest.map(name => groups.of(name)))), 0),
  )
}
