import { z } from 'zod'
import { InputData } from '#domain/bench-spec.ts'
import { Failure } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'

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
  batch: z.int().min(1),
  warmup: z.int().min(0),
  minIterations: z.int().min(1),
  minDurationMs: z.number().min(0),
  maxDurationMs: z.number().positive(),
  /** The runtime's own options, already checked by its schema. */
  options: z.record(z.string(), z.unknown()),
})
export type BenchInput = z.infer<typeof BenchInput>

/** Everything measured by one worker for one point. Times in ms, memory in bytes. */
export interface BenchResult {
  /** Latency of every call in order, ms; the first `warmup` of them are the fixed warm-up. */
  latenciesMs: Float64Array
  fixedWarmup: number
  libraryLoadMs?: number
  sessionCreateMs?: number
  baselineBytes?: number
  peakBytes?: number
  outputBytes?: number
  /** CPU time of this process ÷ wall time, over the counted loop. */
  cpuUtilization?: number
  swappedBytes?: number
  involuntarySwitches?: number
  clockUs: number
  /** Median latency of a model that does nothing, through the same path. */
  callUs?: number
  coreToCoreNs?: { before?: number; after?: number }
  /** What really ran: precision, version, providers, threads… for point and passport. */
  precision: string
  runtimeFacts: Facts
}

export const BenchMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  /** At most a few times a second, between calls, never inside the timed part. */
  z.object({ type: z.literal('live'), iterations: z.int(), meanMs: z.number() }),
  z.object({ type: z.literal('log'), text: z.string() }),
  z.object({
    type: z.literal('done'),
    result: z.custom<BenchResult>(value => typeof value === 'object' && value !== null),
  }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
export type BenchMessage = z.infer<typeof BenchMessage>
