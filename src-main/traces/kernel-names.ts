/**
 * What a kernel's name tells of its arithmetic. Names are hostile text and may be long.
 */

/** Template arguments of one kernel can fill pages. */
const READ_CHARS = 4000

/** Kernels on tensor cores by the list of torch-tb-profiler 0.4 (`tensor_core.py`): Volta to Ampere. */
const TENSORBOARD =
  /h884|s884|h1688|s1688|hmma|i8816|16816|dgrad_1x1_stride_2x2|first_layer_wgrad_kernel|conv1x1|conv2d_c1_k1|direct_group|xmma_implicit_gemm|xmma_sparse_conv|xmma_warp_specialized_implicit_gemm|xmma_gemm|xmma_sparse_gemm|c1688/
/** Since then: CUTLASS tensor operations, XMMA convolutions, Hopper's warp groups, Blackwell's fifth generation, nvjet. */
const NEWER_NVIDIA =
  /_tensorop_|MmaTensorOp|OpClassTensorOp|TensorOpMultiplicand|wmma|wgmma|GMMA|tcgen05|utcmma|UMMA|nvjet|cutlass3x_sm(?:90|1\d\d)|sm(?:90|100|103|120)_xmma|sm8\d_xmma_\w*(?:tf32|f16|bf16|i8)|i16832|bmma|flash_(?:fwd|bwd)|fmha_(?:v2|fwd|bwd)|FlashAttn|^bmm_(?:MxE|E4m3|E2m1|Bfloat16|Fp16)/
/** AMD's matrix cores: Tensile names them `_MI16x16x16x1`, composable kernels `xdl`, MIOpen's implicit GEMM `gtcx`. */
const AMD_MATRIX = /mfma|MFMA|_MI\d+x\d+|xdlops|_xdl_|XDL|_gtcx\d?_/
/**
 * Matrix products and convolutions that say they use plain cores. Products with a vector are left out: memory binds
 * them, and tensor cores would not help.
 */
const PLAIN_MATRIX =
  /(?:volta|maxwell|turing|ampere|kepler|pascal)_(?:\w{1,40}_)?(?:[sdhcz]gemm|[sh]cudnn)|_simt_|MmaSimt|OpClassSimt|(?:im|ex)plicit_convolve_[sdh]gemm|[dw]grad(?:2d)?(?:_alg\d)?_engine|Cijk_\w*_MT(?!\w*_MI\d)/
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
