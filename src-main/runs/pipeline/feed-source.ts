import { readdir, readFile, stat } from 'node:fs/promises'
import { extname, join } from 'node:path'
import type { InputData } from '#domain/bench-spec.ts'
import { EngineError } from '#domain/errors.ts'
import type { TensorSpec } from '#domain/model.ts'
import type { Facts } from '#domain/passport.ts'
import type { Datatype, ImagePreparation } from '#domain/server.ts'
import { fitTensor } from '#formats/fit-tensor.ts'
import { dataFromBytes, isNumeric, type TensorContent } from '#formats/tensor.ts'
import { readNpz } from '../../models/npz.ts'
import { makeInput } from '../../models/tensor-data.ts'
import { pictureFormat, preparePicture } from '../../triton/data/picture.ts'

export interface FeedRequest {
  spec: TensorSpec
  /** Whole, batch included. */
  shape: readonly number[]
  /** -1: none. */
  axis: number
  data: InputData
  image: ImagePreparation
}

export interface Feed {
  content: TensorContent
  /** Where the values come from and every step of their preparation. */
  facts: Facts
}

/** Values of one input: seeded random, zeros, or from a file known by its content. @throws EngineError see `makeInput` */
export async function feedOf(request: FeedRequest): Promise<Feed> {
  const { spec, shape, axis, data } = request
  if (data.source !== 'file') {
    const facts: Facts =
      data.source === 'random'
        ? { from: 'random', seed: data.seed, range: 'floats uniform in [0, 1)' }
        : { from: 'zeros' }
    return { content: await makeInput(spec, shape, data, axis), facts }
  }
  const pictures = await picturesAt(data.path)
  if (pictures.length > 0) return fromPictures(pictures, request)
  if (extname(data.path).toLowerCase() === '.npz') return fromNpz(data.path, request)
  return { content: await makeInput(spec, shape, data, axis), facts: { from: data.path } }
}

/** The file itself where it is a picture, or the pictures of a folder by name; empty: neither. */
async function picturesAt(path: string): Promise<string[]> {
  const kind = await stat(path).catch(() => undefined) // whoever reads it says that it is missing
  if (kind === undefined) return []
  const paths = kind.isDirectory() ? (await readdir(path)).toSorted().map(name => join(path, name)) : [path]
  const found: string[] = []
  for (const each of paths) {
    if (!/\.(png|jpe?g|webp|gif|tiff?|avif|heic)$/i.test(each)) continue
    if (pictureFormat(await readFile(each)) !== undefined) found.push(each)
  }
  if (found.length > 0 || !kind.isDirectory()) return found
  throw new EngineError('DATA_INVALID', 'The folder holds no pictures', {
    where: path,
    hint: 'PNG, JPEG, WebP, GIF, TIFF or AVIF.',
  })
}

/** Triton's names of the dtypes a picture may become. */
const PICTURE_TYPES: Readonly<Record<string, Datatype>> = {
  float32: 'FP32',
  float16: 'FP16',
  uint8: 'UINT8',
  int8: 'INT8',
}

/** One picture an item; fewer than the batch are taken in turn. */
async function fromPictures(paths: readonly string[], { spec, shape, axis, image }: FeedRequest): Promise<Feed> {
  const { name, dtype } = spec
  const datatype = PICTURE_TYPES[dtype ?? '']
  if (datatype === undefined || dtype === undefined || !isNumeric(dtype)) {
    throw new EngineError('DATA_INVALID', `Input ${name} takes ${dtype ?? 'no tensor'}: no picture`, { where: name })
  }
  const itemShape = axis < 0 ? [...shape] : shape.toSpliced(axis, 1)
  const used = paths.slice(0, axis < 0 ? 1 : (shape[axis] ?? 1))
  const items: Uint8Array[] = []
  let facts: Facts = {}
  for (const path of used) {
    const prepared = await preparePicture(await readFile(path), { name, datatype, itemShape }, image, path)
    items.push(prepared.data)
    facts = prepared.facts
  }
  const content = { dtype, shape: [used.length, ...itemShape], data: dataFromBytes(dtype, Buffer.concat(items)) }
  const wanted = { name, dtype, shape, batchAxis: axis }
  return { content: fitTensor(content, wanted, used[0] ?? ''), facts: { from: [...used], ...facts } }
}

/** The array of the input's name, or the only one. */
async function fromNpz(path: string, { spec, shape, axis }: FeedRequest): Promise<Feed> {
  const { name, dtype } = spec
  const arrays = await readNpz(path)
  const [only, ...more] = arrays.keys()
  const chosen = arrays.has(name) || more.length > 0 ? name : only
  const content = chosen === undefined ? undefined : arrays.get(chosen)
  if (content === undefined || dtype === undefined) {
    throw new EngineError('DATA_INVALID', `The file has no array ${name}`, {
      where: path,
      hint: `Its arrays: ${[...arrays.keys()].join(', ') || 'none'}`,
    })
  }
  return {
    content: fitTensor(content, { name, dtype, shape, batchAxis: axis }, path),
    facts: { from: path, array: chosen ?? '' },
  }
}
