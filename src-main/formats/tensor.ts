import type { Dtype } from '#domain/model.ts'

/**
 * Values in the array that ONNX Runtime takes for the dtype: float16 and bfloat16 as 16-bit patterns, bool as 0 and 1,
 * int4 and uint4 packed two to a byte (first one low), complex as (real, imaginary) pairs.
 */
export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[]

export type NumericData = Exclude<TensorData, string[]>

/** A tensor's values in C order. */
export interface TensorContent {
  dtype: Dtype
  shape: number[]
  data: TensorData
}

interface Storage {
  /** Of one element. */
  bits: number
  /** The array over these bytes. */
  over(buffer: ArrayBuffer): NumericData
}

const BYTES: Storage = { bits: 8, over: buffer => new Uint8Array(buffer) }
const NIBBLES: Storage = { ...BYTES, bits: 4 }
const PATTERNS: Storage = { bits: 16, over: buffer => new Uint16Array(buffer) }
const FLOATS: Storage = { bits: 32, over: buffer => new Float32Array(buffer) }
const DOUBLES: Storage = { bits: 64, over: buffer => new Float64Array(buffer) }

/** How each dtype is stored; strings are not. */
const STORAGE: Record<Exclude<Dtype, 'string'>, Storage> = {
  float32: FLOATS,
  float64: DOUBLES,
  float16: PATTERNS,
  bfloat16: PATTERNS,
  int8: { bits: 8, over: buffer => new Int8Array(buffer) },
  uint8: BYTES,
  bool: BYTES,
  int16: { bits: 16, over: buffer => new Int16Array(buffer) },
  uint16: PATTERNS,
  int32: { bits: 32, over: buffer => new Int32Array(buffer) },
  uint32: { bits: 32, over: buffer => new Uint32Array(buffer) },
  int64: { bits: 64, over: buffer => new BigInt64Array(buffer) },
  uint64: { bits: 64, over: buffer => new BigUint64Array(buffer) },
  int4: NIBBLES,
  uint4: NIBBLES,
  complex64: { ...FLOATS, bits: 64 },
  complex128: { ...DOUBLES, bits: 128 },
}

export type NumericDtype = keyof typeof STORAGE

export function isNumeric(dtype: Dtype): dtype is NumericDtype {
  return dtype !== 'string'
}

/** Number of elements of a shape; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((count, dim) => count * dim, 1)
}

/** Bytes that a tensor takes, packed dtypes rounded up. */
export function tensorBytes(dtype: NumericDtype, shape: readonly number[]): number {
  return Math.ceil((elementCount(shape) * STORAGE[dtype].bits) / 8)
}

/** Whether that many values end at a byte's end: only packed dtypes may not. */
export function fillsBytes(dtype: NumericDtype, count: number): boolean {
  return (count * STORAGE[dtype].bits) % 8 === 0
}

/** Zeros. @throws RangeError when the machine has no room for them */
export function createData(dtype: NumericDtype, shape: readonly number[]): NumericData {
  return STORAGE[dtype].over(new ArrayBuffer(tensorBytes(dtype, shape)))
}

/** Little-endian C-order bytes as the dtype's array. The bytes are copied, so any alignment will do. */
export function dataFromBytes(dtype: NumericDtype, bytes: Uint8Array): NumericData {
  return STORAGE[dtype].over(new Uint8Array(bytes).buffer)
}
