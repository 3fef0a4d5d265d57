import { extname } from 'node:path'
import type { InputData } from '#domain/bench-spec.ts'
import { formatBytes, formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { TensorSpec } from '#domain/model.ts'
import { readHead } from '#formats/define.ts'
import { fitRawBytes, fitTensor, type WantedTensor } from '#formats/fit-tensor.ts'
import { nameFile } from '#formats/name-file.ts'
import { npy } from '#formats/npy.ts'
import { createData, elementCount, isNumeric, type TensorContent, tensorBytes } from '#formats/tensor.ts'
import { readTensorJson } from '#formats/tensor-json.ts'
import { openFileSource } from './file-source.ts'
import { randomData } from './random-data.ts'

const RAW_EXTENSIONS = new Set(['.bin', '.raw', '.dat'])
/** JSON is held as text and as values: beyond this, .npy is the way. */
const MAX_JSON_BYTES = 256 * 2 ** 20

/**
 * Values for one input: random, zeros (empty strings), or from a file (`.npy`, raw `.bin`, `.json`). A file holds one item
 * or many; they are taken in turn to fill the batch (`fitTensor`).
 * @param shape full, batch included; it must fit `spec.shape`   @param batchAxis dimension of the batch, -1 for none
 * @returns data as ONNX Runtime takes it (see `TensorData`); float16 and bfloat16 are bit patterns in a Uint16Array
 * @throws EngineError MODEL_UNSUPPORTED for an input that is no tensor, SHAPE_MISMATCH, DATA_INVALID, FILE_NOT_FOUND,
 *   FILE_UNREADABLE
 */
export async function makeInput(
  spec: TensorSpec,
  shape: readonly number[],
  data: InputData,
  batchAxis = 0,
): Promise<TensorContent> {
  const wanted = wantedTensor(spec, shape, batchAxis)
  const { dtype } = wanted
  try {
    switch (data.source) {
      case 'random':
        return { dtype, shape: [...shape], data: randomData(dtype, shape, data.seed) }
      case 'zeros': {
        const zeros = isNumeric(dtype) ? createData(dtype, shape) : Array<string>(elementCount(shape)).fill('')
        return { dtype, shape: [...shape], data: zeros }
      }
      case 'file':
        return await fromFile(data.path, wanted)
    }
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown
    const bytes = isNumeric(dtype) ? `, ${formatBytes(tensorBytes(dtype, shape))}` : ''
    const message = `Input ${spec.name} is too large: ${formatShape(shape)} ${dtype}${bytes}`
    throw new EngineError(
      'DATA_INVALID',
      message,
      { where: spec.name, hint: 'Use a smaller batch.' },
      { cause: thrown },
    )
  }
}

function wantedTensor(
  { name, kind, dtype, shape: modelShape }: TensorSpec,
  shape: readonly number[],
  batchAxis: number,
): WantedTensor {
  if (kind !== 'tensor' || dtype === undefined) {
    const what = kind === 'tensor' ? 'of an element type that cannot be fed' : `a ${kind}`
    throw new EngineError('MODEL_UNSUPPORTED', `Input ${name} is ${what}`, {
      where: name,
      hint: 'Only plain tensors can be fed.',
    })
  }
  const fits =
    modelShape?.length === shape.length &&
    modelShape.every((dim, axis) => typeof dim === 'string' || dim === shape[axis])
  if (modelShape !== undefined && !fits) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `Input ${name} takes ${formatShape(modelShape)}, not ${formatShape(shape)}`,
      { where: name },
    )
  }
  if (!shape.every(dim => Number.isInteger(dim) && dim >= 0)) {
    throw new EngineError('SHAPE_MISMATCH', `${formatShape(shape)} is no shape for input ${name}`, { where: name })
  }
  return { name, dtype, shape, batchAxis: batchAxis < shape.length ? batchAxis : -1 }
}

/** What a file is, its content says; only raw bytes have nothing to be known by and need their extension. */
async function fromFile(path: string, wanted: WantedTensor): Promise<TensorContent> {
  const source = await openFileSource(path)
  try {
    const head = await readHead(source)
    if (npy.sniff(head)) return fitTensor(await npy.read(source), wanted, path)
    const extension = extname(path).toLowerCase()
    if (RAW_EXTENSIONS.has(extension)) return fitRawBytes(await source.read(0, source.size), wanted, path)
    if (extension === '.json') {
      if (source.size > MAX_JSON_BYTES) {
        const message = `${formatBytes(source.size)} of JSON`
        throw new EngineError('DATA_INVALID', message, { where: path, hint: 'Save large arrays as .npy.' })
      }
      const text = new TextDecoder('utf-8').decode(await source.read(0, source.size))
      return fitTensor(readTensorJson(text, wanted.dtype, path), wanted, path)
    }
    const named = nameFile(head)
    throw new EngineError('DATA_INVALID', named ? `This is ${named.name}, not input data` : 'This is not input data', {
      where: path,
      hint: 'Input data is .npy, .json, or raw little-endian bytes named .bin.',
    })
  } finally {
    await source.close()
  }
}
