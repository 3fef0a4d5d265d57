import { isNumeric, type NumericDtype, type TensorContent } from './tensor.ts'

/** How NumPy writes each type; bfloat16 as ml_dtypes saves it. Packed 4-bit types have none. */
const DESCR: Readonly<Record<Exclude<NumericDtype, 'int4' | 'uint4'>, string>> = {
  bool: '|b1',
  int8: '|i1',
  uint8: '|u1',
  int16: '<i2',
  uint16: '<u2',
  int32: '<i4',
  uint32: '<u4',
  int64: '<i8',
  uint64: '<u8',
  float16: '<f2',
  bfloat16: '<V2',
  float32: '<f4',
  float64: '<f8',
  complex64: '<c8',
  complex128: '<c16',
}
/** Header and magic fill a multiple of this, so that the values are aligned. */
const ALIGNMENT = 64

/**
 * A tensor as NumPy's `.npy`, version 1.0 (NEP 1). @throws RangeError for strings and 4-bit types
 */
export function encodeNpy({ dtype, shape, data }: TensorContent): Uint8Array[] {
  if (!isNumeric(dtype) || dtype === 'int4' || dtype === 'uint4' || Array.isArray(data)) {
    throw new RangeError(`${dtype} cannot be written as .npy`)
  }
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const text = `{'descr': '${DESCR[dtype]}', 'fortran_order': False, 'shape': (${tuple}), }`
  const length = Math.ceil((10 + text.length + 1) / ALIGNMENT) * ALIGNMENT - 10
  const header = new TextEncoder().encode(`${text.padEnd(length - 1)}\n`)
  const magic = Uint8Array.of(0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, length & 0xff, length >> 8)
  return [magic, header, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)]
}
