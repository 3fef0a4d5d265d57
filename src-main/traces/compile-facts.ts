import { CATEGORY } from '#domain/trace-category.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import type { Lane, TraceIndex } from './define.ts'
import { walkDevice } from './device-walk.ts'
import { coveredNs, IntervalList } from './intervals.ts'
import { eachSlice, type Stretch } from './slice-reader.ts'
import { deviceLanesOf, threadsOf } from './threads.ts'

/**
 * Ranges and frames in which something is compiled. `dynamo_timed` is what torch 2.x appends to its compile phases.
 * "CompiledFxGraph" and "Torch-Compiled Region" are runs of what was compiled, and so are `run` of compile_fx.py and
 * `__call__` of codecache.py: no match.
 */
const RANGE =
  /\(dynamo_timed\)$|_dynamo\/convert_frame\.py\(\d+\): _?compile|_inductor\/compile_fx\.py\(\d+\): \w*compile|triton\/compiler\/compiler\.py\(\d+\): compile\b|^nvrtcCompile|^hiprtcCompile/
/** Calls that load code: CUDA runtime and driver, HIP. */
const LOADING =
  /^(?:cu|cuda|hip)(?:Module|Library)(?:Load|GetFunction|LoadData)|^(?:cu|hip)Link(?:Create|AddData|Complete)/
/** As CUPTI records them among its overheads. */
const OVERHEAD = /lazy function loading|module loading|driver compiler/i
/** A call of another name is a first use from here on, when it also takes far longer than others of its name. */
const FIRST_USE_NS = 1e6
const TIMES_MEDIAN = 100
const BUCKETS = 64

interface Found {
  name: string
  startNs: number
  endNs: number
}

/**
 * Compiling, loading of code and first uses inside a stretch of time: union per thread, so that what lies inside
 * another does not count again. First uses count only while no device had work: else the call may have waited for it.
 * Rows by total, largest first.
 */
export function compileFacts(index: TraceIndex, stretch: Stretch): TraceFacts['compile'] {
  const ranges = new Set(index.namesWhere(name => RANGE.test(name) || LOADING.test(name) || OVERHEAD.test(name)))
  let known: IntervalList | undefined
  const idle = () => (known ??= idleOf(index, stretch)) // most traces have no call that long
  const rows = new Map<string, { count: number; totalNs: number }>()
  for (const { lanes } of threadsOf(index).all) {
    const found = [...named(index, lanes, stretch, ranges), ...firstUses(index, lanes, stretch, idle)]
    let untilNs = Number.NEGATIVE_INFINITY
    for (const { name, startNs, endNs } of found.toSorted((a, b) => a.startNs - b.startNs || b.endNs - a.endNs)) {
      if (endNs <= untilNs) continue
      const row = rows.get(name) ?? { count: 0, totalNs: 0 }
      rows.set(name, row)
      row.count++
      row.totalNs += endNs - Math.max(startNs, untilNs)
      untilNs = endNs
    }
  }
  return [...rows].map(([name, row]) => ({ name, ...row })).toSorted((a, b) => b.totalNs - a.totalNs)
}

function named(index: TraceIndex, lanes: readonly Lane[], stretch: Stretch, names: ReadonlySet<number>): Found[] {
  const found: Found[] = []
  if (names.size === 0) return found
  eachSlice(index, lanes, stretch, ['name'], ({ name, start, duration, i }) => {
    const id = name[i] ?? 0
    if (!names.has(id)) return
    const piece = inside(stretch, start[i] ?? 0, duration[i] ?? 0)
    if (piece !== undefined) found.push({ name: index.name(id), ...piece })
  })
  return found
}

/** Calls far longer than the median of their name, cut down to the time without device work. */
function firstUses(index: TraceIndex, lanes: readonly Lane[], stretch: Stretch, idle: () => IntervalList): Found[] {
  const lengths = new Map<number, Uint32Array>()
  const long: { id: number; startNs: number; durationNs: number }[] = []
  eachSlice(index, lanes, stretch, ['name'], ({ category, name, start, duration, i }) => {
    if (category[i] !== CATEGORY.runtime) return
    const [id, durationNs] = [name[i] ?? 0, duration[i] ?? 0]
    const counts = lengths.get(id) ?? new Uint32Array(BUCKETS)
    lengths.set(id, counts)
    const bucket = bucketOf(durationNs)
    counts[bucket] = (counts[bucket] ?? 0) + 1
    if (durationNs >= FIRST_USE_NS) long.push({ id, startNs: start[i] ?? 0, durationNs })
  })
  return long.flatMap(({ id, startNs, durationNs }): Found[] => {
    const medianNs = medianOf(lengths.get(id) ?? new Uint32Array(BUCKETS))
    const piece = inside(stretch, startNs, durationNs)
    if (piece === undefined || durationNs < TIMES_MEDIAN * medianNs) return []
    const idleNs = coveredNs(idle(), piece.startNs, piece.endNs)
    if (idleNs < FIRST_USE_NS) return []
    return [{ name: `first use: ${index.name(id)}`, startNs: piece.startNs, endNs: piece.startNs + idleNs }]
  })
}

/** When no device had work. */
function idleOf(index: TraceIndex, stretch: Stretch): IntervalList {
  const idle = new IntervalList()
  const lanes = [...deviceLanesOf(index).values()].flat()
  walkDevice(index, lanes, stretch, { idle: (startNs, endNs) => idle.push(startNs, endNs) })
  return idle
}

function inside({ startNs, endNs }: Stretch, fromNs: number, durationNs: number): Omit<Found, 'name'> | undefined {
  const piece = { startNs: Math.max(startNs, fromNs), endNs: Math.min(endNs, fromNs + durationNs) }
  return piece.startNs < piece.endNs ? piece : undefined
}

/** Powers of two: a median within a factor of two is enough to tell hundredfold. */
function bucketOf(durationNs: number): number {
  return durationNs < 1 ? 0 : Math.min(BUCKETS - 1, Math.ceil(Math.log2(durationNs)))
}

/** Upper edge of the bucket the median falls into. */
function medianOf(counts: Uint32Array): number {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2
  let below = 0
  for (const [bucket, count] of counts.entries()) {
    below += count
    if (below >= half) return 2 ** bucket
  }
  return Number.POSITIVE_INFINITY
}
