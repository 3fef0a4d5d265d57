import { z } from 'zod'

/** One look at a GPU. A figure the tool did not tell is absent. */
export const GpuSample = z.object({
  /** Milliseconds since the series' `startedAt`. */
  atMs: z.number(),
  smClockMHz: z.number().optional(),
  memoryClockMHz: z.number().optional(),
  powerW: z.number().optional(),
  temperatureC: z.number().optional(),
  /** 0..100 over the tool's own last sampling period, 1/6 to 1 s. */
  utilizationPercent: z.number().optional(),
  memoryUsedBytes: z.number().optional(),
  /** Why the clocks are not what was asked for: ids of `throttle-reasons.ts`; empty: nothing holds them. */
  throttleReasons: z.array(z.string()).optional(),
})
export type GpuSample = z.infer<typeof GpuSample>

/** What one reading of power is: at that instant, or a mean over the second before it. */
export const POWER_READINGS = ['instant', 'last second'] as const

/** A GPU watched while a run measured. */
export const GpuSeries = z.object({
  index: z.int(),
  name: z.string(),
  uuid: z.string().optional(),
  /** 'nvidia-smi 570.124'. */
  source: z.string(),
  /** Between two samples; a long series is thinned and says so here. */
  everyMs: z.number(),
  /** When the run started, ISO 8601: zero of every `atMs`. */
  startedAt: z.string(),
  /** 'last second' also where the tool does not say. */
  powerReading: z.enum(POWER_READINGS).optional(),
  powerLimitW: z.number().optional(),
  smClockMaxMHz: z.number().optional(),
  /** Split into instances (MIG): memory and power are those of all of them. */
  mig: z.boolean().optional(),
  /** No process computed on it when the watch began. */
  wasFree: z.boolean().optional(),
  samples: z.array(GpuSample),
})
export type GpuSeries = z.infer<typeof GpuSeries>
