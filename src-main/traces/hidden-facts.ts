import type { DeviceRow } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { cachedColumn } from './cached-column.ts'
import type { Lane, TraceIndex } from './define.ts'
import type { Work } from './device-walk.ts'
import type { GapReasons } from './gaps.ts'
import { coveredNs, firstEndingAfter, IntervalList } from './intervals.ts'
import { type LaneReader, mergeSlices, openLanes, type Stretch } from './slice-reader.ts'

/** Copies or collectives since the last work of another kind, and the calls that launched them. */
interface Alone {
  intervals: IntervalList
  calls: IntervalList
}

const COMPUTES = new Set([CATEGORY.kernel, CATEGORY.memset, CATEGORY.graph])

/** Less of the window changes no judgement, and is not worth another pass over all work. */
const WORTH_SHARE = 0.01

/** Whether copies and collectives run alone for long enough that it matters what they hide. */
export function mayHide({ busyNs, idleNs, exposedCommunicationNs = 0, exposedCopyNs = 0 }: DeviceRow): boolean {
  return exposedCommunicationNs + exposedCopyNs >= WORTH_SHARE * (busyNs + idleNs)
}

/**
 * Time of copies and collectives without other work in which the next kernel had not been launched, and the host was
 * busy with something else: without them the device would have waited for the host all the same. What the host waits
 * for (a synchronising call, its own blocking copy) does not count: it waits because of them.
 */
export function hiddenFacts(
  index: TraceIndex,
  lanes: readonly Lane[],
  stretch: Stretch,
  reasons: GapReasons,
): NonNullable<TraceFacts['hidden']> {
  const hidden = { copyNs: 0, communicationNs: 0 }
  const copies = noneAlone()
  const collectives = noneAlone()
  let computedUntilNs = stretch.startNs
  const callStart = cachedColumn(index, 'start')
  const callDuration = cachedColumn(index, 'duration')
  const addAlone = (alone: Alone, reader: LaneReader, startNs: number, endNs: number) => {
    alone.intervals.pushUnion(startNs, endNs)
    const call = (reader.link[reader.i] ?? 0) - 1
    if (call >= 0) alone.calls.pushUnion(callStart.at(call), callStart.at(call) + callDuration.at(call))
  }
  mergeSlices(openLanes(index, lanes, stretch, ['link']), reader => {
    const category = reader.category[reader.i] ?? 0
    const startNs = Math.max(reader.start[reader.i] ?? 0, stretch.startNs)
    const endNs = Math.min((reader.start[reader.i] ?? 0) + (reader.duration[reader.i] ?? 0), stretch.endNs)
    if (category === CATEGORY.memcpy) return addAlone(copies, reader, startNs, endNs)
    if (category === CATEGORY.communication) return addAlone(collectives, reader, startNs, endNs)
    if (!COMPUTES.has(category)) return
    if (startNs > computedUntilNs && copies.intervals.count + collectives.intervals.count > 0) {
      const late = lateIntervals(reasons, computedUntilNs, startNs, copies.calls, workAt(reader))
      hidden.copyNs += sharedNs(late, copies.intervals)
      hidden.communicationNs += sharedNs(late, collectives.intervals)
    }
    if (endNs <= computedUntilNs) return
    computedUntilNs = endNs
    for (const alone of [copies, collectives]) keepBeyond(alone, endNs)
  })
  return hidden
}

/** When, between two pieces of computing, the host was late and did not wait. */
function lateIntervals(
  reasons: GapReasons,
  startNs: number,
  endNs: number,
  calls: IntervalList,
  next: Work,
): IntervalList {
  const late = new IntervalList()
  reasons.explain(startNs, endNs, undefined, next, (fromNs, toNs, reason) => {
    if (reason !== 'host' && reason !== 'dataLoading') return
    let atNs = fromNs
    for (let i = firstEndingAfter(calls, fromNs); i < calls.count && calls.startNs(i) < toNs; i++) {
      if (calls.startNs(i) > atNs) late.pushUnion(atNs, calls.startNs(i))
      atNs = Math.max(atNs, calls.endNs(i))
    }
    if (atNs < toNs) late.pushUnion(atNs, toNs)
  })
  return late
}

function noneAlone(): Alone {
  return { intervals: new IntervalList(), calls: new IntervalList() }
}

/** Forgets what is over, and keeps what reaches past the moment. */
function keepBeyond(alone: Alone, atNs: number): void {
  const { intervals } = alone
  if (intervals.count === 0) return
  const lastEndNs = intervals.endNs(intervals.count - 1)
  const lastStartNs = intervals.startNs(intervals.count - 1)
  alone.intervals = new IntervalList()
  if (lastEndNs > atNs) alone.intervals.push(Math.max(lastStartNs, atNs), lastEndNs)
  else alone.calls = new IntervalList()
}

function sharedNs(late: IntervalList, intervals: IntervalList): number {
  let sum = 0
  for (let i = 0; i < late.count; i++) sum += coveredNs(intervals, late.startNs(i), late.endNs(i))
  return sum
}

function workAt(reader: LaneReader): Work {
  const { i } = reader
  const startNs = reader.start[i] ?? 0
  return {
    slice: reader.slice,
    category: reader.category[i] ?? 0,
    startNs,
    endNs: startNs + (reader.duration[i] ?? 0),
    link: reader.link[i] ?? 0,
  }
}
