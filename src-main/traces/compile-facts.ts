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
  const names = new Set(index.namesWhere(name => RANGE.test(name) || LOADING.test(name) || OVERHEAD.test(name)))
  const threads = threadsOf(index).all.map(({ lanes }) => readThread(index, lanes, stretch, names))
  const idle = idleDuring(
    index,
    stretch,
    threads.flatMap(({ firstUses }) => firstUses),
  )
  const rows = new Map<string, { count: number; totalNs: number }>()
  for (const { named, firstUses } of threads) {
    const found = [...named, ...firstUses.flatMap(call => whileIdle(call, idle))]
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

/** What is compiled by its name, and calls far longer than the median of theirs. */
function readThread(
  index: TraceIndex,
  lanes: readonly Lane[],
  stretch: Stretch,
  names: ReadonlySet<number>,
): { named: Found[]; firstUses: Found[] } {
  const named: Found[] = []
  const lengths: LengthCounts[] = []
  const long: { id: number; startNs: number; durationNs: number }[] = []
  const isNamed = new Uint8Array(index.manifest.names + 1)
  for (const id of names) isNamed[id] = 1
  eachSlice(index, lanes, stretch, ['name'], ({ category, name, start, duration, i }) => {
    const id = name[i] ?? 0
    const durationNs = duration[i] ?? 0
    if (isNamed[id] === 1) {
      const piece = inside(stretch, start[i] ?? 0, durationNs)
      if (piece !== undefined) named.push({ name: index.name(id), ...piece })
    } else if (category[i] === CATEGORY.runtime) {
      let counts = lengths[id]
      if (counts === undefined) {
        counts = new LengthCounts()
        lengths[id] = counts
      }
      counts.add(durationNs)
      if (durationNs >= FIRST_USE_NS) long.push({ id, startNs: start[i] ?? 0, durationNs })
    }
  })
  const firstUses = long.flatMap(({ id, startNs, durationNs }) => {
    const piece = inside(stretch, startNs, durationNs)
    const isFirst = durationNs >= TIMES_MEDIAN * (lengths[id]?.medianNs() ?? Number.POSITIVE_INFINITY)
    return piece === undefined || !isFirst ? [] : [{ name: `first use: ${index.name(id)}`, ...piece }]
  })
  return { named, firstUses }
}

/** When no device had work, as far as it touches one of the calls: all gaps of a long trace would be millions. */
function idleDuring(index: TraceIndex, stretch: Stretch, calls: readonly Found[]): IntervalList {
  const idle = new IntervalList()
  if (calls.length === 0) return idle
  const wanted = new IntervalList()
  for (const { startNs, endNs } of calls.toSorted((a, b) => a.startNs - b.startNs)) wanted.pushUnion(startNs, endNs)
  const lanes = [...deviceLanesOf(index).values()].flat()
  walkDevice(index, lanes, stretch, {
    idle: (startNs, endNs) => {
      if (coveredNs(wanted, startNs, endNs) > 0) idle.push(startNs, endNs)
    },
  })
  return idle
}

/** As long as the device had no work in it, if that is long enough. */
function whileIdle({ name, startNs, endNs }: Found, idle: IntervalList): Found[] {
  const idleNs = coveredNs(idle, startNs, endNs)
  return idleNs < FIRST_USE_NS ? [] : [{ name, startNs, endNs: startNs + idleNs }]
}

function inside({ startNs, endNs }: Stretch, fromNs: number, durationNs: number): Omit<Found, 'name'> | undefined {
  const piece = { startNs: Math.max(startNs, fromNs), endNs: Math.min(endNs, fromNs + durationNs) }
  return piece.startNs < piece.endNs ? piece : undefined
}

/** Durations by powers of two: a median within a factor of two is enough to tell hundredfold. */
class LengthCounts {
  readonly #counts = new Uint32Array(64)
  #total = 0

  add(durationNs: number): void {
    const bucket = durationNs < 1 ? 0 : durationNs < 2 ** 31 ? 32 - Math.clz32(durationNs) : 32
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1
    this.#total++
  }

  /** Upper edge of the bucket that the median falls into. */
  medianNs(): number {
    let below = 0
    for (const [bucket, count] of this.#counts.entries()) {
      below += count
      if (2 * below >= this.#total) return 2 ** bucket
    }
    return Number.POSITIVE_INFINITY
  }
}
