import { z } from 'zod'
import { DATATYPES } from './datatypes.ts'
import { Facts } from './passport.ts'

export const Datatype = z.enum(DATATYPES)
export type Datatype = z.infer<typeof Datatype>

export const PROTOCOLS = ['http', 'grpc'] as const
export const Protocol = z.enum(PROTOCOLS)
export type Protocol = z.infer<typeof Protocol>

/** How to reach a server and what it wants to see. Headers and token are secrets: never written into a session. */
export const ServerConnection = z.object({
  /** HTTP headers; over gRPC they go as metadata of the same names. */
  headers: z.record(z.string(), z.string()).default({}),
  /** PyTriton's access token: sent as `triton-access-token`, over gRPC as `triton-grpc-protocol-triton-access-token`. */
  accessToken: z.string().optional(),
  /** Prometheus text; absent: http://HOST:8002/metrics. Empty: not asked. */
  metricsUrl: z.string().optional(),
  tls: z
    .object({
      caPath: z.string().optional(),
      certPath: z.string().optional(),
      keyPath: z.string().optional(),
      /** Name the certificate is made for, where it is not the host. */
      serverName: z.string().optional(),
      /** Accepts any certificate: said in the passport. */
      insecure: z.boolean().default(false),
    })
    .optional(),
  /** Limit of one control call. */
  timeoutMs: z.number().positive().default(10_000),
})
export type ServerConnection = z.infer<typeof ServerConnection>

/** `url`: `http(s)://HOST:8000` or `grpc(s)://HOST:8001`; without a scheme HTTP, without a port the protocol's own. */
export const ServerTarget = z.object({ url: z.string().min(1), connection: ServerConnection.prefault({}) })
export type ServerTarget = z.infer<typeof ServerTarget>
export type ServerTargetInput = z.input<typeof ServerTarget>

/** Something the server may or may not let us do; `why` and `hint` where it does not. */
export const Ability = z.object({ has: z.boolean(), why: z.string().optional(), hint: z.string().optional() })
export type Ability = z.infer<typeof Ability>

/** An input or output as the API takes it. −1 is a free size. The batch dimension is in front where the model batches. */
export const ServerTensor = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()),
  optional: z.boolean().optional(),
  /** Names for classification can be had. */
  hasLabels: z.boolean().optional(),
})
export type ServerTensor = z.infer<typeof ServerTensor>

/** A model as the server tells it. What it refused to tell is absent. */
export const ServerModel = z.object({
  name: z.string(),
  version: z.string().optional(),
  versions: z.array(z.string()).default([]),
  /** READY, UNAVAILABLE, LOADING, UNLOADING; 'UNKNOWN' where the repository index is closed. */
  state: z.string(),
  reason: z.string().optional(),
  platform: z.string().optional(),
  backend: z.string().optional(),
  /** 0: the model does not batch and shapes are whole. */
  maxBatchSize: z.int().optional(),
  inputs: z.array(ServerTensor).default([]),
  outputs: z.array(ServerTensor).default([]),
  instances: z.array(z.object({ kind: z.string(), count: z.int(), gpus: z.array(z.int()).default([]) })).default([]),
  batching: z.enum(['none', 'dynamic', 'sequence', 'ensemble']).optional(),
  decoupled: z.boolean().optional(),
  responseCache: z.boolean().optional(),
  /** Models an ensemble is made of, in order of its steps. */
  composing: z.array(z.object({ name: z.string(), version: z.string() })).default([]),
})
export type ServerModel = z.infer<typeof ServerModel>

/** A server, asked once. `abilities` by id: statistics, metrics, systemSharedMemory, cudaSharedMemory, repository, modelControl, trace, logging. */
export const ServerInfo = z.object({
  url: z.string(),
  protocol: Protocol,
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()),
  live: z.boolean(),
  /** False also when one model failed to load: other models may serve. */
  ready: z.boolean(),
  abilities: z.record(z.string(), Ability),
  models: z.array(ServerModel),
  /** Round trip of a liveness call, ms: the floor of the network part. */
  roundTripMs: z.number().optional(),
})
export type ServerInfo = z.infer<typeof ServerInfo>

const Duration = z.object({ count: z.number(), ns: z.number() })
export type StatisticDuration = z.infer<typeof Duration>

/** ModelStatistics of one version since it was loaded. Counts are requests, but inference/execution. */
export const ModelStatistics = z.object({
  name: z.string(),
  version: z.string(),
  /** Milliseconds since the epoch; 0: never. */
  lastInferenceMs: z.number(),
  /** Batch items, and executions of the model: their ratio is the mean server batch. */
  inferenceCount: z.number(),
  executionCount: z.number(),
  success: Duration,
  fail: Duration,
  queue: Duration,
  computeInput: Duration,
  computeInfer: Duration,
  computeOutput: Duration,
  cacheHit: Duration.optional(),
  cacheMiss: Duration.optional(),
  batches: z
    .array(z.object({ batchSize: z.int(), computeInput: Duration, computeInfer: Duration, computeOutput: Duration }))
    .default([]),
})
export type ModelStatistics = z.infer<typeof ModelStatistics>

