import type { TrtexecHint } from './types.ts'

/** A hint in plain language, with what to do where something can be done. */
export function hintText(hint: TrtexecHint): string {
  switch (hint.kind) {
    case 'enqueue-bound':
      return 'trtexec: throughput may be bound by enqueueing on the CPU rather than by the GPU. A CUDA graph (--useCudaGraph) takes that away.'
    case 'transfer-bound':
      return `trtexec: throughput may be bound by copies ${hint.direction === 'h2d' ? 'to' : 'from'} the GPU. --noDataTransfers measures without them.`
    case 'unstable':
      return `trtexec: GPU compute time is unstable${hint.coefficientPercent === undefined ? '' : ` (standard deviation ${hint.coefficientPercent} % of the mean)`}. Lock the GPU's clocks, or add --useSpinWait.`
    case 'multiple-streams':
      return 'trtexec: several inference streams share the GPU, so each latency holds waiting for the others.'
    case 'auxiliary-streams':
      return `The engine uses ${hint.streams} auxiliary streams: layers may have run at the same time, so their times do not add up.`
    case 'workspace-short':
      return 'Some tactics had too little workspace. A larger --memPoolSize=workspace may give a faster engine.'
    case 'weights-converted':
      return 'TensorRT had trouble converting weights between types: check the accuracy.'
    case 'weights-affected':
      return `${hint.weights} weights are affected: ${hint.why}`
    case 'int64-weights':
      return 'The model has INT64 weights, which this TensorRT casts to INT32.'
    case 'layernorm-fp16':
      return 'LayerNorm runs in FP16, which may overflow: keep it in FP32, or export with opset 17.'
    case 'plan-of-other-device':
      return 'The engine was built on another model of GPU: it may be slower here, or fail.'
    case 'no-lazy-loading':
      return 'CUDA loaded all its kernels: CUDA_MODULE_LOADING=LAZY saves device memory.'
    case 'more-precisions':
      return 'FP32 and INT8 were allowed: --fp16 or --best beside them may give a faster engine.'
    case 'shape-assumed':
      return `No shape was given for ${hint.input}: trtexec took ${hint.dims.join('x')}.`
    case 'deprecated':
      return hint.text
    case 'no-end-to-end':
      return 'Layers were timed in the same run, so trtexec reports no latency: --separateProfileRun gives both.'
    case 'no-layer-times-in-graph':
      return 'Within a CUDA graph layers cannot be timed.'
  }
}
