import type { SliceDetail } from '#domain/trace.ts'
import { CATEGORY, DEVICE_WORK, SLICE_CATEGORIES } from '#domain/trace-category.ts'
import type { Lane, TraceIndex } from '../traces/define.ts'

/** A graph launch can start thousands of kernels: the first are listed, and any of them leads to the others. */
const MAX_LINKED = 200

const IS_DEVICE_WORK = new Set(DEVICE_WORK.map(category => CATEGORY[category]))

/** Its link is the call that launched it, not a flow. */
const IS_LAUNCHED = new Set([...IS_DEVICE_WORK, CATEGORY['gpu-sync']])
/** Links read at once: 1 MiB. */
const SEARCHED_SLICES = 1 << 18

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
    ...targetsOf(index, slice).map(target => link(index, 'forward of', target)),
    ...index
      .launchedBy(slice)
      .slice(0, MAX_LINKED)
      .map(work => link(index, 'launches', work)),
  ]
}

/** Slices whose flow begins at this one. The index keeps the other direction, so column `link` is searched. */
function targetsOf(index: TraceIndex, slice: number): number[] {
  const found: number[] = []
  const { slices } = index.manifest
  for (let from = 0; from < slices; from += SEARCHED_SLICES) {
    const links = index.read('link', from, Math.min(SEARCHED_SLICES, slices - from))
    for (let at = links.indexOf(slice + 1); at !== -1; at = links.indexOf(slice + 1, at + 1)) {
      if (!IS_LAUNCHED.has(index.at('category', from + at))) found.push(from + at)
      if (found.length === MAX_LINKED) return found
    }
  }
  return found
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
