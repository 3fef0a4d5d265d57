import { BUILD_PRECISIONS } from '#domain/build-spec.ts'
import { defineRuntime, type OwnMeasure } from './define.ts'
import { measureOnTensorRt } from './tensorrt/measure.ts'
import { TensorRtOptions } from './tensorrt/options.ts'
import { precisionAnswer } from './tensorrt/precision.ts'
import { findTrtexec, knownTrtexec } from './tensorrt/program.ts'

/** TensorRT engines, built and measured by the user's trtexec. */
export const tensorrt = defineRuntime({
  id: 'tensorrt',
  title: 'TensorRT',
  device: 'cuda:0',
  models: ['onnx'],
  precisions: BUILD_PRECISIONS,
  usual: ['tf32', 'fp16'],
  options: TensorRtOptions,
  includes: ['h2d', 'compute', 'd2h'],
  async ready(question) {
    const asked = question?.options?.trtexec
    return findTrtexec(typeof asked === 'string' ? asked : '', question?.toolPaths)
  },
  precision: (asked, model, { trtexec }) => precisionAnswer(asked, model, knownTrtexec(trtexec)?.abilities),
  child: (task, options): OwnMeasure => ({
    // What is started is decided with the engine; the passport holds it word by word once it ran.
    argv: [knownTrtexec(options.trtexec)?.program ?? 'trtexec', '--loadEngine'],
    measure: (talk, limits) => measureOnTensorRt(task, options, talk, limits),
  }),
})
