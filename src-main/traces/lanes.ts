/**
 * Deepest search for what encloses a slice. Only slices that overlap without nesting are searched for at all; beyond
 * this many such lanes at once a slice goes below them all, which is deeper than it must but never wrong.
 */
const MOST_LANES_SEARCHED = 1024

export interface LaneExtent {
  count: number
  startNs: number
  endNs: number
}

/**
 * Which lane each slice goes to: the first free one below everything that encloses it, so that a lane never holds two
 * slices of one moment, what is nested lies below what encloses it, and slices that merely overlap share few lanes.
 * Nothing is left out, unlike in viewers that drop what overlaps.
 * @param order slices by start, longer first   @param depth filled: lane of order[i]
 */
export function assignLanes(
  start: Float64Array,
  duration: Float64Array,
  order: Uint32Array,
  depth: Uint32Array,
): LaneExtent[] {
  const lanes: LaneExtent[] = []
  // The deepest lane that still has a slice at the current start; all below are free.
  let deepest = -1
  for (let at = 0; at < order.length; at++) {
    const slice = order[at] ?? 0
    const startNs = start[slice] ?? 0
    const endNs = startNs + (duration[slice] ?? 0)
    while (deepest >= 0 && isFree(lanes[deepest], startNs)) deepest--
    let lane = deepest + 1
    if (deepest >= 0 && (lanes[deepest]?.endNs ?? 0) < endNs) lane = freeBelowEnclosing(lanes, deepest, startNs, endNs)
    const extent = lanes[lane]
    if (extent === undefined) lanes.push({ count: 1, startNs, endNs })
    else {
      extent.count++
      extent.endNs = endNs
    }
    depth[at] = lane
    if (lane > deepest) deepest = lane
  }
  return lanes
}

const isFree = (lane: LaneExtent | undefined, startNs: number) => (lane?.endNs ?? Number.NEGATIVE_INFINITY) <= startNs

function freeBelowEnclosing(lanes: readonly LaneExtent[], deepest: number, startNs: number, endNs: number): number {
  let lane = deepest + 1
  const stop = Math.max(-1, deepest - MOST_LANES_SEARCHED)
  for (let above = deepest; above > stop; above--) {
    const candidate = lanes[above]
    if (isFree(candidate, startNs)) lane = above
    else if ((candidate?.endNs ?? 0) >= endNs) return lane
  }
  return stop === -1 ? lane : deepest + 1
}

/** Slices lane by lane, in start order inside a lane. @param into filled with the slices of `order` */
export function laneMajor(
  order: Uint32Array,
  depth: Uint32Array,
  lanes: readonly LaneExtent[],
  into: Uint32Array,
): void {
  const next = new Uint32Array(lanes.length)
  let first = 0
  lanes.forEach(({ count }, lane) => {
    next[lane] = first
    first += count
  })
  for (let at = 0; at < order.length; at++) {
    const lane = depth[at] ?? 0
    const place = next[lane] ?? 0
    into[place] = order[at] ?? 0
    next[lane] = place + 1
  }
}
