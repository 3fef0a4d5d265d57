/** What a bench does unless told otherwise. No zod here: the form shows these before a spec exists. */
export const BENCH_DEFAULTS = {
  warmup: 5,
  minIterations: 300,
  minDurationMs: 1000,
  maxDurationMs: 5000,
  repeat: 1,
} as const

/** Where the batch is free. */
export const DEFAULT_BATCHES = [1, 2, 4, 8, 16, 32, 64, 128]
