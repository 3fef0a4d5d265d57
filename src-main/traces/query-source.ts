import type { IndexedTrack, Lane } from './define.ts'
import type { Leaves } from './leaves.ts'
import type { WindowRows } from './query-rows.ts'
import type { Nodes } from './tree.ts'

/** What windows are drawn from: an index, or the coarse levels of one. */
export interface WindowSource {
  readonly tracks: readonly IndexedTrack[]
  /** By index. Their levels are those that are there, finest first. */
  readonly lanes: readonly Lane[]
  /** Working memory of drawing: allocating it for every window costs more than the window. Nodes: a buffer a level. */
  readonly buffers: { readonly nodes: Nodes[]; readonly leaves: Leaves; readonly rows: WindowRows }
  /** Whether single slices of the lane can be read, not only nodes. */
  hasSlices(lane: Lane): boolean
  readNodes(into: Nodes, firstNode: number, count: number): void
  readSlices(into: Leaves, first: number, count: number): void
  /** Samples of counters, interleaved time and value. */
  readSamples(first: number, count: number): Float64Array
  /** Groups of samples: time of the first, the largest value, time and value of the last. */
  readGroups(first: number, count: number): Float64Array
}

export interface CounterLane {
  index: number
  track: number
  first: number
  count: number
  /** Values are drawn as shares of it: the largest magnitude. */
  scale: number
  /** In section `counter-group`; absent where there are no groups. */
  firstGroup: number | undefined
}

/** Lanes of counters are numbered after all others, in order of their tracks. */
export function counterLanes({ tracks, lanes }: Pick<WindowSource, 'tracks' | 'lanes'>): CounterLane[] {
  return tracks
    .flatMap(({ index, samples }) => (samples === undefined ? [] : [{ track: index, samples }]))
    .map(({ track, samples: { first, count, min, max, firstGroup } }, at) => ({
      index: lanes.length + at,
      track,
      first,
      count,
      scale: Math.max(Math.abs(min), Math.abs(max)),
      firstGroup,
    }))
}
