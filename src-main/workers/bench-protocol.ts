import { z } from 'zod'
import { InputData } from '#domain/bench-spec.ts'
import { Failure } from '#domain/errors.ts'
import { LayerTable } from '#domain/layer.ts'
import { Facts } from '#domain/passport.ts'

/**
 * What engine and bench workers say to each other over the child's IPC channel (structured clone, so typed arrays
 * survive). The engine sends one BenchInput; the worker answers with messages and ends with `done` or `failed`.
 */
export const BenchInput = z.object({
  modelPath: z.string(),
  /** Of the model at plan time: a file that changed since is refused (MODEL_CHANGED). */
  modelSha256: z.string(),
  shapes: z.record(z.string(), z.array(z.int().min(0))),
  data: z.record(z.string(), InputData),
  /** Position of the batch in each input, for data read from files; -1: none. Absent: 0. */
  batchAxes: z.record(z.string(), z.int().min(-1)).optional(),
  batch: z.int().min(1),
  warmup: z.int().min(0),
  minIterations: z.int().min(1),
  minDurationMs: z.number().min(0),
  maxDurationMs: z.number().positive(),
  /** The runtime's own options, already checked by its schema. */
  options: z.record(z.string(), z.unknown()),
})
export type BenchInput = z.infer<typeof BenchInput>

const ms = z.number().min(0)
const bytes = z.int().min(0)

/** Everything measured by one worker for one point. Times in ms, memory in bytes. */
export const BenchResult = z.object({
  /** Latency of every call in order, ms; the first `fixedWarmup` of them are the fixed warm-up. */
  latenciesMs: z.instanceof(Float64Array),
  fixedWarmup: z.int().min(0),
  libraryLoadMs: ms.optional(),
  sessionCreateMs: ms.optional(),
  /** Resident memory before the model was loaded, and the highest ever. */
  baselineBytes: bytes.optional(),
  peakBytes: bytes.optional(),
  /** Of all outputs of one call. */
  outputBytes: bytes.optional(),
  /** CPU time of this process ÷ wall time, over the counted loop. */
  cpuUtilization: z.number().min(0).optional(),
  /** Cores that other processes kept busy over the counted loop. */
  otherCores: z.number().min(0).optional(),
  swappedBytes: bytes.optional(),
  involuntarySwitches: z.int().min(0).optional(),
  clockUs: z.number().min(0),
  /** Median latency of a model that does nothing, through the same path. */
  callUs: z.number().min(0).optional(),
  /** Other distributions of the same calls, in ms, as `Point.phasesMs` names them; as long as `latenciesMs`. */
  phasesMs: z.record(z.string(), z.instanceof(Float64Array)).optional(),
  firstCallMs: ms.optional(),
  compileMs: ms.optional(),
  peakDeviceBytes: bytes.optional(),
  artifact: z.object({ path: z.string(), bytes, sha256: z.string() }).optional(),
  /** The tool's own queries per second, as printed. */
  queriesPerSec: z.number().optional(),
  /** Layers of the engine that ran. */
  layers: LayerTable.optional(),
  /** Flags the runtime itself raised: trtexec's hints. */
  flags: z.array(z.string()).optional(),
  coreToCoreNs: z.object({ before: z.number().optional(), after: z.number().optional() }).optional(),
  /** What really ran: precision ('unknown' where the runtime cannot tell), version, providers, threads… */
  precision: z.string(),
  /** Where it computed, of a runtime that chooses: 'cuda:0'. Absent: the runtime's own `device`. */
  device: z.string().optional(),
  runtimeFacts: Facts,
})
export type BenchResult = z.infer<typeof BenchResult>

export const BenchMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  /** At most a few times a second, between calls, never inside the timed part. */
  z.object({ type: z.literal('live'), iterations: z.int(), meanMs: z.number() }),
  z.object({ type: z.literal('log'), text: z.string() }),
  z.object({ type: z.literal('done'), result: BenchResult }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
export type BenchMessage = z.infer<typeof BenchMessage>
