import type { Tensor } from 'onnxruntime-node'
import type { InputData } from '#domain/bench-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { DTYPES, type Dtype, type TensorSpec } from '#domain/model.ts'
import { onnxType } from '#formats/onnx-types.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { makeInput } from '../models/tensor-data.ts'
import type { OrtFeeds, OrtLibrary, OrtOutputs, OrtSession, OrtValueInfo } from './ort-library.ts'

/** Outputs below this are left to the garbage collector: freeing them one by one costs more than it saves. */
const RELEASE_FROM_BYTES = 16_384

export interface FeedPlan {
  shapes: Record<string, number[]>
  /** Per input; `*` stands for every input not named; neither: random with seed 0. */
  data: Record<string, InputData>
  batchAxes?: Record<string, number> | undefined
}

/**
 * Input tensors in memory, before the clock starts.
 * @throws EngineError SHAPE_MISMATCH for an input without a shape; see `makeInput` for the rest
 */
export async function makeFeeds(ort: OrtLibrary, session: OrtSession, plan: FeedPlan): Promise<OrtFeeds> {
  const feeds: OrtFeeds = {}
  for (const info of session.inputs) {
    const spec = tensorSpec(info)
    const shape = plan.shapes[info.name]
    if (shape === undefined) {
      throw new EngineError('SHAPE_MISMATCH', `Input ${info.name} has no shape`, { where: info.name })
    }
    const data = plan.data[info.name] ?? plan.data['*'] ?? { source: 'random', seed: 0 }
    feeds[info.name] = asTensor(ort, await makeInput(spec, shape, data, plan.batchAxes?.[info.name]))
  }
  return feeds
}

function tensorSpec({ name, isTensor, typeCode, shape }: OrtValueInfo): TensorSpec {
  if (!isTensor) return { name, kind: 'sequence' }
  const dtype = DTYPES.find(known => known === onnxType(typeCode).name)
  return { name, kind: 'tensor', shape, ...(dtype === undefined ? {} : { dtype }) }
}

/** What the addon 1.30 can be fed. bfloat16, complex and the 8-bit floats it refuses. */
const FEEDABLE: ReadonlySet<Dtype> = new Set<Dtype>([
  ...(['float32', 'float64', 'float16', 'int8', 'uint8', 'int16', 'uint16', 'int32', 'uint32'] as const),
  ...(['int64', 'uint64', 'bool', 'string', 'int4', 'uint4'] as const),
])

/** One input tensor. @throws EngineError MODEL_UNSUPPORTED for what the addon cannot be fed */
export function asTensor(ort: OrtLibrary, { dtype, data, shape }: TensorContent): Tensor {
  if (!FEEDABLE.has(dtype)) {
    throw new EngineError('MODEL_UNSUPPORTED', `onnxruntime-node cannot feed ${dtype} inputs`, {
      hint: 'Export the model with float32 or float16 inputs.',
    })
  }
  const tensor = new ort.Tensor(dtype as Tensor.Type, data as Tensor.DataType, shape)
  if (dtype === 'float16') {
    // Where JavaScript has Float16Array the tensor wraps one, and the addon reads it as 0 bytes long
    // (microsoft/onnxruntime pull request 32323): show it the 16-bit patterns instead.
    Object.defineProperty(tensor, 'data', { value: data })
  }
  return tensor
}

/** Memory of one call's outputs, strings not counted. */
export function outputBytes(outputs: OrtOutputs): number {
  let bytes = 0
  for (const name in outputs) bytes += byteLength(outputs[name])
  return bytes
}

/**
 * How to let outputs go after the clock has stopped. Large ones are freed at once, so that each call gets the same
 * memory again and peak memory is the model's: left to the garbage collector, OCR recognition at batch 8 (8.5 MB of
 * outputs) took 280 MB instead of 210 MB.
 * @param example outputs of an earlier call: the same sizes come every time
 */
export function releaseFor(example: OrtOutputs): (outputs: OrtOutputs) => void {
  const large = Object.keys(example).filter(name => byteLength(example[name]) >= RELEASE_FROM_BYTES)
  if (large.length === 0) return () => {}
  return outputs => {
    for (const name of large) {
      const data = outputs[name]?.data
      if (ArrayBuffer.isView(data) && data.buffer instanceof ArrayBuffer) data.buffer.transfer(0)
    }
  }
}

function byteLength(tensor: Tensor | undefined): number {
  const data = tensor?.data
  return ArrayBuffer.isView(data) ? data.byteLength : 0
}
