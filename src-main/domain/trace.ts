import { z } from 'zod'

/** A trace as a session keeps it: where it came from, what it says in figures. Times in ns since the trace's base. */

const ns = z.number()
const count = z.int().min(0)

/** Durations of all slices of one name. Median of an even count: mean of the middle two; std: n − 1, 0 for one (nsys stats). */
export const DurationStats = z.object({
  name: z.string(),
  count,
  totalNs: ns,
  avgNs: ns,
  medianNs: ns,
  minNs: ns,
  maxNs: ns,
  stdNs: ns,
})
export type DurationStats = z.infer<typeof DurationStats>

export const KernelRow = DurationStats.extend({
  /** Mean over its launches, weighted by duration; absent where the trace does not tell. */
  blocks: z.number().optional(),
  threadsPerBlock: z.number().optional(),
  registersPerThread: z.number().optional(),
  /** Share 0..1 as the profiler estimated it, weighted by duration. */
  occupancy: z.number().optional(),
  communication: z.boolean().optional(),
  /** By its name, uses tensor cores: yes, no, or absent where the name does not tell. */
  tensorCores: z.boolean().optional(),
})
export type KernelRow = z.infer<typeof KernelRow>

/** As torch's `key_averages()` counts: rules in `traces/operators.ts`. */
export const OperatorRow = z.object({
  name: z.string(),
  /** Input shapes, where rows are split by them. */
  shapes: z.string().optional(),
  count,
  selfCpuNs: ns,
  totalCpuNs: ns,
  /** Absent where the trace has no device work. */
  selfDeviceNs: ns.optional(),
  totalDeviceNs: ns.optional(),
})
export type OperatorRow = z.infer<typeof OperatorRow>

/** Copies and fills by direction, as named: "Memcpy HtoD (Pageable -> Device)". */
export const CopyRow = DurationStats.extend({
  category: z.enum(['memcpy', 'memset']),
  totalBytes: z.number().optional(),
  avgBytes: z.number().optional(),
  medianBytes: z.number().optional(),
  minBytes: z.number().optional(),
  maxBytes: z.number().optional(),
  stdBytes: z.number().optional(),
})
export type CopyRow = z.infer<typeof CopyRow>

export const RangeRow = DurationStats.extend({
  /** 'push-pop', 'start-end' (NVTX), 'annotation' (torch). */
  style: z.string(),
  /** First start to last end of the device work launched inside, summed over instances (nsys nvtx_gpu_proj_sum). */
  projectedNs: ns.optional(),
  /** Pieces of device work launched inside. */
  deviceWork: count.optional(),
})
export type RangeRow = z.infer<typeof RangeRow>

/** Why a device had nothing to do, ns. What no rule explains is `unknownNs`. Definitions: `traces/gaps.ts`. */
export const IdleNs = z.object({
  /** The next work had not been launched: the host was late, and busy with other than what follows. */
  hostNs: ns,
  /** The host sat in a synchronising call or a blocking copy while the device was already done. */
  syncNs: ns,
  /** The host waited for data: a DataLoader range. */
  dataLoadingNs: ns,
  /** The next work had been launched already; the device took its time to start it. */
  queueNs: ns,
  unknownNs: ns,
})
export type IdleNs = z.infer<typeof IdleNs>

/** Order in columns of gaps; each is a field of IdleNs. */
export const IDLE_REASONS = ['host', 'sync', 'dataLoading', 'queue', 'unknown'] as const
export type IdleReason = (typeof IDLE_REASONS)[number]

/** One device over one window. Unions: overlapping work counts once; `idleNs` = window − busy. */
export const DeviceRow = z.object({
  id: z.int(),
  name: z.string().optional(),
  /** First start to last end of its work inside the window asked for. */
  startNs: ns,
  endNs: ns,
  busyNs: ns,
  idleNs: ns,
  /** Unions by kind; kernels without communication. They may overlap each other. */
  kernelNs: ns,
  communicationNs: ns,
  memcpyNs: ns,
  memsetNs: ns,
  graphNs: ns,
  /** Time in which only this kind ran: what it costs. */
  exposedCommunicationNs: ns.optional(),
  exposedCopyNs: ns.optional(),
  /** Sum of durations, for comparison with tools that add overlapping work. */
  sumNs: ns,
  kernels: count,
  copies: count,
  fills: count,
  graphs: count,
  /** Work whose launch lies before the recording. */
  withoutLaunch: count,
  idle: IdleNs.optional(),
})
export type DeviceRow = z.infer<typeof DeviceRow>

/** CPU time by what it was spent on: self time, every ns of a thread counts once. Threads with traced events only. */
export const CpuNs = z.object({
  opNs: ns,
  nodeNs: ns,
  annotationNs: ns,
  pythonNs: ns,
  dataLoadingNs: ns,
  runtimeNs: ns,
  syncNs: ns,
  libraryNs: ns,
  osrtNs: ns,
  overheadNs: ns,
  otherNs: ns,
})
export type CpuNs = z.infer<typeof CpuNs>

