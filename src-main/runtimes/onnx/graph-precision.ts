import type { Model } from '#domain/model.ts'
import { modelPrecision } from '#domain/model-precision.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { PrecisionAnswer } from '../define.ts'

/**
 * Precision of a runtime that computes in the types the graph states.
 * @param fp32Runs what it can make of an fp32 model, first what it does unless told
 */
export function graphPrecision(asked: string, model: Model, fp32Runs: readonly string[] = ['fp32']): PrecisionAnswer {
  const held = modelPrecision(model)
  if (asked === 'model') return { runs: held === 'fp32' ? (fp32Runs[0] ?? held) : held }
  if (asked === held || (held === 'fp32' && fp32Runs.includes(asked))) return { runs: asked }
  if (asked === 'tf32' && !fp32Runs.includes('tf32')) {
    return { why: 'TF32 is arithmetic of NVIDIA GPUs', hint: 'Ask for fp32 here.' }
  }
  const holds = held === UNKNOWN ? 'no weights that say a precision' : `${held} weights`
  return {
    why: `the file holds ${holds} and is computed as it is, not in ${asked}`,
    hint: CONVERTED.includes(asked) ? `Convert it first: batchscope convert MODEL --to ${asked}` : 'Ask for "model".',
  }
}

/** What `batchscope convert` makes. */
const CONVERTED: readonly string[] = ['fp16', 'int8']
