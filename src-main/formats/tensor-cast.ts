import { toBfloat16Bits, toFloat16Bits } from './half.ts'
import type { TensorContent } from './tensor.ts'
import { numbersOf } from './tensor-values.ts'

const FLOATS: readonly string[] = ['float16', 'bfloat16', 'float32', 'float64']

/**
 * A tensor of floats as another float type, rounded to nearest even: the same input for a model that takes half of it.
 * Anything else is given back as it is.
 */
export function castFloats(content: TensorContent, dtype: string): TensorContent {
  if (content.dtype === dtype || !FLOATS.includes(content.dtype)) return content
  const values = numbersOf(content)
  if (values === undefined) return content
  const { shape } = content
  switch (dtype) {
    case 'float16':
      return { dtype, shape, data: Uint16Array.from(values, toFloat16Bits) }
    case 'bfloat16':
      return { dtype, shape, data: Uint16Array.from(values, toBfloat16Bits) }
    case 'float32':
      return { dtype, shape, data: Float32Array.from(values) }
    case 'float64':
      return { dtype, shape, data: Float64Array.from(values) }
    default:
      return content
  }
}
