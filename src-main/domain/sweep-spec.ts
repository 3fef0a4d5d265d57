import { z } from 'zod'
import { ServerConnection } from './server.ts'
import { SWEEP_DEFAULTS } from './sweep-defaults.ts'

export { SCENARIOS } from './sweep-defaults.ts'

export const SHARED_MEMORY = ['none', 'system', 'cuda'] as const
export const SharedMemory = z.enum(SHARED_MEMORY)
export type SharedMemory = z.infer<typeof SharedMemory>

/** What to measure on a server: every URL × shared memory × batch × load level is one point. */
export const SweepSpec = z.object({
  /** Doors of one server: `http://HOST:8000`, `grpc://HOST:8001`. Control calls go to the first. */
  urls: z.array(z.string().min(1)).min(1).max(4),
  connection: ServerConnection.prefault({}),
  model: z.string().min(1),
  /** Absent: the version the server chooses. */
  version: z.string().optional(),
  scenario: z.enum(['offline', 'online', 'custom']).default('custom'),
  /** Absent: the scenario's; custom: 1. */
  batches: z.array(z.int().min(1).max(65_536)).min(1).optional(),
  /** Closed loop: requests in flight. Absent: the scenario's; custom: 1. */
  concurrencies: z.array(z.int().min(1).max(4096)).min(1).optional(),
  /** Open loop instead: requests per second. */
  requestRates: z.array(z.number().positive()).min(1).optional(),
  requestDistribution: z.enum(['constant', 'poisson']).default('constant'),
  /** Open loop by a file: one interval in microseconds a line, repeated. */
  requestIntervalsPath: z.string().optional(),
  /** Seed of data and of Poisson intervals. */
  seed: z.int().min(0).default(0),
  /** Absent: the scenario's; custom: none. */
  sharedMemory: z.array(SharedMemory).min(1).optional(),
  outputSharedMemoryBytes: z.int().positive().default(SWEEP_DEFAULTS.outputSharedMemoryBytes),

  measurementMode: z.enum(['time_windows', 'count_windows']).default('time_windows'),
  measurementIntervalMs: z.number().positive().default(SWEEP_DEFAULTS.measurementIntervalMs),
  measurementRequestCount: z.int().positive().default(SWEEP_DEFAULTS.measurementRequestCount),
  /** One window of so many requests, taken as it is. */
  requestCount: z.int().positive().optional(),
  stabilityPercentage: z.number().positive().default(SWEEP_DEFAULTS.stabilityPercentage),
  maxTrials: z.int().positive().default(SWEEP_DEFAULTS.maxTrials),
  /** Latency the stability rule and the threshold look at; absent: the mean. */
  percentile: z.int().min(1).max(99).optional(),
  latencyThresholdMs: z.number().positive().optional(),
  /** Between the lowest and the highest load level: the highest that stays under the threshold. */
  binarySearch: z.boolean().default(false),
  warmupRequestCount: z.int().min(0).default(SWEEP_DEFAULTS.warmupRequestCount),
  requestTimeoutMs: z.number().positive().default(SWEEP_DEFAULTS.requestTimeoutMs),

  /** `random`, `zero`, a folder with a file per input, or perf_analyzer's JSON. */
  inputData: z.string().default('random'),
  /** Sizes of free dimensions per input, without the batch. */
  shapes: z.record(z.string(), z.array(z.int().min(0))).default({}),
  stringLength: z.int().min(0).default(SWEEP_DEFAULTS.stringLength),
  stringData: z.string().optional(),

  streaming: z.boolean().default(false),
  numOfSequences: z.int().positive().default(SWEEP_DEFAULTS.numOfSequences),
  sequenceLength: z.int().positive().default(SWEEP_DEFAULTS.sequenceLength),
  sequenceLengthVariation: z.number().min(0).default(SWEEP_DEFAULTS.sequenceLengthVariation),
  sequenceIdRange: z.tuple([z.int().positive(), z.int().positive()]).optional(),

  collectMetrics: z.boolean().default(true),
  metricsIntervalMs: z.number().positive().default(SWEEP_DEFAULTS.metricsIntervalMs),
  /** Requests in flight that share one connection; absent: chosen by protocol and size, said in the passport. */
  slotsPerConnection: z.int().positive().optional(),
  repeat: z.int().min(1).max(20).default(1),
  /** Goes on where that run ended: points with these keys (`sweep-keys.ts`) are measured already. */
  resume: z.object({ runId: z.string().min(1), measured: z.array(z.string()).default([]) }).optional(),
})
export type SweepSpec = z.infer<typeof SweepSpec>
export type SweepSpecInput = z.input<typeof SweepSpec>
