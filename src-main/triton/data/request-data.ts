import { extname } from 'node:path'
import { formatBytes, formatShape } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import type { Datatype, ImagePreparation, RequestInput, ServerTensor } from '#domain/server.ts'
import { type FileHead, readHead } from '#formats/define.ts'
import { nameFile } from '#formats/name-file.ts'
import { npy } from '#formats/npy.ts'
import { elementCount, type TensorContent } from '#formats/tensor.ts'
import { readTensorJson } from '#formats/tensor-json.ts'
import { type FileSource, openFileSource } from '../../models/file-source.ts'
import { randomData } from '../../models/random-data.ts'
import type { RequestTensor } from '../request.ts'
import {
  datatypeOf,
  datatypeOfDtype,
  decodeBytes,
  dtypeOf,
  elementBytes,
  encodeBytes,
  encodeContent,
  encodeValues,
} from './datatypes.ts'
import { type PictureSteps, pictureFormat, preparePicture } from './picture.ts'
import { checkShape, elements, fitShape, smallestShape, type WantedShape } from './request-data-shape.ts'

/** Where the values came from, as far as other programs can fetch them the same way. */
export type Origin =
  | { from: 'values' }
  | { from: 'zeros' }
  | { from: 'random' }
  /** Bytes of this file from `offset` to its end are the tensor. */
  | { from: 'file'; path: string; offset: number }
  | { from: 'npy'; path: string; offset?: number }
  | { from: 'picture'; path: string; steps: PictureSteps }

export interface PreparedInput {
  tensor: RequestTensor & { data: Uint8Array }
  facts: Facts
  origin: Origin
  /** The origin's values stand so many times behind each other. */
  times: number
}

/** Values as read, before they are fitted to the input. */
interface ReadValues {
  bytes: Uint8Array
  shape: number[]
  facts: Facts
  origin: Origin
}

const RAW_EXTENSIONS = new Set(['.bin', '.raw', '.dat'])
/** JSON and text are held as text and as values: beyond this, .npy or raw bytes are the way. */
const MAX_TEXT_BYTES = 256 * 2 ** 20

/**
 * One input of a request: values from where the user says, fitted to the model's input.
 * @param wanted whether the input is batched, and the batch asked for: items are repeated to fill it
 * @throws EngineError DATA_INVALID, SHAPE_MISMATCH, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function prepareInput(
  input: RequestInput,
  spec: ServerTensor,
  wanted: { isBatched: boolean; batch: number },
  image: ImagePreparation,
): Promise<PreparedInput> {
  const datatype = datatypeOf(spec.datatype, spec.name)
  const place: WantedShape = { name: spec.name, shape: spec.shape, ...wanted }
  if (input.shape !== undefined) checkShape(place, input.shape, spec.name)
  const { source } = input
  if (source.from === 'random' || source.from === 'zeros') {
    const shape = input.shape ?? smallestShape(place)
    const made = source.from === 'zeros' ? zeros(datatype, shape) : random(datatype, shape, source.seed)
    const free = spec.shape.some((dim, axis) => dim < 0 && !(axis === 0 && wanted.isBatched)) && !input.shape
    const facts: Facts = { data: source.from, ...(free ? { freeSizes: 'each taken as 1' } : {}) }
    if (source.from === 'random') facts.seed = source.seed
    return finish(spec.name, datatype, shape, made, facts, { from: source.from })
  }
  const where = source.from === 'file' ? source.path : spec.name
  const read =
    source.from === 'file'
      ? await readFile(source, { datatype, place, image })
      : source.from === 'json'
        ? fromContent(readTensorJson(source.text, dtypeOf(datatype), where), { data: 'JSON' })
        : fromText(source.text, datatype, { data: 'text' }, where)
  const count = elementCount(read.shape)
  if (input.shape !== undefined) {
    if (elements(input.shape) !== count) {
      throw new EngineError(
        'SHAPE_MISMATCH',
        `${formatShape(input.shape)} takes ${elements(input.shape)} values, the data have ${count}`,
        { where },
      )
    }
    return finish(spec.name, datatype, input.shape, read.bytes, read.facts, read.origin)
  }
  const { shape, items } = fitShape(place, read.shape, where)
  const batch = wanted.isBatched ? (shape[0] ?? 1) : 1
  if (!wanted.isBatched || batch === items) {
    return finish(spec.name, datatype, shape, read.bytes, read.facts, read.origin)
  }
  const repeated = takeItems(read.bytes, datatype, items, batch)
  const facts = { ...read.facts, items: `${items} in the data, taken in turn to fill ${batch}` }
  const prepared = finish(spec.name, datatype, shape, repeated, facts, items === 1 ? read.origin : { from: 'values' })
  return items === 1 ? { ...prepared, times: batch } : prepared
}

function finish(
  name: string,
  datatype: Datatype,
  shape: number[],
  data: Uint8Array,
  facts: Facts,
  origin: Origin,
): PreparedInput {
  const tensor = { name, datatype, shape, data }
  return { tensor, origin, times: 1, facts: { ...facts, datatype, shape: formatShape(shape), bytes: data.length } }
}

function zeros(datatype: Datatype, shape: readonly number[]): Uint8Array {
  const size = elementBytes(datatype)
  return size === undefined
    ? encodeBytes(Array<string>(elements(shape)).fill(''))
    : new Uint8Array(size * elements(shape))
}

function random(datatype: Datatype, shape: readonly number[], seed: number): Uint8Array {
  const dtype = dtypeOf(datatype)
  return encodeContent({ dtype, shape: [...shape], data: randomData(dtype, shape, seed) })
}

/** Items one after the other, from the first again. */
function takeItems(bytes: Uint8Array, datatype: Datatype, items: number, batch: number): Uint8Array {
  if (datatype === 'BYTES') {
    const all = decodeBytes(bytes)
    const each = all.length / items
    return encodeBytes(Array.from({ length: batch * each }, (_, i) => all[i % all.length] ?? ''))
  }
  const itemBytes = bytes.length / items
  const result = new Uint8Array(itemBytes * batch)
  for (let to = 0; to < batch; to++) {
    const from = (to % items) * itemBytes
    result.set(bytes.subarray(from, from + itemBytes), to * itemBytes)
  }
  return result
}

