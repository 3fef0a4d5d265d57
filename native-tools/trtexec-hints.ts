import type { TrtexecHint } from '#formats/trtexec/types.ts'

export interface HintWords {
  level: 'info' | 'warning'
  text: string
  /** Of a point it was said about (`domain/point-flags.ts`). */
  flag?: string
}

/** What a hint of trtexec's log means for who reads the figures. */
export function hintWords(hint: TrtexecHint): HintWords {
  switch (hint.kind) {
    case 'enqueue-bound':
      return warning(
        'Giving work to the GPU takes about as long as the work: throughput is bound by the CPU. Try a CUDA graph.',
        'enqueue-bound',
      )
    case 'transfer-bound': {
      const way = hint.direction === 'h2d' ? 'to the GPU' : 'from the GPU'
      return warning(`Copies ${way} take longer than computing: throughput is bound by them.`, 'transfer-bound')
    }
    case 'unstable': {
      const { coefficientPercent } = hint
      const by = coefficientPercent === undefined ? '' : ` by ${Number(coefficientPercent.toPrecision(3))} %`
      return warning(`GPU times vary${by} around their mean: lock the GPU's clocks to compare.`, 'unstable')
    }
    case 'multiple-streams':
      return warning(
        'Several streams ran at once: latencies are of queries that disturb each other.',
        'several-streams',
      )
    case 'auxiliary-streams':
      return info(
        `The engine uses ${hint.streams} auxiliary streams: layers run side by side, their sum is more than the whole.`,
      )
    case 'workspace-short':
      return warning('Some tactics were left out for want of workspace: a larger one may give a faster engine.')
    case 'weights-converted':
      return warning('Weights lost accuracy when they were converted: compare the outputs.')
    case 'weights-affected':
      return warning(`${hint.weights} weights are affected: ${hint.why}`)
    case 'int64-weights':
      return info('INT64 weights of the model were taken as INT32.')
    case 'layernorm-fp16':
      return warning('Layer normalisation runs in FP16 and may overflow: compare the outputs.')
    case 'plan-of-other-device':
      return warning('The engine was built on another model of GPU: build it anew here for figures that hold.')
    case 'no-lazy-loading':
      return info('CUDA lazy loading is off: more device memory is taken. Set CUDA_MODULE_LOADING=LAZY.')
    case 'more-precisions':
      return info('More precisions might give a faster engine: try "best".')
    case 'shape-assumed':
      return warning(`No shape was given for ${hint.input}: trtexec took ${hint.dims.join('x')}.`)
    case 'deprecated':
      return info(hint.text)
    case 'no-end-to-end':
      return warning('Layers were timed in the measured run: it tells no latency of its own.')
    case 'no-layer-times-in-graph':
      return info('Layers cannot be timed inside a CUDA graph.')
  }
}

function warning(text: string, flag?: string): HintWords {
  return { level: 'warning', text, ...(flag === undefined ? {} : { flag }) }
}

function info(text: string): HintWords {
  return { level: 'info', text }
}
