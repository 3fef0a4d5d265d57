import { z } from 'zod'
import { DeviceRow, KernelRow } from './trace.ts'

/**
 * What can be told of a trace before it is read as a whole: each figure is the one that the finished trace has. What
 * needs the host's side (how long a device waited in the whole trace, and why) comes with the rest.
 */
export const TraceOverview = z.object({
  /** Those that did anything, by id. */
  devices: z.array(DeviceRow.omit({ idleNs: true, idle: true, withoutLaunch: true })),
  /** By total, largest first; medians and deviations come with the rest. */
  kernels: z.array(
    KernelRow.pick({
      name: true,
      count: true,
      totalNs: true,
      avgNs: true,
      minNs: true,
      maxNs: true,
      communication: true,
    }),
  ),
  /** How many different kernels there are: `kernels` may be their beginning. */
  kernelNames: z.int().min(0),
})
export type TraceOverview = z.infer<typeof TraceOverview>
export type OverviewDevice = TraceOverview['devices'][number]
export type OverviewKernel = TraceOverview['kernels'][number]
