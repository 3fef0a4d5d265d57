import type { SliceCategory } from '#domain/trace-category.ts'

/** What an event's category makes of it. */
export const MEANINGS = [
  'other',
  'op',
  'annotation',
  'python',
  'runtime',
  'kernel',
  'memcpy',
  'memset',
  'gpu-annotation',
  'gpu-sync',
  'overhead',
  'collective',
  /** The span of the profiler itself. */
  'span',
  /** Launch → kernel arrows. Their ends are also written for calls that launch nothing: never links. */
  'launch-flow',
  'node',
] as const
export type Meaning = (typeof MEANINGS)[number]

/** What the whole file is written as. */
export type Dialect = 'kineto' | 'ort' | 'chrome'

/** Categories only Kineto writes, lower case. Source: kineto ActivityType.cpp, output_json.cpp, 2020 to 2026-08. */
const KINETO_ONLY: Readonly<Record<string, Meaning>> = {
  cpu_op: 'op',
  hpu_op: 'op',
  user_annotation: 'annotation',
  python_function: 'python',
  cuda_runtime: 'runtime',
  cuda_driver: 'runtime',
  hip_runtime: 'runtime',
  hip_driver: 'runtime',
  xpu_runtime: 'runtime',
  xpu_driver: 'runtime',
  mtia_runtime: 'runtime',
  glow_runtime: 'runtime',
  privateuse1_runtime: 'runtime',
  privateuse1_driver: 'runtime',
  gpu_memcpy: 'memcpy',
  gpu_memset: 'memset',
  mtia_ccp_events: 'kernel',
  gpu_user_annotation: 'gpu-annotation',
  cuda_sync: 'gpu-sync',
  xpu_sync: 'gpu-sync',
  cuda_event: 'gpu-sync',
  collective_comm: 'collective',
  cpu_instant_event: 'other',
  ac2g: 'launch-flow',
  async_cpu_to_gpu: 'launch-flow',
  async_gpu: 'launch-flow',
  fwdbwd: 'other',
}

/** Categories Kineto has or had too, but other programs may mean something else by. */
const IN_KINETO: Readonly<Record<string, Meaning>> = {
  ...KINETO_ONLY,
  operator: 'op',
  runtime: 'runtime',
  kernel: 'kernel',
  memcpy: 'memcpy',
  memset: 'memset',
  user: 'gpu-annotation',
  overhead: 'overhead',
  trace: 'span',
  async: 'launch-flow',
}

const IN_ORT: Readonly<Record<string, Meaning>> = {
  node: 'node',
  session: 'annotation',
  api: 'runtime',
  kernel: 'kernel',
}

const TABLES: Readonly<Record<Dialect, Readonly<Record<string, Meaning>>>> = {
  kineto: IN_KINETO,
  ort: IN_ORT,
  chrome: {},
}

export function meaningOf(category: string, dialect: Dialect): Meaning {
  const table = TABLES[dialect]
  const key = category.toLowerCase()
  return Object.hasOwn(table, key) ? (table[key] ?? 'other') : 'other'
}

/** Which dialect a category gives away, if any. */
export function dialectOf(category: string): Dialect | undefined {
  return Object.hasOwn(KINETO_ONLY, category.toLowerCase()) ? 'kineto' : undefined
}

/** The slice category of a name within a meaning. Called once a name. */
export function sliceCategory(meaning: Meaning, name: string): SliceCategory {
  switch (meaning) {
    case 'op':
      return isDataLoading(name) ? 'data-loading' : name.startsWith('ProfilerStep#') ? 'annotation' : 'op'
    case 'annotation':
      return isDataLoading(name) ? 'data-loading' : 'annotation'
    case 'runtime':
      return makesHostWait(name) ? 'sync' : 'runtime'
    case 'kernel':
      return kernelCategory(name)
    case 'collective':
      return 'annotation'
    case 'span':
    case 'launch-flow':
      return 'other'
    default:
      return meaning
  }
}

/** torch names its loaders' `__next__` so: `enumerate(DataLoader)#_SingleProcessDataLoaderIter.__next__`. */
function isDataLoading(name: string): boolean {
  return /^enumerate\((?:DataLoader|DataPipe)\)#/.test(name)
}

/**
 * Calls that return only when the device has done something, without the suffixes of API versions and per-thread
 * streams. Blocking copies are not among them: they move data as well.
 */
const HOST_WAITS: ReadonlySet<string> = new Set([
  'cudaDeviceSynchronize',
  'cudaThreadSynchronize',
  'cudaStreamSynchronize',
  'cudaEventSynchronize',
  'cuCtxSynchronize',
  'cuStreamSynchronize',
  'cuEventSynchronize',
  'hipDeviceSynchronize',
  'hipCtxSynchronize',
  'hipStreamSynchronize',
  'hipEventSynchronize',
  'zeCommandQueueSynchronize',
  'zeCommandListHostSynchronize',
  'zeEventHostSynchronize',
  'zeFenceHostSynchronize',
  'urQueueFinish',
  'urEventWait',
  'piQueueFinish',
  'piEventsWait',
  'aclrtSynchronizeDevice',
  'aclrtSynchronizeStream',
  'aclrtSynchronizeEvent',
])

/** `cudaStreamSynchronize_ptsz`, `cuEventSynchronize_v2`, `cudaDeviceSynchronize_v3020`. */
export function makesHostWait(call: string): boolean {
  return HOST_WAITS.has(call.replace(/(?:_ptsz|_ptds|_spt|_v\d+)+$/, ''))
}

/** Kernels that move data between devices, by their library; ROCm runs copies and fills as kernels of its runtime. */
function kernelCategory(name: string): SliceCategory {
  if (/(?:^|[^a-z])(?:nccl|rccl|oneccl|hccl)/i.test(name)) return 'communication'
  if (/^__amd_rocclr_(?:copy|stream)|^Memcpy|^CopyHostToDevice|^CopyDeviceTo/.test(name)) return 'memcpy'
  if (/^__amd_rocclr_fill|^Memset|^FillBuffer/.test(name)) return 'memset'
  return 'kernel'
}
