import type { CpuNs, DeviceRow, IdleNs, IdleReason } from '#domain/trace.ts'
import { GAP_TITLES, gapBackground } from '../../../timeline/gap-look.ts'
import { SLICE_TITLES } from '../../../timeline/slice-look.ts'
import { categoryBackground } from './category-look.ts'

/** One part of a bar of time, and one row of its table. */
export interface TimePart {
  id: string
  title: string
  /** As measured: parts of a device may overlap. */
  ns: number
  /** What the bar draws: without what an earlier part covers, so that the bar is as long as the window. */
  drawnNs: number
  background: string
  /** What it counts, and what peers call it. */
  means: string
}

type DeviceField = 'kernelNs' | 'communicationNs' | 'memcpyNs' | 'memsetNs' | 'graphNs'

/** In the order in which a later one is hidden by an earlier one. */
const DEVICE_PARTS: readonly {
  field: DeviceField
  title: string
  category: 'kernel' | 'communication' | 'memcpy' | 'memset' | 'graph'
  means: string
}[] = [
  {
    field: 'kernelNs',
    title: 'kernels',
    category: 'kernel',
    means:
      'Union of all kernels but communication: overlapping ones count once. HTA: computation; nsys stats cuda_gpu_kern_sum adds overlaps up.',
  },
  {
    field: 'communicationNs',
    title: 'communication',
    category: 'communication',
    means: 'Union of NCCL, RCCL and oneCCL kernels. HTA: communication.',
  },
  {
    field: 'memcpyNs',
    title: 'copies',
    category: 'memcpy',
    means: 'Union of copies in every direction. HTA: memory; nsys stats cuda_gpu_mem_time_sum adds overlaps up.',
  },
  {
    field: 'memsetNs',
    title: 'fills',
    category: 'memset',
    means: 'Union of fills (memset). HTA counts them as memory.',
  },
  {
    field: 'graphNs',
    title: 'graphs',
    category: 'graph',
    means: 'CUDA graphs recorded as a whole: their kernels were not recorded (nsys --cuda-graph-trace=graph).',
  },
]

const IDLE_PARTS: readonly { field: keyof IdleNs; reason: IdleReason; means: string }[] = [
  {
    field: 'hostNs',
    reason: 'host',
    means: 'Idle, and the next work had not been launched: the host was busy with other things. HTA: host wait.',
  },
  {
    field: 'syncNs',
    reason: 'sync',
    means: 'Idle while the host sat in a synchronising call or a blocking copy, or was late because of one.',
  },
  { field: 'dataLoadingNs', reason: 'dataLoading', means: 'Idle while the host was in a DataLoader.' },
  {
    field: 'queueNs',
    reason: 'queue',
    means: 'Idle although the next work was launched already: the device took its time to start it. HTA: kernel wait.',
  },
  { field: 'unknownNs', reason: 'unknown', means: 'Idle, and the trace does not tell why. HTA: other wait.' },
]

/** Where the time of one device went over the window asked for. The drawn parts add up to busy + idle. */
export function deviceParts(row: DeviceRow): TimePart[] {
  let left = row.busyNs
  const work = DEVICE_PARTS.map(({ field, title, category, means }): TimePart => {
    const drawnNs = Math.min(row[field], left)
    left -= drawnNs
    return { id: field, title, ns: row[field], drawnNs, background: categoryBackground(category), means }
  })
  const { idle, idleNs } = row
  const known = idle === undefined ? [] : IDLE_PARTS.map(part => ({ ...part, ns: idle[part.field] }))
  const explainedNs = known.reduce((sum, { ns }) => sum + ns, 0)
  const gaps = known.map(
    ({ field, reason, ns, means }): TimePart => ({
      id: field,
      title: `idle, ${GAP_TITLES[reason]}`,
      ns,
      drawnNs: ns,
      background: gapBackground(reason),
      means,
    }),
  )
  const restNs = Math.max(0, idleNs - explainedNs)
  const rest: TimePart = {
    id: 'rest',
    title: idle === undefined ? 'idle' : 'idle, before the first and after the last work',
    ns: restNs,
    drawnNs: restNs,
    background: 'var(--grid)',
    means: 'Window less busy time, without a reason: no launches in the trace, or nothing to compare with.',
  }
  return [...work, ...gaps, rest].filter(({ ns }) => ns > 0)
}

const CPU_PARTS: readonly {
  field: keyof CpuNs
  category: Parameters<typeof categoryBackground>[0]
  title?: string
  means: string
}[] = [
  {
    field: 'opNs',
    category: 'op',
    title: 'operators',
    means: 'Self time of framework operators. torch key_averages: Self CPU of aten::… rows.',
  },
  {
    field: 'nodeNs',
    category: 'node',
    title: 'graph nodes',
    means: 'Self time of nodes of the model, as ONNX Runtime or TensorRT ran them.',
  },
  { field: 'dataLoadingNs', category: 'data-loading', title: 'data loading', means: 'Self time of DataLoader ranges.' },
  {
    field: 'runtimeNs',
    category: 'runtime',
    title: 'CUDA/HIP calls',
    means: 'Calls of runtime and driver that do not wait. nsys stats: cuda_api_sum without those that wait.',
  },
  {
    field: 'syncNs',
    category: 'sync',
    title: 'waiting calls',
    means:
      'Calls that make the host wait for the device: cudaStreamSynchronize, cudaDeviceSynchronize, hipEventSynchronize…',
  },
  {
    field: 'libraryNs',
    category: 'library',
    title: 'library calls',
    means: 'Self time of calls of cuDNN, cuBLAS and the like.',
  },
  {
    field: 'pythonNs',
    category: 'python',
    title: 'Python',
    means: 'Self time of frames of the interpreter (with_stack).',
  },
  {
    field: 'annotationNs',
    category: 'annotation',
    title: 'named ranges',
    means: 'Self time of ranges the program named: record_function, ProfilerStep, NVTX.',
  },
  {
    field: 'osrtNs',
    category: 'osrt',
    title: 'OS calls',
    means: 'Operating system calls. nsys stats: osrt_sum, here as self time.',
  },
  {
    field: 'overheadNs',
    category: 'overhead',
    title: 'profiler overhead',
    means: 'What the profiler itself costs, as far as it recorded that.',
  },
  { field: 'otherNs', category: 'other', title: 'other', means: 'Slices of no kind that is known here.' },
]

/** What the threads spent their time on; self time, so the parts add up. */
export function cpuParts(cpu: CpuNs): TimePart[] {
  return CPU_PARTS.map(({ field, category, title, means }) => ({
    id: field,
    title: title ?? SLICE_TITLES[category],
    ns: cpu[field],
    drawnNs: cpu[field],
    background: categoryBackground(category),
    means,
  })).filter(({ ns }) => ns > 0)
}

export function sumOf(parts: readonly TimePart[]): number {
  return parts.reduce((sum, { drawnNs }) => sum + drawnNs, 0)
}
