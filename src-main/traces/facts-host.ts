import { CATEGORY } from '#domain/trace-category.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import type { Lane, TraceIndex } from './define.ts'
import { walkDevice } from './device-walk.ts'
import { categorySet, hasAny } from './duration-rows.ts'
import { Union } from './intervals.ts'
import { lanesHaving } from './lane-categories.ts'
import { NumberList } from './number-list.ts'
import { mergeSlices, openLanes, pastOf, type Stretch } from './slice-reader.ts'
import { threadsOf } from './threads.ts'

interface NameTotal {
  name: number
  count: number
  totalNs: number
}

/** Slices of one kind on all threads. On a thread, what lies inside or overlaps another of the kind adds only its rest. */
class Outermost {
  count = 0
  totalNs = 0
  readonly starts = new NumberList()
  readonly ends = new NumberList()
  readonly #byName = new Map<number, NameTotal>()
  #untilNs = Number.NEGATIVE_INFINITY

  nextThread(): void {
    this.#untilNs = Number.NEGATIVE_INFINITY
  }

  add(name: number, startNs: number, endNs: number): void {
    const fromNs = Math.max(startNs, this.#untilNs)
    if (endNs <= fromNs && !(startNs === endNs && startNs >= this.#untilNs)) return
    this.#untilNs = Math.max(endNs, this.#untilNs)
    this.count++
    this.totalNs += endNs - fromNs
    this.starts.push(fromNs)
    this.ends.push(endNs)
    const row = this.#byName.get(name) ?? { name, count: 0, totalNs: 0 }
    this.#byName.set(name, row)
    row.count++
    row.totalNs += endNs - fromNs
  }

  byName(index: TraceIndex): { name: string; count: number; totalNs: number }[] {
    return [...this.#byName.values()]
      .toSorted((a, b) => b.totalNs - a.totalNs)
      .slice(0, MOST_NAMES)
      .map(({ name, count, totalNs }) => ({ name: index.name(name), count, totalNs }))
  }
}

const MOST_NAMES = 20
const KINDS = categorySet('sync', 'data-loading', 'overhead')

/** Waiting calls, data loading and the profiler's own cost inside the stretch. @param device lanes of the busiest */
export function hostFacts(
  index: TraceIndex,
  stretch: Stretch,
  device: readonly Lane[] | undefined,
): Pick<TraceFacts, 'syncs' | 'dataLoading' | 'overhead'> {
  const syncs = new Outermost()
  const loading = new Outermost()
  const overhead = new Outermost()
  const kinds = new Map([
    [CATEGORY.sync, syncs],
    [CATEGORY['data-loading'], loading],
    [CATEGORY.overhead, overhead],
  ])
  if (hasAny(index, KINDS))
    for (const { lanes } of threadsOf(index).all) {
      for (const kind of kinds.values()) kind.nextThread()
      mergeSlices(openLanes(index, lanesHaving(index, lanes, KINDS), stretch, ['name']), reader => {
        const kind = kinds.get(reader.category[reader.i] ?? 0)
        if (kind === undefined) return
        const { startNs } = reader
        const endNs = reader.endNs
        if (startNs >= pastOf(stretch) || (endNs <= stretch.startNs && startNs < stretch.startNs)) return
        const [fromNs, toNs] = [Math.max(startNs, stretch.startNs), Math.min(endNs, stretch.endNs)]
        if (fromNs <= toNs) kind.add(reader.name[reader.i] ?? 0, fromNs, toNs)
      })
    }
  const loadingNs = unionNs(loading)
  return {
    syncs: {
      count: syncs.count,
      totalNs: syncs.totalNs,
      idleNs: device === undefined ? 0 : idleInside(index, stretch, device, syncs),
      byName: syncs.byName(index),
    },
    ...(loading.count > 0 && {
      dataLoading: {
        count: loading.count,
        totalNs: loadingNs,
        shareOfWindow: stretch.endNs > stretch.startNs ? loadingNs / (stretch.endNs - stretch.startNs) : 0,
      },
    }),
    overhead: { totalNs: overhead.totalNs, byName: overhead.byName(index) },
  }
}

/** Time in which any thread was in one. */
function unionNs({ starts, ends }: Outermost): number {
  const order = Array.from(starts.values(), (_, i) => i).sort((a, b) => (starts.at(a) ?? 0) - (starts.at(b) ?? 0))
  const union = new Union()
  for (const i of order) union.add(starts.at(i), ends.at(i))
  return union.totalNs
}

/**
 * Time of the intervals in which the device had no work. The idle time before a moment t is I(t); what lies in [s, e)
 * is I(e) − I(s), and the sum over all intervals only needs I at all starts and all ends, each in order.
 */
function idleInside(index: TraceIndex, stretch: Stretch, device: readonly Lane[], { starts, ends }: Outermost): number {
  if (starts.length === 0) return 0
  const atStarts = new IdleBefore(starts.values())
  const atEnds = new IdleBefore(ends.values())
  walkDevice(index, device, stretch, {
    idle: (startNs, endNs) => {
      atStarts.gap(startNs, endNs)
      atEnds.gap(startNs, endNs)
    },
  })
  return atEnds.total() - atStarts.total()
}

class IdleBefore {
  readonly #moments: Float64Array
  #next = 0
  #idleNs = 0
  #totalNs = 0

  constructor(moments: Float64Array) {
    this.#moments = moments.toSorted()
  }

  gap(startNs: number, endNs: number): void {
    for (; this.#next < this.#moments.length; this.#next++) {
      const atNs = this.#moments[this.#next] ?? 0
      if (atNs > endNs) break
      this.#totalNs += this.#idleNs + Math.max(0, atNs - startNs)
    }
    this.#idleNs += endNs - startNs
  }

  total(): number {
    return this.#totalNs + (this.#moments.length - this.#next) * this.#idleNs
  }
}
