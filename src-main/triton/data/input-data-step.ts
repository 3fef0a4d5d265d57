import { EngineError } from '#domain/errors.ts'
import { datatypeOf, decodeBytes, elementBytes } from './datatypes.ts'

/** An input as the model takes it. */
export interface DataInput {
  name: string
  datatype: string
  shape: readonly number[]
  optional?: boolean | undefined
}

/** Values of one input, as bytes on the wire. */
export interface DataTensor {
  name: string
  datatype: string
  shape: number[]
  data: Uint8Array
}

/** All inputs of one item (without the batch), or of one request (with it). */
export type DataStep = DataTensor[]

/** Shape of one item of a batch. */
export function itemShape(shape: readonly number[], batches: boolean): number[] {
  return batches ? shape.slice(1) : [...shape]
}

export function valueCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1)
}

/**
 * Raw bytes as a tensor of this input; their size must fit. BYTES carry their length prefixes.
 * @param where place for the error: file, step, input   @throws EngineError DATA_INVALID
 */
export function rawTensor(
  { name, datatype }: DataInput,
  shape: readonly number[],
  data: Uint8Array,
  where: string,
): DataTensor {
  const values = valueCount(shape)
  const type = datatypeOf(datatype, where)
  const size = elementBytes(type)
  if (size === undefined) {
    const found = decodeBytes(data, where).length
    if (found !== values) throw wrongCount(name, shape, `${values} texts`, `${found} texts`, where)
  } else if (data.length !== values * size) {
    throw wrongCount(name, shape, `${values * size} bytes`, `${data.length} bytes`, where)
  }
  return { name, datatype, shape: [...shape], data }
}

export function wrongCount(name: string, shape: readonly number[], wanted: string, found: string, where: string) {
  return new EngineError('DATA_INVALID', `Input ${name} takes ${wanted} (${datatypeShape(shape)}), here are ${found}`, {
    where,
    hint: 'Sizes are those of one item, without the batch. Free dimensions are set with --shape.',
  })
}

function datatypeShape(shape: readonly number[]): string {
  return shape.length === 0 ? 'a single value' : `shape ${shape.join(' × ')}`
}
