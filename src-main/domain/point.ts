import { z } from 'zod'
import { Failure } from './errors.ts'
import { GpuMetrics } from './server.ts'

/** Percentiles every latency summary carries, as keys and as p in 0..100. */
export const PERCENTILES = { p50: 50, p90: 90, p95: 95, p99: 99 } as const
export type PercentileName = keyof typeof PERCENTILES
export const PERCENTILE_NAMES = ['p50', 'p90', 'p95', 'p99'] as const satisfies readonly PercentileName[]

const ms = z.number().min(0)

/** Latency of one call in milliseconds. A statistic that could not be computed is absent. */
export const LatencyMs = z.object({
  mean: ms.optional(),
  std: ms.optional(),
  min: ms.optional(),
  p50: ms.optional(),
  p90: ms.optional(),
  p95: ms.optional(),
  p99: ms.optional(),
  max: ms.optional(),
})
export type LatencyMs = z.infer<typeof LatencyMs>

/**
 * 95 % order-statistic bounds of a percentile, [lower, upper]. `upper` is null when the samples are too few
 * for one: the percentile is then shown as "≥ x" and `needsSamples` says how many would do.
 */
export const PercentileBounds = z.object({ lowerMs: ms, upperMs: ms.optional(), needsSamples: z.int().optional() })
export type PercentileBounds = z.infer<typeof PercentileBounds>

/**
 * Parts of one request at a server, means in ms. They add up to the mean latency but where a response cache answers
 * (compute is over misses then). Order of a request; formulas: `stats/server-parts.ts`.
 */
export const PART_NAMES = [
  'clientSend',
  'network',
  'queue',
  'computeInput',
  'computeInfer',
  'computeOutput',
  'cacheHit',
  'cacheMiss',
  'clientRecv',
] as const
export type PartName = (typeof PART_NAMES)[number]
export const PartsMs = z.object({
  clientSend: ms.optional(),
  /** Network and the server's own send and receive: what no other part explains. */
  network: ms.optional(),
  queue: ms.optional(),
  computeInput: ms.optional(),
  computeInfer: ms.optional(),
  computeOutput: ms.optional(),
  cacheHit: ms.optional(),
  cacheMiss: ms.optional(),
  clientRecv: ms.optional(),
})
export type PartsMs = z.infer<typeof PartsMs>

/** What the server counted for a model while a point was measured; of a composing model too. */
export const ServerCounts = z.object({
  name: z.string(),
  version: z.string(),
  /** Batch items, executions, requests. inference ÷ execution: mean server batch. */
  inferenceCount: z.number(),
  executionCount: z.number(),
  successCount: z.number(),
  failCount: z.number().optional(),
  cacheHitCount: z.number().optional(),
  cacheMissCount: z.number().optional(),
  partsMs: PartsMs.optional(),
  /** Request time at the server beyond queue and compute, mean. */
  overheadMs: z.number().optional(),
})
export type ServerCounts = z.infer<typeof ServerCounts>

/** One measurement window as the stability rule saw it. */
export const WindowFigures = z.object({
  durationMs: z.number(),
  requests: z.int(),
  errors: z.int(),
  inferPerSec: z.number(),
  /** Mean, or the chosen percentile. */
  latencyMs: z.number().optional(),
  /** Among the last three, which are the point's figures. */
  counted: z.boolean(),
})
export type WindowFigures = z.infer<typeof WindowFigures>

/** What the load generator itself cost while measuring: is a figure the server's or ours? */
export const ClientCost = z.object({
  cpuUsPerRequest: z.number().optional(),
  /** CPU time of the generator's process over its whole life, start-up and calibration included. */
  processCpuMs: z.number().optional(),
  /** CPU time ÷ wall time of the generator's process. */
  cpuCores: z.number().optional(),
  eventLoopP99Ms: z.number().optional(),
  /** Median latency of the same requests against a loopback echo in the same process, before the point. */
  loopbackMs: z.number().optional(),
  loopbackPerSec: z.number().optional(),
  peakBytes: z.number().optional(),
})
export type ClientCost = z.infer<typeof ClientCost>

/** Open list; the ids below are those the app itself sets. Words for each: POINT_FLAGS in `point-flags.ts`. */
export const PointFlag = z.string()

/** Load averages over 1 minute. */
const BeforeAfter = z.object({ before: z.number().optional(), after: z.number().optional() })

/**
 * One measured configuration inside a run: runtime × device × precision × batch × concurrency × shape × repeat,
 * with its summary. Raw samples are kept beside it (`runs.samples`). A field that was not measured is absent.
 */
