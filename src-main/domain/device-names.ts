/** What names of calls and kernels tell, the same for every format. Names are hostile text. */

const WAITING_CALL = /^(?:cuda|cu|hip|ze|xpu|musa)[A-Za-z]*Synchronize(?:_|$)/
const COMMUNICATION = /(?:^|[^A-Za-z0-9])(?:nccl|rccl|oneccl|hccl|msccl|nvshmem)/i
/** Kernel names run to thousands of characters of template arguments; what it is stands at the front. */
const NAME_START = 120

/** A call of runtime or driver in which the host waits for the device: cudaStreamSynchronize, cuCtxSynchronize… */
export function isWaitingCall(name: string): boolean {
  return WAITING_CALL.test(name)
}

/** A kernel of NCCL, RCCL, oneCCL, HCCL, MSCCL or NVSHMEM. */
export function isCommunicationKernel(name: string): boolean {
  return COMMUNICATION.test(name.slice(0, NAME_START))
}
