import { z } from 'zod'
import type { Model } from '#domain/model.ts'
import { defineRuntime, type PointTask } from './define.ts'
import { graphPrecision } from './onnx/graph-precision.ts'
import { namedValues, ortPythonOptions, providerOptions } from './python/options.ts'
import { judgeProvider, ortPythonPoint } from './python/ort.ts'
import { pythonReady } from './python/ready.ts'

const PROVIDER = 'TensorrtExecutionProvider'

/**
 * ONNX Runtime's TensorRT provider, through Python. It builds an engine when the session is made, for the one shape of
 * the point; what TensorRT cannot take runs on the CPU and is flagged.
 */
export const ortTensorrt = defineRuntime({
  id: 'ort-tensorrt',
  title: 'ONNX Runtime · TensorRT',
  device: 'cuda:0',
  models: ['onnx'],
  precisions: ['model', 'fp32', 'tf32', 'fp16', 'bf16'],
  usual: [],
  options: z.object({
    ...ortPythonOptions,
    deviceId: z.int().min(0).max(63).default(0).describe('Number of the GPU, as CUDA counts them'),
    ioBinding: z
      .boolean()
      .default(true)
      .describe('Inputs and outputs stay in the memory of the GPU; without it every call copies them'),
    providerOptions: providerOptions.describe(
      'Options of the provider, as trt_builder_optimization_level=5, separated by commas',
    ),
  }),
  includes: ['compute', 'output-allocation'],
  ready: (question = {}) =>
    pythonReady(question, facts =>
      judgeProvider(facts, PROVIDER, {
        install: 'Install it: pip install onnxruntime-gpu, and TensorRT of the version it was built for',
        needsCuda: true,
      }),
    ),
  precision: tensorrtPrecision,
  child(task, options) {
    const { deviceId, ioBinding } = options
    return ortPythonPoint(task, options, {
      provider: PROVIDER,
      providerOptions: {
        device_id: String(deviceId),
        ...precisionOptions(task.precision),
        ...profileOf(task),
        ...namedValues(options.providerOptions),
      },
      deviceId,
      ioBinding,
      isCompiler: true,
      device: `cuda:${deviceId}`,
      precision: tensorrtPrecision,
      // The provider has no switch for it, and TensorRT uses TF32 for fp32 unless NVIDIA's libraries are told not to.
      ...(task.precision === 'fp32' ? { env: { NVIDIA_TF32_OVERRIDE: '0' } } : {}),
    })
  },
})

function tensorrtPrecision(asked: string, model: Model) {
  return graphPrecision(asked, model, ['tf32', 'fp32', 'fp16', 'bf16'])
}

function precisionOptions(precision: string): Record<string, string> {
  if (precision === 'fp16') return { trt_fp16_enable: 'True' }
  return precision === 'bf16' ? { trt_bf16_enable: 'True' } : {}
}

/**
 * The point's own shapes as minimum, optimum and maximum: one engine, built when the session is made. Inputs whose names
 * hold the provider's own separators are left to it.
 */
function profileOf({ shapes }: PointTask): Record<string, string> {
  const names = Object.keys(shapes)
  if (names.length === 0 || names.some(name => /[:,]/.test(name))) return {}
  const profile = names.map(name => `${name}:${shapes[name]?.join('x')}`).join(',')
  return { trt_profile_min_shapes: profile, trt_profile_opt_shapes: profile, trt_profile_max_shapes: profile }
}
