import { z } from 'zod'
import { sampleText, withoutSamples } from '../../helpers/samples.ts'

const KernelTotal = z.object({ name: z.string(), count: z.int(), total_us: z.number() })
const RowBySelf = z.object({ name: z.string(), count: z.int(), total_us: z.number(), self_us: z.number() })
const DeviceReference = z.object({
  events: z.int(),
  streams: z.int(),
  busy_union_us: z.number(),
  kernel_union_us: z.number(),
  sum_us: z.number(),
  first_to_last_us: z.number(),
  idle_in_gpu_window_us: z.number(),
  busy_pct_of_span: z.number().nullish(),
})

/** Figures of a recorded trace, computed by a Python script that shares no code with ours. */
export const KinetoReference = z.object({
  by_ph: z.record(z.string(), z.int()),
  span_us: z.number(),
  profiler_step_count: z.int(),
  gpu_events: z.int(),
  kernels: z.int(),
  gpu_kernel_sum_us: z.number(),
  gpu_kernel_union_us: z.number(),
  gpu_memcpy_sum_us: z.number(),
  gpu_memset_sum_us: z.number(),
  gpu_all_sum_us: z.number(),
  gpu_all_union_us: z.number(),
  gpu_busy_pct_of_span: z.number().nullish(),
  per_device: z.record(z.string(), DeviceReference),
  /** As Holistic Trace Analysis splits the time from first to last device work. */
  hta_like: z.object({ kernel_time_us: z.number(), idle_us: z.number(), compute_us: z.number() }).partial().nullish(),
  kernels_with_launch: z.int(),
  kernels_without_launch: z.int(),
  top5_kernels: z.array(KernelTotal),
  top5_cpu_ops_by_self: z.array(RowBySelf),
  top5_host_rows_by_self: z.array(RowBySelf),
  cpu_op_self_sum_us: z.number(),
  host_rows_self_sum_us: z.number(),
})
export type KinetoReference = z.infer<typeof KinetoReference>

/** By file name; empty where the samples are absent. */
export const KINETO_REFERENCE: ReadonlyMap<string, KinetoReference> = withoutSamples
  ? new Map()
  : new Map(
      Object.entries(z.record(z.string(), KinetoReference).parse(JSON.parse(sampleText('kineto/reference.json')))),
    )
