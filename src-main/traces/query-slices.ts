import type { Lane, TraceIndex } from './define.ts'

/** Names looked through at a time. */
const STRIDE = 1 << 14

/** The slice of a lane at a moment; of slices without duration the one that begins there. */
export function sliceAt(index: TraceIndex, laneIndex: number, atNs: number): number | undefined {
  const lane = index.manifest.lanes[laneIndex]
  if (lane === undefined) return undefined
  const slice = firstFrom(index, lane, startNs => startNs > atNs) - 1
  if (slice < lane.first) return undefined
  const startNs = index.at('start', slice)
  return startNs === atNs || startNs + index.at('duration', slice) > atNs ? slice : undefined
}

/** The slice after or before one: in its lane, or of its name anywhere on its track (in order of start, then of id). */
export function sliceBeside(
  index: TraceIndex,
  slice: number,
  direction: 'next' | 'previous',
  sameName: boolean,
): number | undefined {
  if (!(Number.isInteger(slice) && slice >= 0 && slice < index.manifest.slices)) return undefined
  const lane = index.laneOf(slice)
  if (!sameName) {
    const beside = direction === 'next' ? slice + 1 : slice - 1
    return beside >= lane.first && beside < lane.first + lane.count ? beside : undefined
  }
  const look = { slice, startNs: index.at('start', slice), name: index.at('name', slice) }
  let best: { slice: number; startNs: number } | undefined
  for (const laneIndex of index.manifest.tracks[lane.track]?.lanes ?? []) {
    const own = index.manifest.lanes[laneIndex]
    if (own === undefined) continue
    const found = direction === 'next' ? nextOfName(index, own, look, best) : previousOfName(index, own, look, best)
    if (found !== undefined) best = found
  }
  return best?.slice
}

interface Place {
  slice: number
  startNs: number
}

function nextOfName(
  index: TraceIndex,
  lane: Lane,
  look: Place & { name: number },
  best: Place | undefined,
): Place | undefined {
  const end = lane.first + lane.count
  for (let from = firstFrom(index, lane, startNs => startNs >= look.startNs); from < end; from += STRIDE) {
    if (best !== undefined && index.at('start', from) > best.startNs) return undefined
    const names = index.read('name', from, Math.min(STRIDE, end - from))
    for (let at = names.indexOf(look.name); at >= 0; at = names.indexOf(look.name, at + 1)) {
      const found = { slice: from + at, startNs: index.at('start', from + at) }
      if (!isBefore(look, found)) continue
      return best === undefined || isBefore(found, best) ? found : undefined
    }
  }
  return undefined
}

function previousOfName(
  index: TraceIndex,
  lane: Lane,
  look: Place & { name: number },
  best: Place | undefined,
): Place | undefined {
  for (let to = firstFrom(index, lane, startNs => startNs > look.startNs); to > lane.first; to -= STRIDE) {
    if (best !== undefined && index.at('start', to - 1) < best.startNs) return undefined
    const from = Math.max(lane.first, to - STRIDE)
    const names = index.read('name', from, to - from)
    for (let at = names.lastIndexOf(look.name); at >= 0; at = at === 0 ? -1 : names.lastIndexOf(look.name, at - 1)) {
      const found = { slice: from + at, startNs: index.at('start', from + at) }
      if (!isBefore(found, look)) continue
      return best === undefined || isBefore(best, found) ? found : undefined
    }
  }
  return undefined
}

const isBefore = (a: Place, b: Place) => a.startNs < b.startNs || (a.startNs === b.startNs && a.slice < b.slice)

/** First slice of the lane whose start fits; starts ascend. */
function firstFrom(index: TraceIndex, { first, count }: Lane, fits: (startNs: number) => boolean): number {
  let low = first
  let high = first + count
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (fits(index.at('start', middle))) high = middle
    else low = middle + 1
  }
  return low
}
