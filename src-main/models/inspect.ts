import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { basename, dirname, isAbsolute, relative, resolve, sep } from 'node:path'
import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { Model } from '#domain/model.ts'
import { type Format, type ModelContent, readHead } from '#formats/define.ts'
import { nameFile } from '#formats/name-file.ts'
import { onnx } from '#formats/onnx.ts'
import { torchscript } from '#formats/torchscript.ts'
import { type FileSource, openFileSource } from './file-source.ts'

/** Formats that give a model. */
export const MODEL_FORMATS: readonly Format<'model'>[] = [onnx, torchscript]

const HASH_CHUNK_BYTES = 1_048_576
const KEPT_MODELS = 32

interface Kept {
  key: string
  model: Model
  /** Files beside it, as they were: path and key. */
  external: { path: string; key: string }[]
}
/** Latest first. Hashing gigabytes again for each form change would take seconds. */
const kept: Kept[] = []

/**
 * A model as read from its file: inputs, outputs, what its weights are, SHA-256 of it and of the files it takes its
 * weights from. Nothing is run. The same file (path, size, modification time) is read once.
 * @param path as the user gave it; the model keeps it absolute
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, MODEL_BROKEN, FORBIDDEN (weights outside the model's folder);
 *   what `signal` was aborted with
 */
export async function inspectModel(path: string, signal?: AbortSignal): Promise<Model> {
  const absolute = resolve(path)
  const source = await openFileSource(absolute)
  try {
    const known = await recall(absolute, fileKey(source))
    if (known !== undefined) return known
    const head = await readHead(source)
    const format = MODEL_FORMATS.find(format => format.sniff(head))
    if (format === undefined) throw notAModel(absolute, nameFile(head))
    const { externalFiles, ...content } = await format.read(source, signal)
    const external = await readExternal(absolute, externalFiles, signal)
    const model: Model = {
      path: absolute,
      name: basename(absolute),
      format: format.id,
      bytes: source.size,
      sha256: await hash(source, signal),
      externalData: external.map(({ key: _, ...file }) => file),
      ...content,
    }
    kept.unshift({ key: fileKey(source), model, external })
    kept.length = Math.min(kept.length, KEPT_MODELS)
    return model
  } finally {
    await source.close()
  }
}

async function recall(path: string, key: string): Promise<Model | undefined> {
  const entry = kept.find(({ model, key: old }) => model.path === path && old === key)
  if (entry === undefined) return undefined
  for (const { path, key } of entry.external) {
    const source = await openFileSource(path).catch(() => undefined)
    const unchanged = source !== undefined && fileKey(source) === key
    await source?.close()
    if (!unchanged) return undefined
  }
  return entry.model
}

function fileKey({ size, modifiedMs }: FileSource): string {
  return `${size} ${modifiedMs}`
}

function notAModel(path: string, named: ReturnType<typeof nameFile>): EngineError {
  const hint = named?.hint ?? 'Choose an ONNX model (.onnx).'
  const message = named ? `This is ${named.name}, not an ONNX model` : 'This is not an ONNX model'
  return new EngineError('MODEL_BROKEN', message, { where: path, hint })
}

interface ExternalFile {
  path: string
  bytes: number
  sha256: string
  key: string
}

async function readExternal(
  modelPath: string,
  files: ModelContent['externalFiles'],
  signal: AbortSignal | undefined,
): Promise<ExternalFile[]> {
  const read: ExternalFile[] = []
  for (const { location, needsBytes } of files) {
    const path = await besideModel(modelPath, location)
    const source = await openFileSource(path).catch(thrown => {
      throw missingWeights(location, path, thrown)
    })
    try {
      if (source.size < needsBytes) {
        throw new EngineError(
          'MODEL_BROKEN',
          `${location} has ${formatBytes(source.size)}, the model's weights need ${formatBytes(needsBytes)}`,
          {
            where: path,
            hint: 'The file with the weights is cut short, or of another model. Copy it again.',
          },
        )
      }
      read.push({ path, bytes: source.size, sha256: await hash(source, signal), key: fileKey(source) })
    } finally {
      await source.close()
    }
  }
  return read
}

/**
 * The path a model names, if it stays in the model's folder. Where links lead out of it (model hubs link every file into
 * a store), it must lie beside the model's own target.
 * @throws EngineError FORBIDDEN
 */
async function besideModel(modelPath: string, location: string): Promise<string> {
  const path = resolve(dirname(modelPath), location)
  const target = await realpath(path).catch(() => path)
  const folders = [await realpath(dirname(modelPath)), dirname(await realpath(modelPath))]
  const stays =
    isInside(dirname(modelPath), path) && (target === path || folders.some(folder => isInside(folder, target)))
  if (stays && !isAbsolute(location)) return path
  throw new EngineError('FORBIDDEN', `The model takes weights from outside its folder: ${location}`, {
    where: location,
    hint: 'A model may name only files beside it. Do not run it unless you trust who made it.',
  })
}

function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path)
  return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way)
}

function missingWeights(location: string, path: string, thrown: unknown): unknown {
  if (!(thrown instanceof EngineError) || thrown.code !== 'FILE_NOT_FOUND') return thrown
  const hint = `Put ${location} beside the model: it was exported in two or more files.`
  return new EngineError('FILE_NOT_FOUND', `The model keeps its weights in ${location}, which is not there`, {
    where: path,
    hint,
  })
}

async function hash(source: FileSource, signal: AbortSignal | undefined): Promise<string> {
  const digest = createHash('sha256')
  for (let offset = 0; offset < source.size; ) {
    signal?.throwIfAborted()
    const chunk = await source.read(offset, HASH_CHUNK_BYTES)
    if (chunk.length === 0) {
      throw new EngineError('FILE_UNREADABLE', `${source.name} got shorter while it was read`, { where: source.name })
    }
    digest.update(chunk)
    offset += chunk.length
  }
  return digest.digest('hex')
}
