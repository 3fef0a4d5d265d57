import type { Dtype } from '#domain/model.ts'
import { toBfloat16Bits, toFloat16Bits } from '#formats/half.ts'
import { createData, elementCount, isNumeric, type NumericData, type TensorData } from '#formats/tensor.ts'
import { type Random, seededRandom } from '#stats/random.ts'

const LETTERS = 'abcdefghijklmnopqrstuvwxyz'
const WORD_LENGTH = 8

/**
 * Random values that any model can take, the same for the same seed on every machine:
 * - floats (and both parts of complex): uniform in [0, 1), as an image scaled to 0..1. No negatives, so `log` and `sqrt`
 *   inputs stay finite; steps of 2^-24 (2^-11 in float16, 2^-8 in bfloat16), so nothing is subnormal and slow.
 * - int32, int64, uint32, uint64: 0 or 1, because a token id, a segment id, a mask and a flag all take these two, and an
 *   embedding lookup never leaves its table; a scalar is 1, because a length or a rate of 0 means nothing.
 * - smaller integers: their whole range from 0 up (uint8 0..255, int8 0..127, 4-bit 0..7 or 0..15): no lookup takes
 *   them, and they are mostly pixels and quantised activations.
 * - bool: either. Strings: eight lower-case letters.
 */
export function randomData(dtype: Dtype, shape: readonly number[], seed: number): TensorData {
  const random = seededRandom(seed)
  if (!isNumeric(dtype)) return Array.from({ length: elementCount(shape) }, () => randomWord(random))
  const data = createData(dtype, shape)
  fill(data, drawOf(dtype, shape, random))
  return data
}

/** One array element of the dtype. */
function drawOf(dtype: Exclude<Dtype, 'string'>, shape: readonly number[], { uint32, uniform }: Random): () => number {
  const bits = (count: number) => () => uint32() >>> (32 - count)
  switch (dtype) {
    case 'float32':
    case 'float64':
    case 'complex64':
    case 'complex128':
      return uniform
    case 'float16':
      return () => toFloat16Bits((uint32() >>> 21) / 2 ** 11)
    case 'bfloat16':
      return () => toBfloat16Bits((uint32() >>> 24) / 2 ** 8)
    case 'int32':
    case 'int64':
    case 'uint32':
    case 'uint64':
      return shape.length === 0 ? () => 1 : bits(1)
    case 'bool':
      return bits(1)
    case 'int8':
      return bits(7)
    case 'uint8':
    case 'uint4':
      return bits(8)
    case 'int16':
      return bits(15)
    case 'uint16':
      return bits(16)
    case 'int4':
      return () => (uint32() >>> 24) & 0x77
  }
}

function fill(data: NumericData, draw: () => number): void {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    for (let i = 0; i < data.length; i++) data[i] = BigInt(draw())
  } else {
    for (let i = 0; i < data.length; i++) data[i] = draw()
  }
}

function randomWord({ uint32 }: Random): string {
  return Array.from({ length: WORD_LENGTH }, () => LETTERS[uint32() % LETTERS.length]).join('')
}
