import { z } from 'zod'
import type { Model } from '#domain/model.ts'
import { defineRuntime } from './define.ts'
import { graphPrecision } from './onnx/graph-precision.ts'
import { namedValues, ortPythonOptions, providerOptions } from './python/options.ts'
import { judgeProvider, ortPythonPoint } from './python/ort.ts'
import { pythonReady } from './python/ready.ts'

const PROVIDER = 'CUDAExecutionProvider'

/**
 * ONNX Runtime's CUDA provider, through Python: onnxruntime-node passes it nothing but a device id.
 * With TF32 on, as the provider has it by default (`use_tf32`), an fp32 model is computed in TF32.
 */
export const ortCuda = defineRuntime({
  id: 'ort-cuda',
  title: 'ONNX Runtime · CUDA',
  device: 'cuda:0',
  models: ['onnx'],
  precisions: ['model', 'fp32', 'tf32', 'fp16'],
  options: z.object({
    ...ortPythonOptions,
    deviceId: z.int().min(0).max(63).default(0).describe('Number of the GPU, as CUDA counts them'),
    ioBinding: z
      .boolean()
      .default(true)
      .describe('Inputs and outputs stay in the memory of the GPU; without it every call copies them'),
    providerOptions,
  }),
  includes: ['compute', 'output-allocation'],
  ready: (question = {}) =>
    pythonReady(question, facts =>
      judgeProvider(facts, PROVIDER, { install: 'Install it: pip install onnxruntime-gpu', needsCuda: true }),
    ),
  precision: cudaPrecision,
  child(task, options) {
    const { deviceId, ioBinding } = options
    const given = namedValues(options.providerOptions)
    return ortPythonPoint(task, options, {
      provider: PROVIDER,
      providerOptions: { device_id: String(deviceId), ...tf32Option(task.precision), ...given },
      deviceId,
      ioBinding,
      device: `cuda:${deviceId}`,
      precision: (asked, model) => cudaPrecision(asked, model, options),
    })
  },
})

function tf32Option(precision: string): Record<string, string> {
  if (precision === 'fp32') return { use_tf32: '0' }
  return precision === 'tf32' ? { use_tf32: '1' } : {}
}

function cudaPrecision(asked: string, model: Model, { providerOptions }: { providerOptions: string }) {
  const isTf32Off = namedValues(providerOptions).use_tf32 === '0'
  return graphPrecision(asked, model, isTf32Off ? ['fp32'] : ['tf32', 'fp32'])
}
