import type { RangeRow } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import { CallWork } from './call-work.ts'
import type { Lane, TraceIndex } from './define.ts'
import { IS_DEVICE_WORK } from './device-walk.ts'
import { type DurationGroups, groupDurations, joined } from './duration-groups.ts'
import { categorySet, hasAny } from './duration-rows.ts'
import { durationStats } from './duration-stats.ts'
import { lanesHaving } from './lane-categories.ts'
import { limited, moreNames } from './row-limit.ts'
import { mergeSlices, openLanes, type Stretch } from './slice-reader.ts'
import { type Thread, threadsOf } from './threads.ts'

const NVTX = categorySet('nvtx')
const ANNOTATIONS = categorySet('annotation', 'data-loading')
const RANGES = categorySet('nvtx', 'annotation', 'data-loading')
const CALLS = categorySet('runtime', 'sync')
const RANGES_AND_CALLS = categorySet('nvtx', 'annotation', 'data-loading', 'runtime', 'sync')
/** Ranges of one thread open at once that are followed to the device; no program nests so deep. */
const MOST_OPEN = 1000
const STYLES = ['push-pop', 'start-end', 'annotation'] as const

/** Ranges of one style by name, and what of the device belongs to them. */
interface Style {
  style: (typeof STYLES)[number]
  groups: DurationGroups
  /** By name; empty where nothing can be said. */
  projectedNs: Float64Array
  deviceWork: Float64Array
  /** 1: not every instance could be followed. */
  isLost: Uint8Array
}

/** An instance that calls may still lie in. */
interface Open {
  of: Style
  name: number
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
  const threads = threadsOf(index, tracks).all
  const styles = readStyles(index, threads, stretch)
  if (index.manifest.linked > 0) {
    const work = new CallWork(index)
    for (const thread of threads) project(index, thread, stretch, work, styles)
  }
  // A range is its name's id and its style in one number: a trace may have as many names as instances.
  const keys = styles.flatMap(({ groups }, style) => groups.names().map(name => name * STYLES.length + style))
  const styleOf = (key: number): Style | undefined => styles[key % STYLES.length]
  const nameOf = (key: number) => Math.floor(key / STYLES.length)
  const totalOf = (key: number) => styleOf(key)?.groups.totalNs(nameOf(key)) ?? 0
  const durationsOf = (key: number) => styleOf(key)?.groups.of(nameOf(key)) ?? new Float64Array(0)
  const recorded = hasAny(index, IS_DEVICE_WORK)
  const projection = (keys: readonly number[]) => {
    if (!recorded || keys.some(key => styleOf(key)?.isLost[nameOf(key)])) return {}
    const sum = (of: (style: Style | undefined) => Float64Array | undefined) =>
      keys.reduce((total, key) => total + (of(styleOf(key))?.[nameOf(key)] ?? 0), 0)
    return { projectedNs: sum(style => style?.projectedNs), deviceWork: sum(style => style?.deviceWork) }
  }
  return limited(
    keys.sort((a, b) => totalOf(b) - totalOf(a) || a - b),
    key => ({
      ...durationStats(index.name(nameOf(key)), durationsOf(key)),
      style: styleOf(key)?.style ?? '',
      ...projection([key]),
    }),
    rest => ({
      ...durationStats(moreNames(rest.length), joined(rest.map(durationsOf))),
      style: 'mixed',
      ...projection(rest),
    }),
  )
}

function readStyles(index: TraceIndex, threads: readonly Thread[], stretch: Stretch | undefined): Style[] {
  const nested = threads.flatMap(({ lanes }) => lanes)
  const async = threads.flatMap(({ asyncLanes }) => asyncLanes)
  const size = index.manifest.linked > 0 ? index.manifest.names + 1 : 0
  const read = (style: Style['style'], lanes: readonly Lane[], accepts: Uint8Array): Style => ({
    style,
    groups: groupDurations(index, lanesHaving(index, lanes, accepts), accepts, stretch),
    projectedNs: new Float64Array(size),
    deviceWork: new Float64Array(size),
    isLost: new Uint8Array(size),
  })
  return [
    read('push-pop', nested, NVTX),
    read('start-end', async, NVTX),
    read('annotation', [...nested, ...async], ANNOTATIONS),
  ]
}

/** Follows the ranges of a thread to the device. */
function project(
  index: TraceIndex,
  { lanes, asyncLanes }: Thread,
  stretch: Stretch | undefined,
  work: CallWork,
  styles: readonly Style[],
): void {
  const [pushPop, startEnd, annotation] = styles
  const isAsync = new Set(asyncLanes)
  let open: Open[] = []
  let firstEndNs = Number.POSITIVE_INFINITY
  const closeUntil = (atNs: number): void => {
    if (firstEndNs > atNs) return
    open = open.filter(range => range.endNs > atNs || close(range))
    firstEndNs = open.reduce((least, range) => Math.min(least, range.endNs), Number.POSITIVE_INFINITY)
  }
  const wanted = lanesHaving(index, [...lanes, ...asyncLanes], RANGES_AND_CALLS)
  const all = stretch ?? { startNs: 0, endNs: 0, whole: true }
  mergeSlices(openLanes(index, wanted, all, ['name']), reader => {
    const { startNs, endNs } = reader
    const category = reader.category[reader.i] ?? 0
    if (CALLS[category] !== 0) {
      if (open.length === 0) return
      const count = work.countOf(reader.slice)
      if (count === 0) return
      closeUntil(startNs)
      for (const range of open) {
        if (range.endNs < endNs) continue
        range.of.deviceWork[range.name] = (range.of.deviceWork[range.name] ?? 0) + count
        range.firstNs = Math.min(range.firstNs, work.firstNs(reader.slice))
        range.lastNs = Math.max(range.lastNs, work.lastNs(reader.slice))
      }
      return
    }
    if (RANGES[category] === 0) return
    const of = category !== CATEGORY.nvtx ? annotation : isAsync.has(reader.lane) ? startEnd : pushPop
    if (of === undefined) return
    const name = reader.name[reader.i] ?? 0
    if (open.length >= MOST_OPEN) closeUntil(startNs)
    if (open.length >= MOST_OPEN) of.isLost[name] = 1
    else {
      open.push({ of, name, endNs, firstNs: Number.POSITIVE_INFINITY, lastNs: Number.NEGATIVE_INFINITY })
      firstEndNs = Math.min(firstEndNs, endNs)
    }
  })
  open.forEach(close)
}

/** Adds the projection of an instance that is over. @returns false: it is not open any more */
function close({ of, name, firstNs, lastNs }: Open): false {
  if (firstNs <= lastNs) of.projectedNs[name] = (of.projectedNs[name] ?? 0) + lastNs - firstNs
  return false
}
