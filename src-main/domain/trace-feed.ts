import type { TraceOverview } from './trace-overview.ts'

/**
 * What the reader of a trace format tells, event by event, and who listens. Hot path: numbers only, no objects.
 * Times are integer nanoseconds since the trace's base (`TraceOrigin.baseUnixNs`, or the first stamp seen), so that a
 * double holds them exactly. Names are hostile text.
 */

/** A row of the timeline: things that follow or nest in each other. */
export interface TrackSpec {
  /** 'thread', 'nvtx', 'osrt', 'stream', 'gpu-annotation', 'gpu-sync', 'counter', 'async'; an open list. */
  kind: string
  /** "python 4242", "stream 7". */
  title: string
  /** What the track stands under: "GPU 0", "python (4242)". Tracks of one group are drawn together. */
  group: string
  /** As text: ids may exceed 2^53 or be words. */
  processId?: string
  threadId?: string
  /** Ordinal of the device, for work of a device. */
  device?: number
  stream?: string
  /** Correlations are unique inside a scope only; the process in nsys, the file in Kineto. Default ''. */
  linkScope?: string
  /** Of a counter: 'bytes', '%', 'W'. */
  unit?: string
}

/** A device as the trace describes it; what it does not tell is absent. */
export interface DeviceSpec {
  id: number
  name?: string
  memoryBytes?: number
  multiprocessors?: number
  maxThreadsPerMultiprocessor?: number
  /** "9.0". */
  computeCapability?: string
}

/** Where a trace comes from, as far as it says. */
export interface TraceOrigin {
  /** 'torch.profiler', 'Nsight Systems', 'ONNX Runtime', 'Chrome trace'. */
  tool: string
  toolVersion?: string
  /** Unix time of 0 ns, as decimal text: it exceeds 2^53. */
  baseUnixNs?: string
  /** Rank of a distributed job, where the file says. */
  rank?: number
  worldSize?: number
  /** Equal for the files of one job, where that can be known. */
  job?: string
  /** What else belongs in a passport: CUDA and driver version, options of the capture. Never environment variables. */
  facts: Record<string, string | number | boolean>
}

/** The reason of `unread` where the bytes end inside the trace: what was read stands, and is partial. */
export const CUT_OFF = 'the file is cut off'

/** No value: there is no correlation, no operator, no detail. Ids of names start at 1. */
export const NONE = 0

export interface TraceSink {
  /** The same key gives the same track. Fields given later replace those given before (thread names come last). */
  track(key: string, spec: TrackSpec): number
  /** Interns a text; equal texts have equal ids, from 1. */
  name(text: string): number
  /** As `name`, of UTF-8 bytes [from, to) without escapes: no string is made for a text seen before. */
  nameOfBytes(bytes: Uint8Array, from: number, to: number): number
  /**
   * @param correlation links a call with the work it launched, inside the track's link scope; NONE: none
   * @param operator of an op: its own id (torch "External id"); of a call or device work: that of the op it was done for
   * @param detail interned text that splits rows of one name: an op's input shapes; NONE: none
   * @param source where all its arguments can be read again: byte offset of the event, or table and row
   */
  slice(
    track: number,
    startNs: number,
    durationNs: number,
    name: number,
    category: number,
    correlation: number,
    operator: number,
    detail: number,
    source: number,
  ): void
  /** Follows the slice of a copy or fill: how much it moved. */
  bytes(bytes: number): void
  /** Follows the slice of a kernel. NaN: not told. `occupancy` is a share, 0..1, as the profiler estimated it. */
  launch(
    blocks: number,
    threadsPerBlock: number,
    registersPerThread: number,
    sharedBytes: number,
    occupancy: number,
  ): void
  /** One end of a flow (forward ↔ backward, a Chrome flow) bound to the slice around `atNs` on the track. */
  flow(kind: string, id: string, end: 'start' | 'step' | 'end', track: number, atNs: number): void
  counter(track: number, atNs: number, value: number): void
  device(device: DeviceSpec): void
  origin(origin: Partial<TraceOrigin>): void
  /** Something in the file that could not be read: counted by reason, the first place of each kept. */
  unread(reason: string, where: string): void
  /** What the reader must know: repaired, assumed, missing. */
  notice(text: string): void
}

/** Bytes in order, as they can be had: a file, or what a compressed file holds. */
export type ByteStream = AsyncIterable<Uint8Array>

/** A column of a table: as it is, or some bits of a 64-bit integer: (value >> shift) & (2^bits − 1). */
export type TableColumn = string | { column: string; shift: number; bits: number }

/** A database of another program, read-only. */
export interface TableSource {
  /** Columns by table; what is not there was not recorded. */
  readonly tables: ReadonlyMap<string, readonly string[]>
  /** Rows of a small table, as the driver gives them; integers beyond 2^53 come as text. */
  rows(sql: string): Record<string, string | number | null>[]
  /**
   * Every row of a large table in the order of the file, by columns. NULL and what is no number come as NaN. The
   * arrays are reused: valid until the callback returns.
   * @param columns that exist in the table
   */
  scan(
    table: string,
    columns: readonly TableColumn[],
    onBatch: (columns: readonly Float64Array[], rowIds: Float64Array, count: number) => void,
    signal?: AbortSignal,
  ): Promise<void>
}

/** What a trace format gives: how to read it, and from what. */
export type TraceReader =
  | { from: 'bytes'; read(bytes: ByteStream, sink: TraceSink, signal?: AbortSignal): Promise<void> }
  | {
      from: 'tables'
      read(tables: TableSource, sink: TraceSink, signal?: AbortSignal): Promise<void>
      /** What a quick look tells before the whole is read. */
      overview?(tables: TableSource, signal?: AbortSignal): Promise<TraceOverview>
    }
  /** Only its own program can turn it into something that can be read. */
  | { from: 'export'; tool: string; toolVersion?: string }