export const Point = z.object({
  id: z.string(),
  /** Order in which points were measured, from 0. */
  index: z.int().min(0),
  runtime: z.string(),
  device: z.string(),
  /** What really ran: 'fp32', 'fp16', 'int8', 'mixed'…, or 'unknown'. */
  precision: z.string(),
  /** What was asked for, which names the column where it differs: 'model', 'tf32'. Absent: not known. */
  precisionAsked: z.string().optional(),
  batch: z.int().min(1),
  concurrency: z.int().min(1),
  /** 1-based: the nth fresh process of this configuration. */
  repeat: z.int().min(1).default(1),
  /** Full shape fed to each input, batch included. */
  shapes: z.record(z.string(), z.array(z.int())).default({}),
  status: z.enum(['done', 'failed']),
  error: Failure.optional(),
  startedAt: z.string(),
  durationMs: z.number().min(0).optional(),
  /** `warmup` leading samples are kept but not counted in any figure; `warmupRule` says why that many. */
  samples: z.object({ count: z.int().min(0), warmup: z.int().min(0), warmupRule: z.string().optional() }).optional(),
  latencyMs: LatencyMs.optional(),
  boundsMs: z.record(z.string(), PercentileBounds).optional(),
  /** Samples (batch items) per second: batch × counted calls ÷ their summed latency. */
  inferPerSec: z.number().min(0).optional(),
  /**
   * Parts of one call with a distribution of their own, as the runtime tells them: `gpuCompute`, `h2d`, `d2h`,
   * `enqueue`, `host` of trtexec; `gpu` of CUDA events beside wall time. Percentiles from the raw samples.
   */
  phasesMs: z.record(z.string(), LatencyMs).optional(),
  /** The first call of the process, and compiling before it (torch.compile, engine build inside a provider). */
  firstCallMs: ms.optional(),
  compileMs: ms.optional(),
  /** The engine or converted model that ran: hash of the file and its size. */
  artifact: z.object({ path: z.string(), bytes: z.int(), sha256: z.string() }).optional(),
  /** Device memory of the engine's context or the process, highest seen. */
  peakDeviceBytes: z.int().optional(),
  /** Energy of one call ÷ batch: mean power of the GPU while measuring × time. */
  joulePerInference: z.number().min(0).optional(),
  /** Share of the counted time, 0..1, in which the GPU's clocks were held down; reasons in the run's `gpu` attachment. */
  throttledShare: z.number().min(0).max(1).optional(),
  /** Model load: session creation without loading the library. */
  sessionCreateMs: ms.optional(),
  libraryLoadMs: ms.optional(),
  /** Peak resident memory of the fresh process that measured this point, and before the model was loaded. */
  peakBytes: z.int().optional(),
  baselineBytes: z.int().optional(),
  /** Own overhead inside each figure: reading the clock, and a call of a model that does nothing. */
  overhead: z.object({ clockUs: z.number().min(0), callUs: z.number().min(0).optional() }).optional(),
  /** Core-to-core round trip, beside multi-threaded points: figures flip with it. */
  coreToCoreNs: BeforeAfter.optional(),
  load1: BeforeAfter.optional(),
  /** CPU time ÷ wall time while measuring: how many cores were really busy. */
  cpuUtilization: z.number().min(0).optional(),
  /** Cores that other processes kept busy while measuring. */
  otherCores: z.number().min(0).optional(),
  outputBytes: z.int().optional(),

  /** Of a point at a server: how requests went there. */
  transport: z
    .object({
      protocol: z.string(),
      sharedMemory: z.string().default('none'),
      url: z.string().optional(),
      connections: z.int().optional(),
      streaming: z.boolean().optional(),
      requestBytes: z.int().optional(),
    })
    .optional(),
  /** Open loop: requests per second asked for; `concurrency` is then the most that were in flight. */
  requestRate: z.number().optional(),
  partsMs: PartsMs.optional(),
  /** Counted windows together. `delayed`: sent more than 1 ms after their time (open loop). */
  requests: z
    .object({
      completed: z.int(),
      errors: z.int().default(0),
      delayed: z.int().optional(),
      /** Responses of a decoupled model. */
      responses: z.int().optional(),
      sequences: z.int().optional(),
      firstError: z.string().optional(),
    })
    .optional(),
  /** Open loop: from the scheduled start instead of the sent one; the gap is waiting in the client. */
  scheduledLatencyMs: LatencyMs.optional(),
  responsesPerSec: z.number().optional(),
  /** trtexec's own "Throughput: … qps", or what a tool calls queries. */
  queriesPerSec: z.number().optional(),
  windows: z.array(WindowFigures).optional(),
  server: z.object({ model: ServerCounts, composing: z.array(ServerCounts).default([]) }).optional(),
  client: ClientCost.optional(),
  gpus: z.array(GpuMetrics).optional(),
  /** Server configuration this point was measured with, where a search changed it. */
  serverConfig: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
  /** Percentiles beyond the fixed four, as an imported table or `--percentile` gives them: `{ p85: 3.1 }`. */
  otherPercentilesMs: z.record(z.string(), ms).optional(),
  flags: z.array(PointFlag).default([]),
})
export type Point = z.infer<typeof Point>

/** Raw samples on the wire: little-endian typed array packed in a Blob, with dtype and unit beside it. */
export const SampleColumn = z.object({
  name: z.string(),
  unit: z.string(),
  dtype: z.enum(['f64', 'f32', 'u32']),
  count: z.int().min(0),
  data: z.instanceof(Blob),
})
export type SampleColumn = z.infer<typeof SampleColumn>
