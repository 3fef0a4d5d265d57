import type { RangeRow } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import { CallWork } from './call-work.ts'
import type { TraceIndex } from './define.ts'
import { IS_DEVICE_WORK } from './device-walk.ts'
import { insideNs } from './duration-groups.ts'
import { categorySet, hasAny } from './duration-rows.ts'
import { durationStats } from './duration-stats.ts'
import { lanesHaving } from './lane-categories.ts'
import { NumberList } from './number-list.ts'
import { limited, moreNames } from './row-limit.ts'
import { type LaneReader, mergeSlices, openLanes, type Stretch } from './slice-reader.ts'
import { type Thread, threadsOf } from './threads.ts'

const RANGES = categorySet('nvtx', 'annotation', 'data-loading')
const CALLS = categorySet('runtime', 'sync')
const RANGES_AND_CALLS = categorySet('nvtx', 'annotation', 'data-loading', 'runtime', 'sync')
/** Ranges of one thread open at once that are followed to the device; no program nests so deep. */
const MOST_OPEN = 1000

interface Ranges {
  name: string
  style: RangeRow['style']
  durations: NumberList
  totalNs: number
  projectedNs: number
  deviceWork: number
  /** All instances were followed to the device. */
  isProjected: boolean
}

/** An instance that calls may still lie in. */
interface Open {
  of: Ranges
  endNs: number
  firstNs: number
  lastNs: number
}

/**
 * Ranges by name and style, with the device work that belongs to them: what was launched by calls that lie inside the
 * range on the same thread. Its projection is first start to last end of that work, summed over instances, as `nsys
 * stats` nvtx_gpu_proj_sum has it (nsys 2023.4.4; there a graph is one piece of work, here each of its kernels). In a stretch, the projection is that of the instances that touch it.
 */
export function rangeRows(index: TraceIndex, stretch: Stretch | undefined, tracks?: ReadonlySet<number>): RangeRow[] {
  if (!hasAny(index, RANGES)) return []
  const work = index.manifest.linked > 0 ? new CallWork(index) : undefined
  const byStyle = new Map<string, Map<number, Ranges>>()
  for (const thread of threadsOf(index, tracks).all) addThread(index, thread, stretch, work, byStyle)
  const all = [...byStyle.values()].flatMap(byName => [...byName.values()])
  all.sort((a, b) => b.totalNs - a.totalNs || (a.name < b.name ? -1 : 1))
  const recorded = hasAny(index, IS_DEVICE_WORK)
  return limited(
    all,
    ranges => rowOf(ranges, recorded),
    rest => rowOf(together(rest), recorded),
  )
}

function addThread(
  index: TraceIndex,
  { lanes, asyncLanes }: Thread,
  stretch: Stretch | undefined,
  work: CallWork | undefined,
  byStyle: Map<string, Map<number, Ranges>>,
): void {
  let open: Open[] = []
  const all = stretch ?? { startNs: 0, endNs: 0, whole: true }
  const wanted = lanesHaving(index, [...lanes, ...asyncLanes], work ? RANGES_AND_CALLS : RANGES)
  mergeSlices(openLanes(index, wanted, all, ['name']), reader => {
    const { i } = reader
    const category = reader.category[i] ?? 0
    const { startNs } = reader
    const endNs = reader.endNs
    if (CALLS[category] !== 0) {
      const count = work?.countOf(reader.slice) ?? 0
      if (count === 0 || open.length === 0) return
      open = open.filter(range => range.endNs > startNs || close(range))
      for (const range of open) {
        if (range.endNs < endNs) continue
        range.of.deviceWork += count
        range.firstNs = Math.min(range.firstNs, work?.firstNs(reader.slice) ?? range.firstNs)
        range.lastNs = Math.max(range.lastNs, work?.lastNs(reader.slice) ?? range.lastNs)
      }
      return
    }
    if (RANGES[category] === 0) return
    const ns = insideNs(reader, stretch)
    if (Number.isNaN(ns)) return
    const of = rangesOf(index, reader, category, byStyle)
    of.durations.push(ns)
    of.totalNs += ns
    if (work === undefined) return
    if (open.length >= MOST_OPEN) open = open.filter(range => range.endNs > startNs || close(range))
    if (open.length >= MOST_OPEN) of.isProjected = false
    else open.push({ of, endNs, firstNs: Number.POSITIVE_INFINITY, lastNs: Number.NEGATIVE_INFINITY })
  })
  open.forEach(close)
}

/** Adds the projection of an instance that is over. @returns false: it is not open any more */
function close({ of, firstNs, lastNs }: Open): false {
  if (firstNs <= lastNs) of.projectedNs += lastNs - firstNs
  return false
}

function rangesOf(
  index: TraceIndex,
  reader: LaneReader,
  category: number,
  byStyle: Map<string, Map<number, Ranges>>,
): Ranges {
  const style =
    category !== CATEGORY.nvtx
      ? 'annotation'
      : index.manifest.tracks[reader.lane.track]?.kind === 'async'
        ? 'start-end'
        : 'push-pop'
  const byName = byStyle.get(style) ?? new Map<number, Ranges>()
  if (byName.size === 0) byStyle.set(style, byName)
  const id = reader.name[reader.i] ?? 0
  let ranges = byName.get(id)
  if (ranges === undefined) {
    ranges = emptyRanges(index.name(id), style)
    byName.set(id, ranges)
  }
  return ranges
}

const emptyRanges = (name: string, style: string): Ranges => ({
  name,
  style,
  durations: new NumberList(),
  totalNs: 0,
  projectedNs: 0,
  deviceWork: 0,
  isProjected: true,
})

function together(rest: readonly Ranges[]): Ranges {
  const all = emptyRanges(moreNames(rest.length), 'mixed')
  for (const { durations, projectedNs, deviceWork, isProjected } of rest) {
    all.durations.append(durations)
    all.projectedNs += projectedNs
    all.deviceWork += deviceWork
    all.isProjected &&= isProjected
  }
  return all
}

/** @param recorded whether the trace has device work at all: else nothing can be said of it */
function rowOf({ name, style, durations, projectedNs, deviceWork, isProjected }: Ranges, recorded: boolean): RangeRow {
  return {
    ...durationStats(name, durations.values()),
    style,
    ...(recorded && isProjected && { projectedNs, deviceWork }),
  }
}
