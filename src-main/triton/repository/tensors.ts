import type { Dtype, TensorSpec } from '#domain/model.ts'
import { findBatchAxis } from '#formats/batch-axis.ts'

/** ONNX element types as Triton's onnxruntime backend takes them; others it refuses. */
const TYPES: Partial<Record<Dtype, string>> = {
  float32: 'TYPE_FP32',
  float16: 'TYPE_FP16',
  float64: 'TYPE_FP64',
  bfloat16: 'TYPE_BF16',
  int8: 'TYPE_INT8',
  uint8: 'TYPE_UINT8',
  int16: 'TYPE_INT16',
  uint16: 'TYPE_UINT16',
  int32: 'TYPE_INT32',
  uint32: 'TYPE_UINT32',
  int64: 'TYPE_INT64',
  uint64: 'TYPE_UINT64',
  bool: 'TYPE_BOOL',
  string: 'TYPE_STRING',
}

export function tritonType({ dtype, kind }: TensorSpec): string | undefined {
  return kind === 'tensor' && dtype !== undefined ? TYPES[dtype] : undefined
}

/** Whether every input and output has a free first dimension that is the batch: what Triton needs to batch a model. */
export function canBatch(inputs: readonly TensorSpec[], outputs: readonly TensorSpec[]): boolean {
  const isFree = ({ shape }: TensorSpec) => typeof shape?.[0] === 'string'
  return (
    inputs.length > 0 &&
    inputs.every(input => isFree(input) && findBatchAxis(input, inputs) === 0) &&
    outputs.every(isFree)
  )
}

/** Sizes as a configuration writes them, −1 for a free one. @param withoutBatch leaves the first one out */
export function tritonDims({ shape = [] }: TensorSpec, withoutBatch: boolean): number[] {
  return shape.slice(withoutBatch ? 1 : 0).map(dim => (typeof dim === 'number' ? dim : -1))
}
