import { z } from 'zod'
import { Failure } from '#domain/errors.ts'
import { Facts } from '#domain/passport.ts'
import { ClientCost } from '#domain/point.ts'
import { ModelStatistics, Protocol, ServerConnection } from '#domain/server.ts'
import { SharedMemory } from '#domain/sweep-spec.ts'

/**
 * Flags of the load generator's Node: its new space has its size from the start and keeps it. V8 else shrinks it in a
 * quiet moment (after about 100 s), and the process's memory then moves for as long as the load lasts.
 */
export const LOAD_NODE_FLAGS = ['--min-semi-space-size=16', '--no-memory-reducer'] as const

/**
 * What engine and load generator say to each other over the child's IPC channel (structured clone: typed arrays
 * survive). The engine sends one LoadInput; the worker measures one point and answers with messages, `done` or
 * `failed` last. A request that fails is counted, never a failure of the point.
 */
export const LoadInput = z.object({
  target: z.object({
    protocol: Protocol,
    host: z.string(),
    port: z.int(),
    tls: z.boolean(),
    connection: ServerConnection,
  }),
  model: z.string(),
  version: z.string().optional(),
  /** As the API takes them: shape with batch where the model batches; no free sizes left. */
  inputs: z.array(
    z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()), optional: z.boolean().optional() }),
  ),
  outputs: z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.int()) })),
  batch: z.int().min(1),
  /** False: the model does not batch (max_batch_size 0), shapes have no batch in front. */
  batches: z.boolean(),
  load: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('concurrency'), concurrency: z.int().min(1) }),
    z.object({
      kind: z.literal('rate'),
      requestsPerSec: z.number().positive(),
      distribution: z.enum(['constant', 'poisson']),
      /** Most requests in flight; beyond it a request waits in the client and counts as delayed. */
      maxInFlight: z.int().min(1).default(4096),
    }),
    /** Intervals in µs, repeated. */
    z.object({
      kind: z.literal('schedule'),
      intervalsUs: z.array(z.number().min(0)).min(1),
      maxInFlight: z.int().min(1).default(4096),
    }),
  ]),
  seed: z.int(),
  inputData: z.string(),
  stringLength: z.int(),
  stringData: z.string().optional(),
  sharedMemory: SharedMemory,
  outputSharedMemoryBytes: z.int(),
  streaming: z.boolean(),
  /** Absent: requests carry no sequence flags. */
  sequences: z
    .object({
      count: z.int().min(1),
      length: z.int().min(1),
      lengthVariation: z.number(),
      idRange: z.tuple([z.int(), z.int()]).optional(),
    })
    .optional(),
  window: z.discriminatedUnion('mode', [
    z.object({ mode: z.literal('time_windows'), intervalMs: z.number().positive() }),
    z.object({ mode: z.literal('count_windows'), requests: z.int().positive() }),
    /** One window of exactly so many requests, no stability asked. */
    z.object({ mode: z.literal('request_count'), requests: z.int().positive() }),
    /** One window after another without a verdict until the time is over (soak); latencies of the last three are kept. */
    z.object({ mode: z.literal('duration'), intervalMs: z.number().positive(), durationMs: z.number().positive() }),
  ]),
  stabilityPercentage: z.number().positive(),
  maxTrials: z.int().positive(),
  percentile: z.number().optional(),
  latencyThresholdMs: z.number().optional(),
  warmupRequestCount: z.int().min(0),
  requestTimeoutMs: z.number().positive(),
  slotsPerConnection: z.int().positive().optional(),
  /** Own requests against a loopback echo before the point, for so long; absent: 100 ms, 0: none. */
  calibrationMs: z.number().min(0).optional(),
  /** Statistics are asked for at each window's ends: the model first, then those an ensemble is made of. Empty: never. */
  statisticsOf: z.array(z.object({ name: z.string(), version: z.string().optional() })),
})
export type LoadInput = z.infer<typeof LoadInput>

/** Sums over the requests that ended in a window, ns. What the protocol's client calls send and receive: `triton/wire/README.md`. */
const ClientSums = z.object({ requests: z.int(), sendNs: z.number(), receiveNs: z.number() })

export const LoadWindow = z.object({
  index: z.int(),
  /** Milliseconds since the epoch, for joining with metrics. */
  startedAtMs: z.number(),
  durationNs: z.number(),
  completed: z.int(),
  errors: z.int(),
  delayed: z.int(),
  responses: z.int(),
  sequences: z.int(),
  client: ClientSums,
  /** Requests whose end lies inside, ns, in order of their end. */
  latenciesNs: z.instanceof(Float64Array),
  /** Open loop: the same requests from their scheduled start. */
  scheduledNs: z.instanceof(Float64Array).optional(),
  /** Snapshot at the end; the one before the first window is in the result. In order of `statisticsOf`. */
  statistics: z.array(ModelStatistics),
})
export type LoadWindow = z.infer<typeof LoadWindow>

export const LoadResult = z.object({
  windows: z.array(LoadWindow),
  statisticsBefore: z.array(ModelStatistics),
  /** By perf_analyzer's rule over the last three windows; `request_count` and `duration` are never judged. */
  stable: z.boolean().optional(),
  stopped: z.enum(['stable', 'max-trials', 'over-threshold', 'request-count', 'duration', 'server-lost']),
  /** Why requests failed: message → how often, at most twenty. */
  errors: z.array(z.object({ message: z.string(), code: z.string().optional(), count: z.int() })),
  /** Where the server was lost after some windows: they are kept and this says why. */
  lost: Failure.optional(),
  warmupRequests: z.int(),
  connections: z.int(),
  requestBytes: z.int(),
  sharedMemoryBytes: z.int().optional(),
  client: ClientCost,
  /** How the load was made: framing, slots per connection, TLS, data. Into the passport. */
  facts: Facts,
})
export type LoadResult = z.infer<typeof LoadResult>

export const LoadMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  /** After each window. */
  z.object({
    type: z.literal('window'),
    index: z.int(),
    requests: z.int(),
    errors: z.int(),
    inferPerSec: z.number(),
    latencyMs: z.number().optional(),
  }),
  /** Inside a window, at most twice a second. */
  z.object({ type: z.literal('live'), requests: z.int(), meanMs: z.number() }),
  z.object({ type: z.literal('log'), text: z.string() }),
  z.object({ type: z.literal('done'), result: LoadResult }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
export type LoadMessage = z.infer<typeof LoadMessage>
