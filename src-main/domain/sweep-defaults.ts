/** What a sweep does unless told otherwise. No zod here: the form shows these before a spec exists. */

/** Names of perf_analyzer's options in camel case, with the unit; its defaults unless a comment says why not. */
export const SWEEP_DEFAULTS = {
  measurementIntervalMs: 5000,
  measurementRequestCount: 50,
  stabilityPercentage: 10,
  maxTrials: 10,
  outputSharedMemoryBytes: 102_400,
  stringLength: 128,
  metricsIntervalMs: 1000,
  sequenceLength: 20,
  sequenceLengthVariation: 20,
  numOfSequences: 4,
  /** perf_analyzer sends none; the first call of each server instance is tens of milliseconds slower. */
  warmupRequestCount: 10,
  /** perf_analyzer waits for ever. */
  requestTimeoutMs: 30_000,
} as const

/** Batch × concurrency of the two scenarios of NVIDIA's Deep Learning Examples. */
export const SCENARIOS = {
  offline: { batches: [1, 2, 4, 8, 16, 32, 64], concurrencies: [1], sharedMemory: 'system' },
  online: {
    batches: [1],
    concurrencies: Array.from({ length: 32 }, (_, step) => 8 * (step + 1)),
    sharedMemory: 'none',
  },
} as const
