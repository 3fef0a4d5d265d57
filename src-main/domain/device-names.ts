/** What names of calls and kernels tell, the same for every format. Names are hostile text. */

const WAITING_CALL = /^(?:cuda|cu|hip|ze|xpu|musa)[A-Za-z]*Synchronize(?:_|$)/
const COMMUNICATION = /(?:^|[^A-Za-z0-9])(?:nccl|rccl|oneccl|hccl|msccl|nvshmem)/i
/** All-reduce kernels of vLLM, SGLang, PyTorch's symmetric memory and TensorRT-LLM, which go without NCCL. */
const CUSTOM_COLLECTIVE =
  /(?:^|[^A-Za-z0-9])(?:cross_device_reduce|(?:multimem_)?(?:one|two)_shot_all_reduce|multimem_all_(?:reduce|gather)|(?:one|two)ShotAllReduce|allReduceKernel)/
/** Kernel names run to thousands of characters of template arguments; what it is stands at the front. */
const NAME_START = 120

/** A call of runtime or driver in which the host waits for the device: cudaStreamSynchronize, cuCtxSynchronize… */
export function isWaitingCall(name: string): boolean {
  return WAITING_CALL.test(name)
}

/** A kernel of NCCL, RCCL, oneCCL, HCCL, MSCCL or NVSHMEM, or a framework's own collective. */
export function isCommunicationKernel(name: string): boolean {
  const start = name.slice(0, NAME_START)
  return COMMUNICATION.test(start) || CUSTOM_COLLECTIVE.test(start)
}
