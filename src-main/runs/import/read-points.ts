import { createHash } from 'node:crypto'
import { EngineError } from '#domain/errors.ts'
import { type Format, type PointsContent, readHead } from '#formats/define.ts'
import { nameFile } from '#formats/name-file.ts'
import { joinEngine } from '#formats/trtexec/join.ts'
import { type FileSource, openFileSource } from '../../models/file-source.ts'

/** A file as it was read: what it holds, and what it is. */
export interface ImportedFile {
  path: string
  format: Pick<Format, 'id' | 'title' | 'partOf'>
  content: PointsContent
  bytes: number
  sha256: string
  modifiedMs: number
}

/** What to do with a file of another kind. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  model: 'A model is measured: batchscope bench FILE',
  tensor: 'An array is input data: batchscope bench MODEL --data INPUT:file:PATH',
  'server-statistics':
    'Statistics count everything since the model was loaded; a sweep takes their growth: batchscope sweep URL',
  'server-metrics': 'Metrics are shown live: batchscope server URL',
  'model-config': 'The configuration belongs to a model repository.',
}

const CHUNK_BYTES = 2 ** 20

/**
 * A table, log or export of another program, recognised by its content.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, FORMAT_UNKNOWN (named for what it is), FORMAT_BROKEN
 */
export async function readPoints(
  path: string,
  formats: readonly Format[],
  signal?: AbortSignal,
): Promise<ImportedFile> {
  const source = await openFileSource(path)
  try {
    const head = await readHead(source)
    const claiming = formats.find(format => format.sniff(head))
    const format = formats.filter(isPointsFormat).find(({ id }) => id === claiming?.id)
    if (format === undefined) throw notPoints(path, claiming, nameFile(head))
    const content = await format.read(source, signal)
    const { size: bytes, modifiedMs } = source
    return { path, format, content, bytes, sha256: await hash(source, signal), modifiedMs }
  } finally {
    await source.close()
  }
}

/**
 * A file and what belongs to it, as one.
 * @throws EngineError as `readPoints`; SPEC_INVALID for files that are not of one engine
 */
export async function readTogether(
  paths: readonly [string, ...string[]],
  formats: readonly Format[],
): Promise<{ files: [ImportedFile, ...ImportedFile[]]; content: PointsContent }> {
  const [first, ...others] = paths
  const files: [ImportedFile, ...ImportedFile[]] = [await readPoints(first, formats)]
  for (const path of others) files.push(await readPoints(path, formats))
  if (others.length === 0) return { files, content: files[0].content }
  const alone = files.find(({ format }) => format.partOf === undefined)
  if (alone !== undefined) {
    throw new EngineError('SPEC_INVALID', `${alone.format.title} is read alone, not together with other files`, {
      where: alone.path,
      hint: 'Import it by itself. A trtexec log and its exports are read together.',
    })
  }
  return { files, content: joinEngine(files.map(({ content }) => content)) }
}

function isPointsFormat(format: Format): format is Format<'points'> {
  return format.gives === 'points'
}

function notPoints(path: string, claiming: Format | undefined, named: ReturnType<typeof nameFile>): EngineError {
  const what = claiming?.title ?? named?.name
  const hint = ELSEWHERE[claiming?.gives ?? ''] ?? named?.hint ?? 'Run `batchscope import` without a file for the list.'
  return new EngineError(
    'FORMAT_UNKNOWN',
    what === undefined ? 'No format claims this file' : `This is ${what}: it holds no results that can be imported`,
    { where: path, hint },
  )
}

async function hash(source: FileSource, signal?: AbortSignal): Promise<string> {
  const sha = createHash('sha256')
  for (let offset = 0; offset < source.size; offset += CHUNK_BYTES) {
    signal?.throwIfAborted()
    sha.update(await source.read(offset, CHUNK_BYTES))
  }
  return sha.digest('hex')
}