interface Reading {
  datatype: Datatype
  place: WantedShape
  image: ImagePreparation
}

type FileKind = 'npy' | 'raw' | 'json' | 'text' | 'image'

async function readFile(
  { path, as }: { path: string; as: FileKind | 'auto' },
  { datatype, place, image }: Reading,
): Promise<ReadValues> {
  const source = await openFileSource(path)
  try {
    const head = await readHead(source)
    const kind = as === 'auto' ? kindOf(head, path, datatype) : as
    const facts: Facts = { data: kind, file: path }
    switch (kind) {
      case 'npy':
        return await readNpy(source, datatype, facts)
      case 'raw': {
        const bytes = await source.read(0, source.size)
        return { bytes, shape: [rawCount(bytes, datatype, path)], facts, origin: { from: 'file', path, offset: 0 } }
      }
      case 'json':
        return fromContent(readTensorJson(await textOf(source), dtypeOf(datatype), path), facts)
      case 'text':
        return fromText(await textOf(source), datatype, facts, path)
      case 'image': {
        const itemShape = place.isBatched ? place.shape.slice(1) : place.shape
        // Models without a batch often keep a first dimension of 1 for it.
        const inner = !place.isBatched && itemShape.length === 4 && Math.abs(itemShape[0] ?? 0) === 1
        const input = { name: place.name, datatype, itemShape: inner ? itemShape.slice(1) : itemShape }
        const made = await preparePicture(await source.read(0, source.size), input, image, path)
        return {
          bytes: made.data,
          shape: inner ? [1, ...made.itemShape] : made.itemShape,
          facts: { ...facts, ...made.facts },
          origin: { from: 'picture', path, steps: made.steps },
        }
      }
    }
  } finally {
    await source.close()
  }
}

/** What a file is, its content says; where that says nothing (raw bytes, text), its extension. */
function kindOf(head: FileHead, path: string, datatype: Datatype): FileKind {
  const extension = extname(path).toLowerCase()
  if (npy.sniff(head)) return 'npy'
  if (RAW_EXTENSIONS.has(extension)) return 'raw'
  if (datatype !== 'BYTES' && pictureFormat(head.bytes) !== undefined) return 'image'
  if (extension === '.json') return 'json'
  if (extension === '.txt') return 'text'
  const named = nameFile(head)
  throw new EngineError('DATA_INVALID', named ? `This is ${named.name}, not input data` : 'This is not input data', {
    where: path,
    hint: 'Input data is .npy, .json, .txt, a picture, or raw little-endian bytes named .bin.',
  })
}

async function readNpy(source: FileSource, datatype: Datatype, facts: Facts): Promise<ReadValues> {
  const content = await npy.read(source)
  if (content.dtype !== dtypeOf(datatype)) {
    const got = datatypeOfDtype(content.dtype) ?? content.dtype
    throw new EngineError('DATA_INVALID', `The input takes ${datatype}, the file holds ${got}`, {
      where: source.name,
      hint: 'Convert it in NumPy: array.astype(…).',
    })
  }
  const read = fromContent(content, facts)
  // The bytes at the file's end are the tensor where it lies there in C order and our byte order.
  const tail = await source.read(source.size - read.bytes.length, read.bytes.length)
  const isPlain = datatype !== 'BYTES' && Buffer.compare(tail, read.bytes) === 0
  const offset = isPlain ? { offset: source.size - read.bytes.length } : {}
  return { ...read, origin: { from: 'npy', path: source.name, ...offset } }
}

function fromContent(content: TensorContent, facts: Facts): ReadValues {
  return { bytes: encodeContent(content), shape: content.shape, facts, origin: { from: 'values' } }
}

/** A text an element a line for BYTES; numbers between blanks, commas or lines for all else. */
function fromText(text: string, datatype: Datatype, facts: Facts, where: string): ReadValues {
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/)
  const words = datatype === 'BYTES' ? lines : text.split(/[\s,;]+/).filter(word => word !== '')
  return {
    bytes: encodeValues(datatype, words, where),
    shape: [words.length],
    facts: { ...facts, values: words.length },
    origin: { from: 'values' },
  }
}

async function textOf(source: FileSource): Promise<string> {
  if (source.size > MAX_TEXT_BYTES) {
    throw new EngineError('DATA_INVALID', `${formatBytes(source.size)} of text`, {
      where: source.name,
      hint: 'Save large arrays as .npy.',
    })
  }
  return new TextDecoder('utf-8').decode(await source.read(0, source.size))
}

function rawCount(bytes: Uint8Array, datatype: Datatype, where: string): number {
  const size = elementBytes(datatype)
  // Raw BYTES are already with their length prefixes; a file without them is text.
  if (size === undefined) return decodeBytes(bytes, where).length
  if (bytes.length % size === 0) return bytes.length / size
  throw new EngineError('SHAPE_MISMATCH', `${bytes.length} bytes are no whole number of ${datatype} values`, { where })
}
