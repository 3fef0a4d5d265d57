import type { DeviceSpec, TraceOrigin, TrackSpec } from '#domain/trace-feed.ts'

/**
 * The index of a trace: what the builder leaves in storage and everything after it reads. Slices are numbered lane by
 * lane, in start order inside a lane, so that a lane is a stretch of every column and a window of it a binary search.
 */

/** Named byte sections that only grow. Handed in; here nobody knows of files. Calls are synchronous. */
export interface IndexStorage {
  append(section: string, bytes: Uint8Array): void
  /** Fills `into` from `byteOffset`. @throws EngineError FILE_UNREADABLE when the section is shorter */
  read(section: string, byteOffset: number, into: Uint8Array): void
  /** 0 for a section that is not there. */
  size(section: string): number
  remove(section: string): void
}

/** Columns with a value for every slice, in order of slice ids. What is drawn of one is also in section `leaf` (leaves.ts). */
export const SLICE_COLUMNS = {
  /** ns since the trace's base. */
  start: Float64Array,
  duration: Float64Array,
  /** Id of a name, from 1. */
  name: Uint32Array,
  /** Position in SLICE_CATEGORIES. */
  category: Uint8Array,
  /**
   * Device work and synchronisation seen by the device: the call that launched it, as slice id + 1. Anything else: where
   * a flow to it begins, + 1; for an op that is its forward op. 0: none.
   */
  link: Uint32Array,
  /**
   * Device work: the op it was done for, as slice id + 1: the one named, else the deepest around its launch. Anything
   * else: name id of the detail told; of an op, its input shapes. 0: none.
   */
  detail: Uint32Array,
  /** Where the reader found it: byte offset of the event, or table and row. */
  source: Float64Array,
} as const
export type SliceColumn = keyof typeof SLICE_COLUMNS
export type ColumnOf<C extends SliceColumn> = InstanceType<(typeof SLICE_COLUMNS)[C]>

/**
 * Slices of a track that never overlap: one depth of nesting. What is nested lies in a deeper lane than what encloses it;
 * slices that overlap without nesting go to the first free lane below what encloses them. Lanes of a track follow each
 * other. Counters have pseudo lanes, numbered after all others (`counterLanes` in query-source.ts).
 */
export interface Lane {
  index: number
  track: number
  depth: number
  /** First slice id, and how many. */
  first: number
  count: number
  startNs: number
  endNs: number
  /** Levels of the pyramid over it, finest first: node i of level n covers LEAF_FANOUT · TREE_FANOUT^n slices. */
  levels: { firstNode: number; nodes: number }[]
}

/** Slices under a node of the finest level, and nodes under one of any other. Measured: test/bench/trace-index. */
export const LEAF_FANOUT = 16
export const TREE_FANOUT = 4

export interface IndexedTrack extends TrackSpec {
  index: number
  /** Indices of its lanes, by depth. Counters have none. */
  lanes: number[]
  slices: number
  /**
   * Of a counter: its samples in section `counter` (interleaved f64 time, value), in time order; whole groups of them
   * (counters.ts) in section `counter-group`.
   */
  samples?: { first: number; count: number; min: number; max: number; firstGroup?: number }
}

/** Of all launches of one kernel name; means weighted by duration. NaN: not told. */
export interface LaunchFacts {
  name: number
  blocks: number
  threadsPerBlock: number
  registersPerThread: number
  sharedBytes: number
  occupancy: number
}

/** Everything about an index that is not a column: small enough to be kept whole. */
export interface IndexManifest {
  version: number
  origin: TraceOrigin
  devices: DeviceSpec[]
  tracks: IndexedTrack[]
  lanes: Lane[]
  slices: number
  names: number
  nodes: number
  /** Events of any kind the reader told of. */
  events: number
  /** Slices by category position. */
  byCategory: number[]
  /** Device work with its launch in the trace, and without. */
  linked: number
  unlinked: number
  unread: { reason: string; count: number; firstAt: string }[]
  notices: string[]
  launchFacts: LaunchFacts[]
  /** Kernel time (ns) by number of blocks, the last entry for that many and more. Empty: blocks not told. */
  kernelNsByBlocks: number[]
  /** Copies that told their size: section `copy-slice` (u32 slice ids, ascending) and `copy-bytes` (f64). */
  copies: number
  /** First start and last end over all slices but overhead. */
  startNs: number
  endNs: number
  /** The reader was cancelled or the file is cut off. */
  partial: boolean
}

/** A finished index, to read. */
export interface TraceIndex {
  readonly manifest: IndexManifest
  /** '' for an id that is none. */
  name(id: number): string
  /** Ids of all names that `matches` accepts. */
  namesWhere(matches: (name: string) => boolean): number[]
  /** Values [first, first + count) of a column. The array is the caller's. */
  read<C extends SliceColumn>(column: C, first: number, count: number): ColumnOf<C>
  /** The same into an array that is there: its first `count` values. */
  readInto<C extends SliceColumn>(column: C, first: number, count: number, into: ColumnOf<C>): void
  /** One value; for many, `read`. */
  at(column: SliceColumn, slice: number): number
  /** Lane of a slice. */
  laneOf(slice: number): Lane
  /** [from, to): slices of the lane that touch the window. */
  within(lane: Lane, startNs: number, endNs: number): { from: number; to: number }
  /** Work launched by a call, as slice ids. */
  launchedBy(call: number): number[]
  /** Bytes a copy moved; NaN when not told. */
  bytesOf(slice: number): number
  /** Samples of a counter in time order: time, value, time, value… Empty for a track that is none. */
  samplesOf(track: number): Float64Array
}
