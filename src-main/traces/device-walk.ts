import { CATEGORY, DEVICE_WORK } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from './define.ts'
import { type LaneReader, mergeSlices, openLanes, pastOf, type Stretch } from './slice-reader.ts'

/** By category position: 1 for what keeps a device busy. */
export const IS_DEVICE_WORK = new Uint8Array(256)
for (const category of DEVICE_WORK) IS_DEVICE_WORK[CATEGORY[category]] = 1

/** A piece of device work as its neighbours in time see it. */
export interface Work {
  slice: number
  category: number
  startNs: number
  endNs: number
  /** The call that launched it, as slice id + 1; 0: none in the trace. */
  link: number
}

export interface DeviceListener {
  /** Each piece of work in the stretch, by start; the reader stands on it. Times are those inside the stretch. */
  work?(reader: LaneReader, startNs: number, endNs: number): void
  /**
   * Each part of the stretch in which the device had nothing to do.
   * @param before the work that ended last before it, also before the stretch; undefined: none did
   * @param after the work that ended it, also after the stretch; undefined: none did
   */
  idle?(startNs: number, endNs: number, before: Work | undefined, after: Work | undefined): void
}

/** All work of a device in a stretch of time, over its streams as one, and the gaps between. */
export function walkDevice(
  index: TraceIndex,
  lanes: readonly Lane[],
  stretch: Stretch,
  listener: DeviceListener,
  extra: readonly ('name' | 'detail')[] = [],
): void {
  const { startNs: fromNs, endNs: toNs } = stretch
  const pastNs = pastOf(stretch)
  let busyUntilNs = fromNs
  let before: Work | undefined
  let beyond: Work | undefined
  mergeSlices(openLanes(index, lanes, stretch, ['link', ...extra], 1), reader => {
    const { i } = reader
    const category = reader.category[i] ?? 0
    if (IS_DEVICE_WORK[category] === 0) return
    const startNs = reader.start[i] ?? 0
    const endNs = startNs + (reader.duration[i] ?? 0)
    if (startNs >= pastNs) {
      beyond ??= workAt(reader)
      return
    }
    if (endNs <= fromNs && startNs < fromNs) {
      if (listener.idle && endNs >= (before?.endNs ?? Number.NEGATIVE_INFINITY)) before = workAt(reader, before)
      return
    }
    const insideStartNs = startNs > fromNs ? startNs : fromNs
    const insideEndNs = endNs < toNs ? endNs : toNs
    if (insideStartNs > busyUntilNs) listener.idle?.(busyUntilNs, insideStartNs, before, workAt(reader))
    if (insideEndNs >= busyUntilNs) {
      busyUntilNs = insideEndNs
      if (listener.idle) before = workAt(reader, before)
    }
    listener.work?.(reader, insideStartNs, insideEndNs)
  })
  if (busyUntilNs < toNs) listener.idle?.(busyUntilNs, toNs, before, beyond)
}

function workAt(reader: LaneReader, into: Work = { slice: 0, category: 0, startNs: 0, endNs: 0, link: 0 }): Work {
  const { i } = reader
  into.slice = reader.slice
  into.category = reader.category[i] ?? 0
  into.startNs = reader.start[i] ?? 0
  into.endNs = into.startNs + (reader.duration[i] ?? 0)
  into.link = reader.link[i] ?? 0
  return into
}
