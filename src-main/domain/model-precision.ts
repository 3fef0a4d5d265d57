import type { Model } from './model.ts'
import { UNKNOWN } from './passport.ts'

const NAMES: Record<string, string> = {
  float32: 'fp32',
  float16: 'fp16',
  bfloat16: 'bf16',
  float64: 'fp64',
  int8: 'int8',
  uint8: 'int8',
  int4: 'int4',
  uint4: 'int4',
}
const DOMINANT_SHARE = 0.95 // a few fp32 biases or scales beside int8 weights don't make a model "mixed"

/**
 * The precision a model file holds, by the bytes of its weights. Shape and index tensors (int32, int64, bool) say
 * nothing about the arithmetic and are left out. ONNX Runtime on CPU computes in the types the graph states.
 */
export function modelPrecision(model: Pick<Model, 'weights' | 'inputs'>): string {
  const weights = model.weights.filter(({ dtype }) => dtype in NAMES)
  const total = weights.reduce((sum, { bytes }) => sum + bytes, 0)
  if (total === 0) {
    const inputs = new Set(model.inputs.map(input => NAMES[input.dtype ?? '']).filter(Boolean))
    const [only] = inputs
    return inputs.size === 1 && only !== undefined ? only : UNKNOWN
  }
  const byName = new Map<string, number>()
  for (const { dtype, bytes } of weights) {
    const name = NAMES[dtype] ?? UNKNOWN
    byName.set(name, (byName.get(name) ?? 0) + bytes)
  }
  const [largest] = [...byName].toSorted((a, b) => b[1] - a[1])
  return largest !== undefined && largest[1] >= DOMINANT_SHARE * total ? largest[0] : 'mixed'
}
