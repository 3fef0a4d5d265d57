/**
 * What a slice is. Index columns and tiles hold the position in this list: add at the end, never reorder.
 * Readers choose it; everything after them (tables, colours, findings) goes by it alone, whatever the format was.
 */
export const SLICE_CATEGORIES = [
  'other',
  /** Framework operator on the CPU: torch `cpu_op`. */
  'op',
  /** A node of a model's graph as the runtime executed it: ONNX Runtime `Node`, a TensorRT layer. */
  'node',
  /** A range the program named on the CPU: record_function, `ProfilerStep#N`, `Optimizer.step`. */
  'annotation',
  /** NVTX push/pop or start/end range. */
  'nvtx',
  /** A frame of an interpreter: torch `python_function`. */
  'python',
  /** Time spent for the next batch of data: `enumerate(DataLoader)…`. */
  'data-loading',
  /** CUDA, HIP or Level Zero call of runtime or driver that does not wait. */
  'runtime',
  /** Such a call that makes the host wait: cudaDeviceSynchronize, cudaStreamSynchronize, hipEventSynchronize… */
  'sync',
  /** A call of cuDNN, cuBLAS and the like. */
  'library',
  /** Operating system call as Nsight Systems traces it: poll, pthread_cond_wait… */
  'osrt',
  /** What the profiler itself costs: buffer flush, instrumentation. */
  'overhead',
  /** Work of a device, from here to `graph`. */
  'kernel',
  /** A kernel of NCCL, RCCL, oneCCL, HCCL. */
  'communication',
  'memcpy',
  'memset',
  /** One launch of a CUDA graph as a whole, where its kernels were not recorded. */
  'graph',
  /** A named range drawn over the device's work: torch `gpu_user_annotation`. */
  'gpu-annotation',
  /** Synchronisation as the device saw it: torch `cuda_sync`, nsys SYNCHRONIZATION. */
  'gpu-sync',
] as const

export type SliceCategory = (typeof SLICE_CATEGORIES)[number]

/** Position of each category, for code that works on columns. */
export const CATEGORY = Object.freeze(
  Object.fromEntries(SLICE_CATEGORIES.map((category, index) => [category, index])),
) as Readonly<Record<SliceCategory, number>>

/** Categories that keep a device busy. */
export const DEVICE_WORK: readonly SliceCategory[] = ['kernel', 'communication', 'memcpy', 'memset', 'graph']
