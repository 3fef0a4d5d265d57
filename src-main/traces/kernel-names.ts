/**
 * What a kernel's name tells of its arithmetic. Names are hostile text and may be long.
 */

/** Template arguments of one kernel can fill pages. */
const READ_CHARS = 4000

/** Kernels on tensor cores by the list of torch-tb-profiler 0.4 (`tensor_core.py`): Volta to Ampere. */
const TENSORBOARD =
  /h884|s884|h1688|s1688|hmma|i8816|16816|dgrad_1x1_stride_2x2|first_layer_wgrad_kernel|conv1x1|conv2d_c1_k1|direct_group|xmma_implicit_gemm|xmma_sparse_conv|xmma_warp_specialized_implicit_gemm|xmma_gemm|xmma_sparse_gemm|c1688/
/** Since then: CUTLASS tensor operations, Hopper's warp groups, Blackwell's fifth generation, nvjet of cuBLAS 12.8. */
const NEWER_NVIDIA =
  /tensorop|TensorOp|wmma|[wug]gmma|GMMA|tcgen05|utcmma|UMMA|nvjet|cutlass3x_sm(?:90|1\d\d)|sm(?:90|100|103|120)_xmma|i16832|bmma|flash_fwd|flash_bwd|fmha_(?:v2|fwd|bwd)|FlashAttn/
/** AMD's matrix cores: Tensile names them `_MI16x16x16x1`, composable kernels `xdlops`. */
const AMD_MATRIX = /mfma|MFMA|_MI\d+x\d+|xdlops|_xdl_|XDL/
/** Matrix products and convolutions that say they use plain cores. */
const PLAIN_MATRIX =
  /(?:volta|maxwell|turing|ampere|kepler|pascal)_(?:\w{1,40}_)?(?:[sdhcz]gemm|[sh]cudnn)|_simt_|Simt\b|OpClassSimt|gemv|gemmSN|gemmk1_kernel|implicit_convolve_[sdh]gemm|explicit_convolve_[sdh]gemm|convolve_common_engine|conv2d_grouped_direct|depthwise_conv|dot_kernel|Cijk_\w*_MT(?!\w*_MI\d)/
const LOW_PRECISION =
  /half|__half|bf16|bfloat16|fp16|_f16|hgemm|hcudnn|int8|_i8|fp8|e4m3|e5m2|_HHS_|_HBH|_BBS_|_BSS_|HSS_/i

/** true: on tensor (matrix) cores; false: a matrix product or convolution that is not; absent: the name does not tell. */
export function usesTensorCores(name: string): boolean | undefined {
  const text = name.slice(0, READ_CHARS)
  if (TENSORBOARD.test(text) || NEWER_NVIDIA.test(text) || AMD_MATRIX.test(text)) return true
  return PLAIN_MATRIX.test(text) ? false : undefined
}

/** Whether a name says that operands have 16 bits or fewer. */
export function saysLowPrecision(name: string): boolean {
  return LOW_PRECISION.test(name.slice(0, READ_CHARS))
}
