import { z } from 'zod'
import { defineRuntime } from './define.ts'
import { graphPrecision } from './onnx/graph-precision.ts'
import { namedValues, ortPythonOptions, providerOptions } from './python/options.ts'
import { judgeProvider, ortPythonPoint } from './python/ort.ts'
import { pythonReady, textOf } from './python/ready.ts'

const DEFAULT_PROVIDER = 'OpenVINOExecutionProvider'

/** Any other provider of the user's ONNX Runtime by its name: OpenVINO, DirectML, ROCm, MIGraphX, CoreML, QNN… */
export const ortProvider = defineRuntime({
  id: 'ort-provider',
  title: 'ONNX Runtime · other provider',
  device: 'provider',
  models: ['onnx'],
  precisions: ['model', 'fp32', 'fp16'],
  usual: [],
  options: z.object({
    ...ortPythonOptions,
    provider: z
      .string()
      .regex(/^\w+ExecutionProvider$/, 'a name as OpenVINOExecutionProvider')
      .default(DEFAULT_PROVIDER)
      .describe(
        'Provider by ONNX Runtime’s name: OpenVINOExecutionProvider, DmlExecutionProvider, MIGraphXExecutionProvider…',
      ),
    providerOptions: providerOptions.describe('Options of the provider, as device_type=GPU, separated by commas'),
  }),
  includes: ['compute', 'output-allocation', 'h2d', 'd2h'],
  ready: (question = {}) =>
    pythonReady(question, (facts, options) =>
      judgeProvider(facts, textOf(options.provider) || DEFAULT_PROVIDER, {
        install: 'Install the onnxruntime package that has it, as onnxruntime-openvino or onnxruntime-directml.',
      }),
    ),
  precision: (asked, model) => graphPrecision(asked, model),
  child: (task, options) =>
    ortPythonPoint(
      task,
      // DirectML refuses both (onnxruntime.ai, DirectML execution provider, "Configuration options").
      options.provider === 'DmlExecutionProvider'
        ? { ...options, memoryPattern: false, executionMode: 'sequential' }
        : options,
      {
        provider: options.provider,
        providerOptions: namedValues(options.providerOptions),
        device: options.provider.replace('ExecutionProvider', '').toLowerCase(),
      },
    ),
})
