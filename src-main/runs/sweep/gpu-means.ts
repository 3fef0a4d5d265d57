import type { GpuMetrics, MetricSample } from '#domain/server.ts'

/** Metrics at one moment. */
export interface MetricsAt {
  atMs: number
  gpus: GpuMetrics[]
}

/** Triton's GPU gauges by name → our field. Source: server docs/user_guide/metrics.md. */
const GAUGES: Readonly<Record<string, keyof Omit<GpuMetrics, 'uuid'>>> = {
  nv_gpu_utilization: 'utilization',
  nv_gpu_power_usage: 'powerW',
  nv_gpu_memory_used_bytes: 'memoryUsedBytes',
  nv_gpu_memory_total_bytes: 'memoryTotalBytes',
}

/** The GPUs in a server's metrics, in order of first mention. */
export function gpusIn(metrics: readonly MetricSample[]): GpuMetrics[] {
  const gpus = new Map<string, GpuMetrics>()
  for (const { name, labels, value } of metrics) {
    const field = GAUGES[name]
    const uuid = labels.gpu_uuid
    if (field === undefined || uuid === undefined) continue
    gpus.set(uuid, { ...(gpus.get(uuid) ?? { uuid }), [field]: value })
  }
  return [...gpus.values()]
}

/** As perf_analyzer reports them: utilisation and power are means, used memory the most, total memory the first told. */
export function gpuMeans(samples: readonly MetricsAt[]): GpuMetrics[] {
  const byUuid = Map.groupBy(
    samples.flatMap(({ gpus }) => gpus),
    ({ uuid }) => uuid,
  )
  return [...byUuid].map(([uuid, seen]) => {
    const values = (field: keyof Omit<GpuMetrics, 'uuid'>) => seen.flatMap(gpu => gpu[field] ?? [])
    const [utilization, power, used, [total]] = [
      values('utilization'),
      values('powerW'),
      values('memoryUsedBytes'),
      values('memoryTotalBytes'),
    ]
    return {
      uuid,
      ...(utilization.length > 0 ? { utilization: mean(utilization) } : {}),
      ...(power.length > 0 ? { powerW: mean(power) } : {}),
      ...(used.length > 0 ? { memoryUsedBytes: Math.max(...used) } : {}),
      ...(total === undefined ? {} : { memoryTotalBytes: total }),
    }
  })
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