/** One series of the server's Prometheus text. */
export const MetricSample = z.object({
  name: z.string(),
  type: z.enum(['counter', 'gauge', 'summary', 'histogram', 'untyped']),
  labels: z.record(z.string(), z.string()),
  value: z.number(),
})
export type MetricSample = z.infer<typeof MetricSample>

/** A GPU as the server's metrics tell it; averages over the measured windows in a point. */
export const GpuMetrics = z.object({
  uuid: z.string(),
  /** 0..1 */
  utilization: z.number().optional(),
  powerW: z.number().optional(),
  memoryUsedBytes: z.number().optional(),
  memoryTotalBytes: z.number().optional(),
})
export type GpuMetrics = z.infer<typeof GpuMetrics>

/** What a live view gets every interval. A part that could not be read is absent and named in `missing`. */
export const ServerSample = z.object({
  atMs: z.number(),
  statistics: z.array(ModelStatistics).optional(),
  metrics: z.array(MetricSample).optional(),
  missing: z.array(z.object({ what: z.string(), why: z.string() })).default([]),
})
export type ServerSample = z.infer<typeof ServerSample>

/** One input of a single request. `shape` is whole, batch included; absent: the model's, free sizes from the data. */
export const RequestInput = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)).optional(),
  source: z.discriminatedUnion('from', [
    /** `.npy`, raw little-endian bytes, JSON (nested or flat), text (one BYTES element a line), or a picture. */
    z.object({
      from: z.literal('file'),
      path: z.string().min(1),
      as: z.enum(['auto', 'npy', 'raw', 'json', 'text', 'image']).default('auto'),
    }),
    /** JSON text typed by the user. */
    z.object({ from: z.literal('json'), text: z.string() }),
    z.object({ from: z.literal('text'), text: z.string() }),
    z.object({ from: z.literal('random'), seed: z.int().min(0).default(0) }),
    z.object({ from: z.literal('zeros') }),
  ]),
})
export type RequestInput = z.infer<typeof RequestInput>

/** How a picture becomes a tensor; every step is said in the answer. */
export const ImagePreparation = z.object({
  /** Absent: from the input's shape. */
  width: z.int().positive().optional(),
  height: z.int().positive().optional(),
  fit: z.enum(['stretch', 'cover', 'contain']).default('stretch'),
  layout: z.enum(['auto', 'NCHW', 'NHWC']).default('auto'),
  colours: z.enum(['auto', 'rgb', 'bgr', 'grey']).default('auto'),
  /** value = (pixel · scale − mean) ÷ std, per channel or one for all. */
  scale: z.number().default(1 / 255),
  mean: z.array(z.number()).default([0]),
  std: z.array(z.number()).default([1]),
})
export type ImagePreparation = z.infer<typeof ImagePreparation>

/** One request as a user describes it. */
export const InferRequest = z.object({
  model: z.string().min(1),
  version: z.string().optional(),
  inputs: z.array(RequestInput).default([]),
  image: ImagePreparation.prefault({}),
  /** Outputs asked for; empty: all. */
  outputs: z.array(z.string()).default([]),
  /** Classes per output through the classification extension; 0: raw values. */
  top: z.int().min(0).default(0),
  batch: z.int().min(1).default(1),
  sequence: z
    .object({ id: z.union([z.int(), z.string()]), start: z.boolean().default(true), end: z.boolean().default(true) })
    .optional(),
  /** Over the gRPC stream; decoupled models need it. */
  stream: z.boolean().default(false),
  timeoutMs: z.number().positive().default(30_000),
  /** Request parameters passed on as they are. */
  parameters: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).default({}),
})
export type InferRequest = z.infer<typeof InferRequest>
export type InferRequestInput = z.input<typeof InferRequest>

/** An output of one response: numbers as text so that 64-bit values survive, cut after `shown` values. */
export const InferOutput = z.object({
  name: z.string(),
  datatype: z.string(),
  shape: z.array(z.int()),
  /** Row-major, at most a few hundred. */
  values: z.array(z.string()),
  count: z.int(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  /** Not finite values among them. */
  notFinite: z.int().optional(),
  /** Highest first, per batch row. */
  top: z.array(z.array(z.object({ index: z.int(), score: z.number(), label: z.string().optional() }))).optional(),
})
export type InferOutput = z.infer<typeof InferOutput>

export const InferAnswer = z.object({
  modelVersion: z.string(),
  /** One, or several of a decoupled model, with the time of each after the request was sent. */
  responses: z.array(z.object({ afterMs: z.number(), outputs: z.array(InferOutput) })),
  timing: z.object({
    totalMs: z.number(),
    sendMs: z.number().optional(),
    waitMs: z.number().optional(),
    receiveMs: z.number().optional(),
    requestBytes: z.int(),
    responseBytes: z.int(),
  }),
  /** How each input came to be: file, shape, preprocessing. */
  inputs: z.array(z.object({ name: z.string(), facts: Facts })),
  /** The same request to copy. */
  curl: z.string(),
  python: z.string(),
})
export type InferAnswer = z.infer<typeof InferAnswer>
