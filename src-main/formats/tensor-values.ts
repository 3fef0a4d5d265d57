import { fromFloat16Bits } from './half.ts'
import type { TensorContent } from './tensor.ts'

/**
 * A tensor's values as numbers, element by element: half types by their value, int4 unpacked, bool as 0 and 1.
 * 64-bit integers lose what float64 has no room for, above 2^53.
 * @returns undefined for strings and complex numbers, which have no order
 */
export function numbersOf({ dtype, data, shape }: TensorContent): ArrayLike<number> | undefined {
  if (Array.isArray(data)) return undefined
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return Float64Array.from(data, Number)
  switch (dtype) {
    case 'string':
    case 'complex64':
    case 'complex128':
      return undefined
    case 'float16':
      return Float32Array.from(data, fromFloat16Bits)
    case 'bfloat16':
      return bfloat16Values(data)
    case 'int4':
    case 'uint4':
      return nibbles(data, shape, dtype === 'int4')
    default:
      return data
  }
}

/** bfloat16 is the upper half of a binary32. */
function bfloat16Values(patterns: ArrayLike<number>): Float32Array {
  const words = new Uint32Array(patterns.length)
  for (let i = 0; i < patterns.length; i++) words[i] = ((patterns[i] ?? 0) << 16) >>> 0
  return new Float32Array(words.buffer)
}

/** Two to a byte, the first one low. */
function nibbles(bytes: ArrayLike<number>, shape: readonly number[], isSigned: boolean): Int8Array {
  const count = shape.reduce((product, size) => product * size, 1)
  return Int8Array.from({ length: count }, (_, i) => {
    const nibble = ((bytes[i >> 1] ?? 0) >> (4 * (i & 1))) & 15
    return isSigned && nibble > 7 ? nibble - 16 : nibble
  })
}
