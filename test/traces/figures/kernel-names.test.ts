import { describe, expect, test } from 'vitest'
import { saysLowPrecision, usesTensorCores } from '../../../src-main/traces/kernel-names.ts'

/** Names as cuBLAS, cuDNN, CUTLASS, PyTorch, vLLM, rocBLAS and MIOpen give them. */
describe('what names of kernels tell', () => {
  test.each([
    'volta_fp16_s884gemm_fp16_128x128_ldg8_f2f_nn',
    'turing_fp16_s1688gemm_fp16_128x128_ldg8_f2f_tn',
    'ampere_fp16_s16816gemm_fp16_128x64_ldg8_f2f_stages_64x4_nn',
    'sm80_xmma_fprop_implicit_gemm_indexed_tf32f32_tf32f32_f32_nhwckrsc_nchw_tilesize128x128x16',
    'sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64_warpgroupsize1x1x1',
    'nvjet_hsh_128x256_64x4_1x2_h_bz_coopA_TNT',
    'void cutlass::Kernel<cutlass_80_tensorop_s1688gemm_128x256_16x3_nn_align4>(T1::Params)',
    'void cutlass::device_kernel<cutlass3x_sm90_tensorop_s64x128x16gemm_f16>',
    'bmm_MxE4m3_MxE2m1MxE4m3_Fp32_t128x16x256u2_s3_et128x16',
    'void pytorch_flash::flash_fwd_kernel<pytorch_flash::Flash_fwd_kernel_traits<64, 128, 128>>',
    'Cijk_Alik_Bljk_BBS_BH_Bias_HA_S_SAV_UserArgs_MT32x32x256_MI16x16x1_SN_LDSB1',
    'igemm_fwd_gtcx3_nhwc_fp16_bx0_ex1_bt128x128x32',
  ])('on tensor cores: %s', name => expect(usesTensorCores(name)).toBe(true))

  test.each([
    'volta_sgemm_64x64_nn',
    'ampere_sgemm_32x32_sliced1x4_tn',
    'maxwell_fp16_sgemm_fp16_128x64_nn',
    '_5x_cudnn_volta_scudnn_128x32_relu_small_nn_v1',
    'void cutlass::Kernel<cutlass_80_simt_sgemm_128x64_8x5_nn_align1>(T1::Params)',
    'void implicit_convolve_sgemm<float, float, 1024, 6, 7, 3, 3, 5, 1, false, true, true>(int)',
    'void cudnn::detail::dgrad_engine<float, 512, 6, 5, 3, 3, 3, false>(int, int, int)',
    'Cijk_Ailk_Bljk_SB_MT64x64x16_SN_K1',
  ])('on plain cores: %s', name => expect(usesTensorCores(name)).toBe(false))

  test.each([
    'void at::native::vectorized_elementwise_kernel<4, at::native::CUDAFunctor_add<float>>',
    'SubTensorOpWithCastTensor1d',
    'void gemv2T_kernel_val<int, int, __half, __half, __half, float, 128, 16, 4, 4, false>',
    'triton_poi_fused_add_cos_sin_0',
    '_matmul_ogs_NNT_bf16xbf16xmxfp4_16x128x256x1',
    '',
  ])('the name does not tell: %s', name => expect(usesTensorCores(name)).toBeUndefined())

  test('operands of 16 bits and fewer', () => {
    expect(
      ['maxwell_fp16_sgemm_fp16', 'volta_hgemm_128x64', 'x<__half>', 'x<c10::BFloat16>', 'a_i8i8'].filter(
        saysLowPrecision,
      ),
    ).toHaveLength(5)
    expect(['volta_sgemm_64x64_nn', 'x<float>', 'dgrad_engine<double>'].filter(saysLowPrecision)).toEqual([])
  })

  test('a name of a million characters takes no time', () => {
    const name = 'volta_'.repeat(200_000)
    expect(usesTensorCores(name)).toBeUndefined()
    expect(usesTensorCores('Cijk_'.repeat(200_000))).toBeUndefined()
  })
})
