import { z } from 'zod'
import { SweepSpec } from './sweep-spec.ts'

/** Model Analyzer's brute search stops a series when this much more throughput no longer comes. */
export const SEARCH_DEFAULTS = { top: 3, maxMeasurements: 40 } as const

/**
 * The best configuration of a model on a running server in explicit mode: instances × largest batch × concurrency.
 * Each configuration is loaded over the API; at the end the server has its own back.
 */
export const SearchSpec = SweepSpec.pick({
  urls: true,
  connection: true,
  model: true,
  shapes: true,
  inputData: true,
  stringLength: true,
  seed: true,
  measurementMode: true,
  measurementIntervalMs: true,
  measurementRequestCount: true,
  stabilityPercentage: true,
  maxTrials: true,
  warmupRequestCount: true,
  requestTimeoutMs: true,
}).extend({
  instanceCounts: z.array(z.int().min(1).max(64)).min(1).default([1, 2]),
  /** Server-side: how many requests of batch 1 it may put together. */
  maxBatchSizes: z.array(z.int().min(1).max(65_536)).min(1).default([1, 2, 4, 8]),
  concurrencies: z.array(z.int().min(1).max(4096)).min(1).default([1, 2, 4, 8, 16]),
  /** The configuration the server has now is measured too. */
  includeCurrent: z.boolean().default(true),
  /** Constraint: this percentile stays at or under `latencyThresholdMs`. */
  percentile: z.int().min(1).max(99).default(95),
  latencyThresholdMs: z.number().positive().optional(),
  top: z.int().min(1).max(20).default(SEARCH_DEFAULTS.top),
  /** Never more points than this, confirmations included. */
  maxMeasurements: z.int().min(2).max(1000).default(SEARCH_DEFAULTS.maxMeasurements),
})
export type SearchSpec = z.infer<typeof SearchSpec>
export type SearchSpecInput = z.input<typeof SearchSpec>
