import { formatBytes, formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { Dtype } from '#domain/model.ts'
import {
  dataFromBytes,
  elementCount,
  fillsBytes,
  isNumeric,
  type NumericData,
  type TensorContent,
  tensorBytes,
} from './tensor.ts'

/** What an input takes: its dtype and full shape, and which dimension is the batch (-1: none). */
export interface WantedTensor {
  name: string
  dtype: Dtype
  shape: readonly number[]
  batchAxis: number
}

/**
 * A file's tensor as an input takes it. The file holds items: its shape is the wanted one with any size of the batch
 * dimension, or without that dimension (one item), or flat, read as the wanted shape with a batch size of its own. Items
 * are taken in turn, from the first again when they run out: one fills any batch, of a thousand the first are used.
 * @throws EngineError DATA_INVALID for another dtype, SHAPE_MISMATCH for another shape, both with wanted and got
 */
export function fitTensor(content: TensorContent, wanted: WantedTensor, where: string): TensorContent {
  const { name, dtype, shape } = wanted
  if (content.dtype !== dtype) {
    throw new EngineError('DATA_INVALID', `Input ${name} takes ${dtype}, the file holds ${content.dtype}`, { where })
  }
  const items = itemsIn(content.shape, wanted)
  if (items === undefined) {
    const got = formatShape(content.shape)
    throw new EngineError('SHAPE_MISMATCH', `Input ${name} takes ${formatShape(shape)}, the file holds ${got}`, {
      where,
      hint: `One item (${formatShape(itemShape(wanted))}) or any number of them will do.`,
    })
  }
  return { dtype, shape: [...shape], data: taken(content, items, wanted) }
}

/**
 * Raw little-endian values in C order, read as the wanted shape with a batch size of their own, as flat values are.
 * @throws EngineError SHAPE_MISMATCH when the bytes are not whole items, DATA_INVALID for strings
 */
export function fitRawBytes(bytes: Uint8Array, wanted: WantedTensor, where: string): TensorContent {
  const { name, dtype } = wanted
  if (!isNumeric(dtype)) {
    throw new EngineError('DATA_INVALID', `Input ${name} takes strings: raw bytes have none`, {
      where,
      hint: 'Use .json or .npy.',
    })
  }
  const item = itemShape(wanted)
  const itemBytes = tensorBytes(dtype, item)
  const items = bytes.length / itemBytes
  if (!Number.isInteger(items) || items < 1 || (wanted.batchAxis < 0 && items !== 1)) {
    throw new EngineError(
      'SHAPE_MISMATCH',
      `One item of input ${name} (${formatShape(item)} ${dtype}) has ${formatBytes(itemBytes)}, the file ${formatBytes(bytes.length)}`,
      {
        where,
        hint: `The file must hold ${wanted.batchAxis < 0 ? 'exactly one item' : 'whole items'}: little-endian, C order, no header.`,
      },
    )
  }
  const content = { dtype, shape: [bytes.length], data: dataFromBytes(dtype, bytes) }
  return { dtype, shape: [...wanted.shape], data: taken(content, items, wanted) }
}

function itemShape({ shape, batchAxis }: WantedTensor): number[] {
  return batchAxis < 0 ? [...shape] : shape.toSpliced(batchAxis, 1)
}

/** Number of items in a tensor of this shape; undefined when it does not hold whole ones. */
function itemsIn(got: readonly number[], wanted: WantedTensor): number | undefined {
  const { shape, batchAxis } = wanted
  const item = itemShape(wanted)
  if (isSame(got, shape)) return batchAxis < 0 ? 1 : (shape[batchAxis] ?? 1)
  if (isSame(got, item)) return 1
  if (batchAxis >= 0 && got.length === shape.length && isSame(got.toSpliced(batchAxis, 1), item))
    return got[batchAxis] || undefined
  const items = elementCount(got) / elementCount(item)
  const isFlat = got.length === 1 && Number.isInteger(items) && items > 0 && (batchAxis >= 0 || items === 1)
  return isFlat ? items : undefined
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis])
}

/** Items in turn along the batch dimension. */
function taken({ data }: TensorContent, items: number, wanted: WantedTensor): TensorContent['data'] {
  const { shape, batchAxis, dtype } = wanted
  const batch = batchAxis < 0 ? 1 : (shape[batchAxis] ?? 1)
  if (items === batch) return data
  if (isNumeric(dtype) && !fillsBytes(dtype, elementCount(shape.slice(batchAxis + 1)))) {
    throw new EngineError('DATA_INVALID', `Items of an odd number of ${dtype} values cannot be repeated`, {
      where: wanted.name,
    })
  }
  // Each index in front of the batch dimension is a row; in the file it holds `items` runs, in the input `batch` runs.
  const rows = elementCount(shape.slice(0, batchAxis))
  const run = data.length / rows / items
  const starts = Array.from(
    { length: rows * batch },
    (_, to) => (Math.floor(to / batch) * items + ((to % batch) % items)) * run,
  )
  if (Array.isArray(data)) return starts.flatMap(start => data.slice(start, start + run))
  const [from, result] = [bytesOf(data), new Uint8Array(starts.length * run * data.BYTES_PER_ELEMENT)]
  const runBytes = run * data.BYTES_PER_ELEMENT
  for (const [to, start] of starts.entries()) {
    const at = start * data.BYTES_PER_ELEMENT
    result.set(from.subarray(at, at + runBytes), to * runBytes)
  }
  return isNumeric(dtype) ? dataFromBytes(dtype, result) : []
}

function bytesOf(data: NumericData): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
}
