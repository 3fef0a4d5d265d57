/** Element types of ONNX by number: TensorProto.DataType of onnx.proto (IR 14), in ONNX Runtime's names. */
export interface OnnxType {
  code: number
  /** A `Dtype` of the domain, or a name for what only weights can be (float8…). */
  name: string
  /** Bits of one element in raw data; absent for strings. */
  bits?: number
}

const ONNX_TYPES: readonly OnnxType[] = [
  { code: 1, name: 'float32', bits: 32 },
  { code: 2, name: 'uint8', bits: 8 },
  { code: 3, name: 'int8', bits: 8 },
  { code: 4, name: 'uint16', bits: 16 },
  { code: 5, name: 'int16', bits: 16 },
  { code: 6, name: 'int32', bits: 32 },
  { code: 7, name: 'int64', bits: 64 },
  { code: 8, name: 'string' },
  { code: 9, name: 'bool', bits: 8 },
  { code: 10, name: 'float16', bits: 16 },
  { code: 11, name: 'float64', bits: 64 },
  { code: 12, name: 'uint32', bits: 32 },
  { code: 13, name: 'uint64', bits: 64 },
  { code: 14, name: 'complex64', bits: 64 },
  { code: 15, name: 'complex128', bits: 128 },
  { code: 16, name: 'bfloat16', bits: 16 },
  { code: 17, name: 'float8e4m3fn', bits: 8 },
  { code: 18, name: 'float8e4m3fnuz', bits: 8 },
  { code: 19, name: 'float8e5m2', bits: 8 },
  { code: 20, name: 'float8e5m2fnuz', bits: 8 },
  { code: 21, name: 'uint4', bits: 4 },
  { code: 22, name: 'int4', bits: 4 },
  { code: 23, name: 'float4e2m1', bits: 4 },
  { code: 24, name: 'float8e8m0', bits: 8 },
  { code: 25, name: 'uint2', bits: 2 },
  { code: 26, name: 'int2', bits: 2 },
  { code: 27, name: 'float6e2m3', bits: 6 },
  { code: 28, name: 'float6e3m2', bits: 6 },
]

/** The type with this number; one newer than this table keeps its number as a name. */
export function onnxType(code: number): OnnxType {
  return ONNX_TYPES.find(type => type.code === code) ?? { code, name: `type ${code}` }
}

/** @throws RangeError when ONNX has no type of this name */
export function onnxTypeCode(name: string): number {
  const type = ONNX_TYPES.find(type => type.name === name)
  if (type === undefined) throw new RangeError(`ONNX has no element type ${name}`)
  return type.code
}
