import { expect, test } from 'vitest'
import { isCommunicationKernel, isWaitingCall } from '../../src-main/domain/device-names.ts'

test.each([
  'ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>)',
  'void (anonymous namespace)::multimem_all_reduce_kernel<c10::BFloat16, 16>(c10::BFloat16*)',
  'void vllm::cross_device_reduce_1stage<__half, 2>(vllm::RankData*)',
  'void at::native::two_shot_all_reduce_kernel<c10::BFloat16>(c10::BFloat16**)',
  'void tensorrt_llm::kernels::oneShotAllReduceKernel<__nv_bfloat16, 8>(AllReduceParams)',
])('%s communicates', name => {
  expect(isCommunicationKernel(name)).toBe(true)
})

test.each([
  'void at::native::reduce_kernel<512, 1, at::native::ReduceOp<float>>(at::native::ReduceOp<float>)',
  'void cub::DeviceReduceKernel<float>(float*)',
  `void thrust::${'x'.repeat(200)}::nccl`,
])('%s does not', name => {
  expect(isCommunicationKernel(name)).toBe(false)
})

test.each([
  ['cudaStreamSynchronize', true],
  ['cuCtxSynchronize', true],
  ['hipEventSynchronize', true],
  ['cudaDeviceSynchronize_v3020', true],
  ['cudaMemcpyAsync', false],
  ['pthread_cond_wait', false],
] as const)('%s makes the host wait: %s', (name, waits) => {
  expect(isWaitingCall(name)).toBe(waits)
})
