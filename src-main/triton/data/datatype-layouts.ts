import type { Dtype } from '#domain/model.ts'
import type { Datatype } from '#domain/server.ts'
import { toBfloat16Bits } from '#formats/half.ts'

/** How one element of a datatype lies in a tensor. */
export interface Layout {
  /** Bytes of one element. */
  bytes: number
  dtype: Dtype
  /** Whole numbers have bounds, both ends allowed. */
  range?: readonly [bigint, bigint]
  write(view: DataView, at: number, value: number, whole: bigint): void
  read(view: DataView, at: number): number | bigint
  /** Significant decimal digits that always bring a float back; absent: the number prints as it is. */
  digits?: number
}

const unsigned = (bits: bigint) => [0n, 2n ** bits - 1n] as const
const signed = (bits: bigint) => [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n] as const
const bfloat = new DataView(new ArrayBuffer(4))

/** Elements of fixed size: little-endian, no padding (KServe v2, binary tensor data extension). */
export const LAYOUTS: Record<Exclude<Datatype, 'BYTES'>, Layout> = {
  BOOL: { bytes: 1, dtype: 'bool', write: (v, at, x) => v.setUint8(at, x), read: (v, at) => v.getUint8(at) },
  UINT8: {
    bytes: 1,
    dtype: 'uint8',
    range: unsigned(8n),
    write: (v, at, x) => v.setUint8(at, x),
    read: (v, at) => v.getUint8(at),
  },
  UINT16: {
    bytes: 2,
    dtype: 'uint16',
    range: unsigned(16n),
    write: (v, at, x) => v.setUint16(at, x, true),
    read: (v, at) => v.getUint16(at, true),
  },
  UINT32: {
    bytes: 4,
    dtype: 'uint32',
    range: unsigned(32n),
    write: (v, at, x) => v.setUint32(at, x, true),
    read: (v, at) => v.getUint32(at, true),
  },
  UINT64: {
    bytes: 8,
    dtype: 'uint64',
    range: unsigned(64n),
    write: (v, at, _, x) => v.setBigUint64(at, x, true),
    read: (v, at) => v.getBigUint64(at, true),
  },
  INT8: {
    bytes: 1,
    dtype: 'int8',
    range: signed(8n),
    write: (v, at, x) => v.setInt8(at, x),
    read: (v, at) => v.getInt8(at),
  },
  INT16: {
    bytes: 2,
    dtype: 'int16',
    range: signed(16n),
    write: (v, at, x) => v.setInt16(at, x, true),
    read: (v, at) => v.getInt16(at, true),
  },
  INT32: {
    bytes: 4,
    dtype: 'int32',
    range: signed(32n),
    write: (v, at, x) => v.setInt32(at, x, true),
    read: (v, at) => v.getInt32(at, true),
  },
  INT64: {
    bytes: 8,
    dtype: 'int64',
    range: signed(64n),
    write: (v, at, _, x) => v.setBigInt64(at, x, true),
    read: (v, at) => v.getBigInt64(at, true),
  },
  FP16: {
    bytes: 2,
    dtype: 'float16',
    write: (v, at, x) => v.setFloat16(at, x, true),
    read: (v, at) => v.getFloat16(at, true),
    digits: 5,
  },
  FP32: {
    bytes: 4,
    dtype: 'float32',
    write: (v, at, x) => v.setFloat32(at, x, true),
    read: (v, at) => v.getFloat32(at, true),
    digits: 9,
  },
  FP64: {
    bytes: 8,
    dtype: 'float64',
    write: (v, at, x) => v.setFloat64(at, x, true),
    read: (v, at) => v.getFloat64(at, true),
  },
  BF16: {
    bytes: 2,
    dtype: 'bfloat16',
    write: (v, at, x) => v.setUint16(at, toBfloat16Bits(x), true),
    read: (v, at) => {
      bfloat.setUint16(2, v.getUint16(at, true), true)
      return bfloat.getFloat32(0, true)
    },
    digits: 4,
  },
}
