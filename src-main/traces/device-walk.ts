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
   * What is told of the work around it is the walk's own and changes with the next gap.
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
  const wantsIdle = listener.idle !== undefined
  let busyUntilNs = fromNs
  // What ended last so far, also before the stretch. Plain numbers: this runs for every slice.
  let lastSlice = -1
  let lastCategory = 0
  let lastStartNs = 0
  let lastEndNs = Number.NEGATIVE_INFINITY
  let lastLink = 0
  const [before, after] = [noWork(), noWork()]
  const last = (): Work | undefined =>
    lastSlice < 0 ? undefined : setWork(before, lastSlice, lastCategory, lastStartNs, lastEndNs, lastLink)
  let beyond: Work | undefined
  mergeSlices(openLanes(index, lanes, stretch, ['link', ...extra], 1), reader => {
    const { i, startNs, endNs } = reader
    const category = reader.category[i] ?? 0
    if (IS_DEVICE_WORK[category] === 0) return
    if (startNs >= pastNs) {
      beyond ??= { slice: reader.slice, category, startNs, endNs, link: reader.link[i] ?? 0 }
      return
    }
    const isBefore = endNs <= fromNs && startNs < fromNs
    const insideStartNs = startNs > fromNs ? startNs : fromNs
    if (!isBefore && insideStartNs > busyUntilNs) {
      if (wantsIdle)
        listener.idle?.(
          busyUntilNs,
          insideStartNs,
          last(),
          setWork(after, reader.slice, category, startNs, endNs, reader.link[i] ?? 0),
        )
      busyUntilNs = insideStartNs
    }
    if (wantsIdle && endNs >= lastEndNs) {
      lastSlice = reader.slice
      lastCategory = category
      lastStartNs = startNs
      lastEndNs = endNs
      lastLink = reader.link[i] ?? 0
    }
    if (isBefore) return
    const insideEndNs = endNs < toNs ? endNs : toNs
    if (insideEndNs > busyUntilNs) busyUntilNs = insideEndNs
    listener.work?.(reader, insideStartNs, insideEndNs)
  })
  if (busyUntilNs < toNs) listener.idle?.(busyUntilNs, toNs, last(), beyond)
}

const noWork = (): Work => ({ slice: -1, category: 0, startNs: 0, endNs: 0, link: 0 })

function setWork(work: Work, slice: number, category: number, startNs: number, endNs: number, link: number): Work {
  work.slice = slice
  work.category = category
  work.startNs = startNs
  work.endNs = endNs
  work.link = link
  return work
}
