import { z } from 'zod'

/** One look at a GPU. A figure the tool did not tell is absent. */
export const GpuSample = z.object({
  /** Milliseconds since the run started. */
  atMs: z.number(),
  smClockMHz: z.number().optional(),
  memoryClockMHz: z.number().optional(),
  powerW: z.number().optional(),
  temperatureC: z.number().optional(),
  /** 0..100 over the tool's own last sampling period. */
  utilizationPercent: z.number().optional(),
  memoryUsedBytes: z.number().optional(),
  /** Reasons that hold the clocks down now, in NVML's words without prefix: 'sw_power_cap', 'hw_thermal_slowdown'… */
  throttleReasons: z.array(z.string()).optional(),
})
export type GpuSample = z.infer<typeof GpuSample>

/** A GPU watched while a run measured. */
export const GpuSeries = z.object({
  index: z.int(),
  name: z.string(),
  uuid: z.string().optional(),
  /** 'nvidia-smi 570.124'. */
  source: z.string(),
  everyMs: z.number(),
  samples: z.array(GpuSample),
})
export type GpuSeries = z.infer<typeof GpuSeries>