/** A stretch of time that figures can be asked for. */
export const TraceWindow = z.object({
  /** 'whole', 'gpu' (first to last device work), 'step', 'range', 'selection'. */
  kind: z.string(),
  name: z.string(),
  startNs: ns,
  endNs: ns,
})
export type TraceWindow = z.infer<typeof TraceWindow>

/** Where time went in one window. */
export const TraceFigures = z.object({ window: TraceWindow, devices: z.array(DeviceRow), cpu: CpuNs })
export type TraceFigures = z.infer<typeof TraceFigures>

/** Every table over one window. Rows by total, largest first. */
export const TraceTables = z.object({
  kernels: z.array(KernelRow),
  operators: z.array(OperatorRow),
  /** CUDA/HIP calls, those that wait among them. */
  apiCalls: z.array(DurationStats),
  copies: z.array(CopyRow),
  ranges: z.array(RangeRow),
  syncs: z.array(DurationStats),
  osCalls: z.array(DurationStats),
  /** Graph nodes or layers. */
  nodes: z.array(DurationStats.extend({ type: z.string().optional() })),
  graphs: z.array(DurationStats),
})
export type TraceTables = z.infer<typeof TraceTables>

export const TraceDevice = z.object({
  id: z.int(),
  name: z.string().optional(),
  memoryBytes: z.number().optional(),
  multiprocessors: z.int().optional(),
  maxThreadsPerMultiprocessor: z.int().optional(),
  computeCapability: z.string().optional(),
})

export const TraceSource = z.object({
  path: z.string(),
  bytes: z.int(),
  sha256: z.string(),
  /** Id of the format that read it. */
  format: z.string(),
  tool: z.string(),
  toolVersion: z.string().optional(),
  baseUnixNs: z.string().optional(),
  rank: z.int().optional(),
  worldSize: z.int().optional(),
  job: z.string().optional(),
})
export type TraceSource = z.infer<typeof TraceSource>

/** Why something of the file is not in the figures. */
export const Unread = z.object({ reason: z.string(), count, firstAt: z.string() })

/**
 * The trace of a run, in the session and in the result document (`runs[].trace`, DESIGN §7). Over the whole trace it is
 * a `TraceFigures` and a `TraceTables` at once, so what shows a selection shows a summary too.
 */
export const TraceSummary = z.object({
  source: TraceSource,
  /** First start to last end of all slices but the profiler's own; instants do not count. */
  spanNs: ns,
  counts: z.object({
    events: count,
    slices: count,
    tracks: count,
    kernels: count,
    links: count,
    unread: count,
    /** Slices by category id, those present. */
    byCategory: z.record(z.string(), count),
  }),
  unread: z.array(Unread),
  /** What the reader must know: repaired, assumed, missing. */
  notices: z.array(z.string()),
  /** Cancelled, or cut off: figures cover what was read. */
  partial: z.boolean().optional(),
  /** What the trace tells of its devices, also of those that did nothing. */
  hardware: z.array(TraceDevice),
  ...TraceFigures.shape,
  ...TraceTables.shape,
  /** `ProfilerStep#N`, at most 1000. */
  steps: z.array(TraceFigures),
})
export type TraceSummary = z.infer<typeof TraceSummary>

/** A row of the timeline as the page draws it. `lanes` lie under each other; slices of one lane never overlap. */
export const TraceTrack = z.object({
  index: z.int().min(0),
  kind: z.string(),
  title: z.string(),
  group: z.string(),
  device: z.int().optional(),
  slices: count,
  lanes: z.array(z.object({ index: z.int().min(0), slices: count })),
  /** Of a counter. */
  unit: z.string().optional(),
  /** Its largest magnitude: what `busy` of its rows is a share of. */
  maxValue: z.number().optional(),
})
export type TraceTrack = z.infer<typeof TraceTrack>

/** One slice with everything the file says of it. */
export const SliceDetail = z.object({
  slice: z.int(),
  track: z.int(),
  lane: z.int(),
  name: z.string(),
  category: z.string(),
  startNs: ns,
  durationNs: ns,
  selfNs: ns.optional(),
  /** As the source has them, nested values as JSON text. Absent: the source is not there. */
  arguments: z.array(z.tuple([z.string(), z.string()])).optional(),
  sourceMissing: z.string().optional(),
  links: z.array(
    z.object({
      /** 'launched by', 'launches', 'forward of', 'backward of', 'part of'. */
      relation: z.string(),
      slice: z.int(),
      track: z.int(),
      lane: z.int(),
      name: z.string(),
      startNs: ns,
      durationNs: ns,
    }),
  ),
})
export type SliceDetail = z.infer<typeof SliceDetail>
