import { z } from 'zod'
import { BENCH_DEFAULTS } from './bench-defaults.ts'

/** Where an input's values come from. A file's dtype and shape must fit the input. */
export const InputData = z.discriminatedUnion('source', [
  z.object({ source: z.literal('random'), seed: z.int().min(0).default(0) }),
  z.object({ source: z.literal('zeros') }),
  /** `.npy`, raw little-endian `.bin`, or `.json` (nested or flat array of numbers, booleans, strings). */
  z.object({ source: z.literal('file'), path: z.string().min(1) }),
])
export type InputData = z.infer<typeof InputData>

/** One runtime of a bench with its own options, checked against that runtime's schema. */
export const RuntimeChoice = z.object({
  id: z.string().min(1),
  options: z.record(z.string(), z.unknown()).default({}),
  /** Of this runtime alone; absent: the spec's. */
  precisions: z.array(z.string().min(1)).min(1).optional(),
})
export type RuntimeChoice = z.infer<typeof RuntimeChoice>

export { DEFAULT_BATCHES } from './bench-defaults.ts'

/**
 * What a bench measures. The points are runtimes × precisions × batches × repeats, each in a fresh process.
 * A point stops when both `minIterations` and `minDurationMs` are reached, and in any case at `maxDurationMs`.
 */
export const BenchSpec = z.object({
  modelPath: z.string().min(1),
  runtimes: z
    .array(RuntimeChoice)
    .min(1)
    .default([{ id: 'ort-cpu', options: {} }]),
  /** `model`: as the file has it. */
  precisions: z.array(z.string()).min(1).default(['model']),
  /** Absent: 1…128 by powers of two where the batch is free, else the model's own. */
  batches: z.array(z.int().min(1).max(65536)).min(1).optional(),
  /** Shape per input without its batch dimension (as perf_analyzer's --shape): `{ x: [3, 48, 160] }`. */
  shapes: z.record(z.string(), z.array(z.int().min(0).max(1_000_000_000))).default({}),
  /** Position of the batch dimension per input; -1: the input has none. Absent: found by rule. */
  batchAxes: z.record(z.string(), z.int().min(-1).max(15)).default({}),
  /** Per input; `*` stands for every input not named. */
  data: z.record(z.string(), InputData).default({}),
  /** Iterations never counted. More are cut where a change point says the start was different. */
  warmup: z.int().min(0).max(100_000).default(BENCH_DEFAULTS.warmup),
  minIterations: z.int().min(1).max(10_000_000).default(BENCH_DEFAULTS.minIterations),
  minDurationMs: z.number().min(0).default(BENCH_DEFAULTS.minDurationMs),
  maxDurationMs: z.number().positive().default(BENCH_DEFAULTS.maxDurationMs),
  repeat: z.int().min(1).max(100).default(BENCH_DEFAULTS.repeat),
  /** Limit for one point, session creation included; then the point fails and the run goes on. */
  pointTimeoutMs: z.number().positive().default(600_000),
  /** Each measured point is run once more under its runtime's profiler, in captures that follow this run. */
  profile: z.boolean().optional(),
  /** Goes on where that run ended: points with these keys (`bench-keys.ts`) are measured already. */
  resume: z
    .object({
      runId: z.string().min(1),
      measured: z.array(z.string()).default([]),
      /** Of the model that was measured: another one is not gone on with. */
      modelSha256: z.string().optional(),
    })
    .optional(),
})
export type BenchSpec = z.infer<typeof BenchSpec>
export type BenchSpecInput = z.input<typeof BenchSpec>
