import type { SliceDetail } from '#domain/trace.ts'
import { CATEGORY, DEVICE_WORK, SLICE_CATEGORIES } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from '../traces/define.ts'

/** A graph launch can start thousands of kernels: the first are listed, and any of them leads to the others. */
const MAX_LAUNCHED = 200

const IS_DEVICE_WORK = new Set(DEVICE_WORK.map(category => CATEGORY[category]))

type Link = SliceDetail['links'][number]

/** One slice and what hangs on it, from the index alone; its arguments come from the source. */
export function sliceDetail(index: TraceIndex, slice: number): SliceDetail | undefined {
  if (!(Number.isInteger(slice) && slice >= 0 && slice < index.manifest.slices)) return undefined
  const lane = index.laneOf(slice)
  const category = index.at('category', slice)
  return {
    slice,
    track: lane.track,
    lane: lane.index,
    name: index.name(index.at('name', slice)),
    category: SLICE_CATEGORIES[category] ?? 'other',
    startNs: index.at('start', slice),
    durationNs: index.at('duration', slice),
    selfNs: selfNs(index, slice, lane),
    links: linksOf(index, slice, IS_DEVICE_WORK.has(category)),
  }
}

function linksOf(index: TraceIndex, slice: number, isDeviceWork: boolean): Link[] {
  const linked = index.at('link', slice)
  const detail = index.at('detail', slice)
  const own = [
    ...(linked === 0 ? [] : [link(index, isDeviceWork ? 'launched by' : 'backward of', linked - 1)]),
    // Of device work, `detail` is the op it was done for; of an op, a name.
    ...(isDeviceWork && detail !== 0 ? [link(index, 'part of', detail - 1)] : []),
  ]
  if (isDeviceWork) return own
  return [
    ...own,
    ...index
      .launchedBy(slice)
      .slice(0, MAX_LAUNCHED)
      .map(work => link(index, 'launches', work)),
  ]
}

function link(index: TraceIndex, relation: string, slice: number): Link {
  const lane = index.laneOf(slice)
  return {
    relation,
    slice,
    track: lane.track,
    lane: lane.index,
    name: index.name(index.at('name', slice)),
    startNs: index.at('start', slice),
    durationNs: index.at('duration', slice),
  }
}

/** Its duration without the slices one lane below it. */
function selfNs(index: TraceIndex, slice: number, lane: Lane): number {
  const startNs = index.at('start', slice)
  const durationNs = index.at('duration', slice)
  const below = index.manifest.tracks[lane.track]?.lanes[lane.depth + 1]
  const inner = below === undefined ? undefined : index.manifest.lanes[below]
  if (inner === undefined) return durationNs
  const { from, to } = index.within(inner, startNs, startNs + durationNs)
  const starts = index.read('start', from, to - from)
  const durations = index.read('duration', from, to - from)
  let insideNs = 0
  starts.forEach((start, at) => {
    const endNs = Math.min(start + (durations[at] ?? 0), startNs + durationNs)
    insideNs += Math.max(0, endNs - Math.max(start, startNs))
  })
  return Math.max(0, durationNs - insideNs)
}
