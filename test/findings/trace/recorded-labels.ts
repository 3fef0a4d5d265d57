/** What is right to say of recorded traces, and why we know. `[]`: only 'cannot tell' is right. */
export interface RecordedLabel {
  /** Inside the samples folder. */
  path: string
  /** Rules the verdict may be explained by; 'none': no single cause. 'Cannot tell' is never wrong. */
  right: readonly string[]
  why: string
  yes?: readonly string[]
  not?: readonly string[]
}

const HOST = 'trace-host-bound'
const GPU = 'trace-gpu-bound'
const NO_DEVICE_VERDICT = [HOST, GPU, 'trace-sync-bound', 'trace-copy-bound', 'trace-launch-overhead']

export const RECORDED: readonly RecordedLabel[] = [
  {
    path: 'kineto_local/torch2.15_cpu_cnn_infer_batches.json.gz',
    right: ['trace-cpu-only'],
    why: 'made on the CPU; its truth file: no data loader',
    yes: ['trace-cpu-only'],
    not: ['trace-data-loading', ...NO_DEVICE_VERDICT],
  },
  {
    path: 'kineto_local/torch2.15_cpu_transformer_train.json.gz',
    right: ['trace-cpu-only'],
    why: 'made on the CPU; its truth file: many small ops, no data loader',
    yes: ['trace-cpu-only'],
    not: ['trace-data-loading', 'trace-memory-growth', ...NO_DEVICE_VERDICT],
  },
  {
    path: 'kineto_local/torch2.15_cpu_dataloader_bound.json.gz',
    right: ['trace-data-loading'],
    why: 'its truth file: 90.8 % of the steps in the loader',
    yes: ['trace-data-loading', 'trace-cpu-only'],
    not: NO_DEVICE_VERDICT,
  },
  {
    path: 'kineto/torch1.8_cpu_ops_only.json',
    right: ['trace-cpu-only'],
    why: 'only CPU operators',
    yes: ['trace-cpu-only'],
    not: NO_DEVICE_VERDICT,
  },
  {
    path: 'kineto/torch2.2_macos_cpu_resnet18_inference.json',
    right: ['trace-cpu-only'],
    why: 'only CPU operators; mkldnn convolution 78 %',
    yes: ['trace-cpu-only'],
    not: NO_DEVICE_VERDICT,
  },
  {
    path: 'kineto/torch1.9_v100_resnet50_train_6steps_memory.json.gz',
    right: ['trace-data-loading'],
    why: 'published as the example of num_workers=0: 416 of 1049 ms in the loader, the GPU idle meanwhile',
    yes: ['trace-data-loading'],
    not: [HOST, GPU, 'trace-launch-overhead', 'trace-communication-bound', 'trace-memory-growth'],
  },
  {
    path: 'kineto/torch2.6_h100_qwen0.5b_prefill_inference.json.gz',
    right: [GPU],
    why: 'reference: GPU busy 91.7 % of the span; median 1.2 ms from launch to start: a queue',
    yes: [GPU, 'trace-backlog'],
    not: [HOST, 'trace-launch-overhead', 'trace-copy-bound'],
  },
  {
    path: 'kineto/torch2.7_mi300x_bert_small_inference.json.gz',
    right: [HOST],
    why: 'reference: GPU busy 8.8 %; 60 kernels of 5 µs, the next launched up to 250 µs later',
    yes: [HOST, 'trace-launch-overhead'],
    not: [GPU, 'trace-sync-bound', 'trace-backlog'],
  },
  {
    path: 'kineto/torch2.5_t4_resnet_inference_colab.json',
    right: [HOST],
    why: 'GPU busy 39.8 % from first to last kernel; by hand 49 % of the time the next launch had not begun; 1.8 µs delay',
    yes: [HOST],
    not: [GPU, 'trace-sync-bound', 'trace-copy-bound'],
  },
  {
    path: 'kineto/cuda12.9_b200_vllm_moe_eager_overlap_no_meta.json.gz',
    right: [HOST],
    why: 'GPU busy 13.7 % from first to last kernel; by hand 63.6 of 84.5 ms without the next launch; 3 µs delay',
    yes: [HOST, 'trace-launch-overhead'],
    not: [GPU, 'trace-sync-bound', 'trace-copy-bound'],
  },
  {
    path: 'kineto/rocm7_mi300x_vllm_decode_hipgraph.json.gz',
    right: [GPU],
    why: 'one graph of 421 kernels: busy 99.8 % from first to last; the host’s 8 ms before lie outside of that',
    yes: [GPU],
    not: [HOST, 'trace-launch-overhead', 'trace-profiler-overhead'],
  },
  {
    path: 'kineto/rocm6.4_mi210_gpu_activity_only.json.gz',
    right: [GPU],
    why: 'no operator recorded, but the calls: busy 89 %, 170 µs median from launch to start',
    not: [HOST, 'trace-data-loading', 'trace-launch-overhead', 'trace-cpu-only'],
  },
  {
    path: 'kineto/rocm6.4_mi300x_resnet_train_3steps.json.gz',
    right: ['trace-communication-bound'],
    why: 'by hand: RCCL runs 71.5 of 84 ms, all other work 28.7; the host is 27 ms ahead',
    yes: ['trace-communication-bound', 'trace-backlog'],
    not: [HOST, GPU, 'trace-copy-bound'],
  },
  {
    path: 'kineto/torch2.3_v100_resnet_train_5steps_ns_absolute_ts.json.gz',
    right: [GPU],
    why: 'busy 98.4 % from first to last, 77 ms from launch to start',
    yes: [GPU],
    not: [HOST, 'trace-communication-bound', 'trace-launch-overhead', 'trace-backlog'],
  },
  {
    path: 'kineto/torch2.1_a100_alexnet_coldstart_cudasync.json.gz',
    right: ['trace-cold-start', 'trace-compile'],
    why: '66 ms of GPU work in 12.9 s of first use: a gap of 10 s; what it is like warm nobody can tell',
    not: [GPU, 'trace-copy-bound', 'trace-communication-bound'],
  },
  {
    path: 'kineto/torch2.5_a100_triton_kernel_args.json.gz',
    right: ['trace-cold-start', 'trace-compile', HOST],
    why: 'a step of 13 s with one kernel of 1.76 µs: Triton compiled, without a range that says so',
    not: [GPU, 'trace-sync-bound', 'trace-launch-overhead'],
  },
  {
    path: 'kineto/rocm6.2_mi250_minitoy_train.json.gz',
    right: [HOST, 'trace-cold-start', 'trace-compile'],
    why: 'busy 1.7 %; 6.6 of 8.9 ms inside a first hipLaunchKernel, which loads its module',
    not: [GPU, 'trace-copy-bound'],
  },
  {
    path: 'kineto/torch2.6_rtx4060_runtime_calls_no_kernels.json',
    right: [],
    why: 'CUDA calls and no device records: the GPU may have been busy',
    not: ['trace-cpu-only', ...NO_DEVICE_VERDICT],
  },
  {
    path: 'kineto/kineto2026_h100_streamsync_before.json',
    right: [],
    why: 'a unit test of Kineto with mock times, 0.13 µs long',
    not: NO_DEVICE_VERDICT,
  },
  {
    path: 'kineto/kineto2026_h100_streamsync_after.json',
    right: [],
    why: 'a unit test of Kineto with mock times, 0.13 µs long',
    not: NO_DEVICE_VERDICT,
  },
  ...[0, 1].map(rank => ({
    path: `kineto/torch2.0_2ranks_sampled_rank${rank}.json.gz`,
    right: ['none'],
    why: 'events were sampled: what is left shows gaps that were none, a third of them between queued work',
    not: [GPU, 'trace-launch-overhead', 'trace-communication-bound'],
  })),
  {
    path: 'nsys/gpu_2021_2254kernels.sqlite',
    right: [GPU, 'none'],
    why: 'each of 2254 kernels is waited for; busy 80.3 % from first to last',
    not: ['trace-copy-bound', 'trace-launch-overhead', 'trace-cpu-only'],
  },
  {
    path: 'nsys/gpu_2022.4.1_v100_memset.sqlite',
    right: [],
    why: 'twice 2.2 ms between launch and start of a first kernel: modules are loaded; three kernels in all',
    not: [GPU, 'trace-copy-bound'],
  },
  {
    path: 'nsys/gpu_2022.4.2_t4_vecadd.sqlite',
    right: ['trace-copy-bound', 'none'],
    why: 'copies 2.11 of 2.26 ms, kernels 0.12; but the first launch takes 1.54 ms of the same time',
    not: [GPU, HOST, 'trace-sync-bound'],
  },
  {
    path: 'nsys/gpu_2022.4.2_titanrtx_tensorrt_nvtx.sqlite',
    right: [],
    why: 'NVTX ranges alone: TensorRT used a GPU that was not recorded',
    not: ['trace-cpu-only', ...NO_DEVICE_VERDICT],
  },
  {
    path: 'nsys/gpu_2023.2.3_a100_cutlass_sampling.sqlite',
    right: ['trace-copy-bound'],
    why: 'copies 361 of 523 ms, through pageable memory; kernels 162',
    yes: ['trace-copy-bound', 'trace-pageable-copies'],
    not: [GPU, HOST],
  },
  {
    path: 'nsys/gpu_2023.3.1_rtx3060_threebody.sqlite',
    right: [GPU],
    why: 'one kernel of 50 s',
    yes: [GPU],
    not: [HOST, 'trace-copy-bound', 'trace-launch-overhead'],
  },
  {
    path: 'nsys/gpu_2024.4.1_rtx2080ti_unified_memory.sqlite',
    right: ['trace-copy-bound'],
    why: 'pages move to and fro without a call: 44 % busy in 16 ms, kernels 6 ms',
    not: [GPU, HOST],
  },
  {
    path: 'nsys/gpu_2025.1.3_runtime_only_no_kernels.sqlite',
    right: [],
    why: 'three calls, no work recorded',
    not: ['trace-cpu-only', ...NO_DEVICE_VERDICT],
  },
  {
    path: 'nsys/gpu_2025.5.2_rtx3060_vectoradd.sqlite',
    right: ['trace-copy-bound', 'none'],
    why: 'copies 3.04 of 5.28 ms, one kernel of 39 µs; its library is loaded and first launched in 2.1 ms beside and after',
    not: [GPU],
  },
  {
    path: 'nsys/gpu_2026.1.1_rtx4060ti_add.sqlite',
    right: ['trace-copy-bound'],
    why: 'copies 91.6 of 101 ms on four streams, kernels 0.5',
    yes: ['trace-copy-bound'],
    not: [GPU, HOST],
  },
  {
    path: 'trtexec/ort1300-node-cpu-residual_block.profile.json',
    right: ['trace-cpu-only'],
    why: 'ONNX Runtime’s CPU provider',
    not: NO_DEVICE_VERDICT,
  },
]
