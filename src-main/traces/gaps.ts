import type { IdleReason } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import { type CachedColumn, cachedColumn } from './cached-column.ts'
import type { TraceIndex } from './define.ts'
import type { Work } from './device-walk.ts'
import { firstEndingAfter, IntervalList } from './intervals.ts'
import { lanesHaving } from './lane-categories.ts'
import { mergeSlices, openLanes, type Stretch } from './slice-reader.ts'
import { type Thread, type Threads, threadsOf } from './threads.ts'

/** What a thread waited for: synchronising calls, and the next batch of data. Unions. */
interface Waits {
  sync: IntervalList
  dataLoading: IntervalList
}

/**
 * Why a device had nothing to do, gap by gap. A gap [a, b) lies between two pieces of work of any stream (the first
 * begins with the trace); `call` is the call that launched the work at b.
 *
 * - `unknown`: that work has no launch in the trace, or nothing follows any more.
 * - `queue`: it had been launched when the gap began (`call` ended before a; for a copy: `call` began before a, because
 *   such calls wait for the device). The device took its time.
 * - else the host was late (Holistic Trace Analysis' "host wait", but over all streams of the device). What its
 *   launching thread did until `call` began tells why, ns by ns: in a synchronising call, or still in the call of a
 *   blocking copy that was over at a: `sync`; else in a range that loads data: `dataLoading`; else, and inside `call`:
 *   `host`. From the end of `call` on the work was launched: `queue`. There HTA still says host; but a first use of a
 *   module can keep launched work waiting for milliseconds.
 *
 * One explainer serves all devices of one stretch of time.
 */
export class GapReasons {
  readonly #index: TraceIndex
  readonly #stretch: Stretch
  readonly #threads: Threads
  readonly #waits = new Map<Thread, Waits>()
  readonly #start: CachedColumn
  readonly #duration: CachedColumn

  constructor(index: TraceIndex, stretch: Stretch) {
    this.#index = index
    this.#stretch = stretch
    this.#threads = threadsOf(index)
    this.#start = cachedColumn(index, 'start')
    this.#duration = cachedColumn(index, 'duration')
  }

  /**
   * Calls `piece` for the parts of [startNs, endNs), in order, that together are it. It is a gap or, at the edges of
   * the stretch, a part of one: the reason is that of the whole gap, so that parts add up to it.
   */
  explain(
    startNs: number,
    endNs: number,
    before: Work | undefined,
    after: Work | undefined,
    piece: (startNs: number, endNs: number, reason: IdleReason) => void,
  ): void {
    if (after === undefined || after.link === 0) {
      piece(startNs, endNs, 'unknown')
      return
    }
    const call = after.link - 1
    const callNs = this.#start.at(call)
    const launchedNs = isCopy(after.category) ? callNs : callNs + this.#duration.at(call)
    const gapNs = before?.endNs ?? Number.NEGATIVE_INFINITY
    if (launchedNs <= gapNs) {
      piece(startNs, endNs, 'queue')
      return
    }
    const untilNs = Math.min(callNs, endNs)
    if (untilNs > startNs) this.#hostDid(call, startNs, untilNs, before, piece)
    const inCallNs = Math.max(untilNs, startNs)
    const afterNs = Math.min(endNs, Math.max(inCallNs, callNs + this.#duration.at(call)))
    if (inCallNs < afterNs) piece(inCallNs, afterNs, 'host')
    if (afterNs < endNs) piece(afterNs, endNs, 'queue')
  }

  #hostDid(
    call: number,
    fromNs: number,
    toNs: number,
    before: Work | undefined,
    piece: (startNs: number, endNs: number, reason: IdleReason) => void,
  ): void {
    const thread = this.#threads.ofTrack.get(this.#index.laneOf(call).track)
    const waits = thread === undefined ? undefined : this.#waitsOf(thread)
    const copyUntilNs = thread === undefined ? fromNs : Math.min(this.#blockedUntil(thread, before), toNs)
    if (copyUntilNs > fromNs) piece(fromNs, copyUntilNs, 'sync')
    let atNs = Math.max(fromNs, copyUntilNs)
    while (atNs < toNs) {
      const sync = stateAt(waits?.sync, atNs)
      if (sync.inside) {
        const end = Math.min(sync.untilNs, toNs)
        piece(atNs, end, 'sync')
        atNs = end
        continue
      }
      const data = stateAt(waits?.dataLoading, atNs)
      const end = Math.min(sync.untilNs, data.untilNs, toNs)
      piece(atNs, end, data.inside ? 'dataLoading' : 'host')
      atNs = end
    }
  }

  /** Until when the thread sat in the call of the copy before the gap; before it where it did not. */
  #blockedUntil(thread: Thread, before: Work | undefined): number {
    if (before === undefined || before.link === 0 || before.category !== CATEGORY.memcpy)
      return Number.NEGATIVE_INFINITY
    const call = before.link - 1
    if (this.#threads.ofTrack.get(this.#index.laneOf(call).track) !== thread) return Number.NEGATIVE_INFINITY
    return this.#start.at(call) + this.#duration.at(call)
  }

  #waitsOf(thread: Thread): Waits {
    const known = this.#waits.get(thread)
    if (known) return known
    const waits = readWaits(this.#index, thread, this.#stretch)
    this.#waits.set(thread, waits)
    return waits
  }
}

const WAITS = new Uint8Array(256)
WAITS[CATEGORY.sync] = 1
WAITS[CATEGORY['data-loading']] = 1

const isCopy = (category: number) => category === CATEGORY.memcpy || category === CATEGORY.memset

function readWaits(index: TraceIndex, { lanes }: Thread, stretch: Stretch): Waits {
  const waits: Waits = { sync: new IntervalList(), dataLoading: new IntervalList() }
  mergeSlices(openLanes(index, lanesHaving(index, lanes, WAITS), stretch, []), reader => {
    const category = reader.category[reader.i]
    const list =
      category === CATEGORY.sync ? waits.sync : category === CATEGORY['data-loading'] ? waits.dataLoading : undefined
    if (list === undefined) return
    const { startNs } = reader
    list.pushUnion(startNs, reader.endNs)
  })
  return waits
}

/** Whether a moment is covered, and until when that stays so. */
function stateAt(list: IntervalList | undefined, atNs: number): { inside: boolean; untilNs: number } {
  if (list === undefined || list.count === 0) return { inside: false, untilNs: Number.POSITIVE_INFINITY }
  const i = firstEndingAfter(list, atNs)
  const startNs = list.startNs(i)
  return startNs <= atNs ? { inside: true, untilNs: list.endNs(i) } : { inside: false, untilNs: startNs }
}
