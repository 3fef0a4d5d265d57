import { join, relative, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { openFileSource } from '../../models/file-source.ts'
import { encodeBytes } from './datatypes.ts'
import { type DataInput, type DataStep, type DataTensor, rawTensor } from './input-data-step.ts'

/**
 * A folder with a file for each input, named as the input: raw little-endian values of one item, or, for BYTES, a text a
 * line. Optional inputs may be missing.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, DATA_INVALID
 */
export async function readFolder(folder: string, inputs: readonly DataInput[]): Promise<DataStep> {
  const step: DataStep = []
  for (const input of inputs) {
    const tensor = await readInput(folder, input)
    if (tensor !== undefined) step.push(tensor)
  }
  return step
}

async function readInput(folder: string, input: DataInput): Promise<DataTensor | undefined> {
  const path = inside(folder, input.name)
  const bytes = await readIfThere(path)
  if (bytes === undefined) {
    if (input.optional) return undefined
    throw new EngineError('FILE_NOT_FOUND', `There is no data for input ${input.name}`, {
      where: path,
      hint: `The folder needs one file for each input: ${input.name}.`,
    })
  }
  const data = input.datatype === 'BYTES' ? encodeBytes(linesOf(new TextDecoder().decode(bytes))) : bytes
  return rawTensor(input, input.shape, data, path)
}

/** Names come from a server: they must not lead out of the folder. */
function inside(folder: string, name: string): string {
  const path = resolve(folder, name)
  const way = relative(resolve(folder), path)
  if (way !== '' && !way.startsWith('..') && join(resolve(folder), way) === path) return path
  throw new EngineError('DATA_INVALID', 'An input’s name leads out of the folder', { where: name })
}

async function readIfThere(path: string): Promise<Uint8Array | undefined> {
  const source = await openFileSource(path).catch((thrown: unknown) => {
    if (thrown instanceof EngineError && thrown.code === 'FILE_NOT_FOUND') return undefined
    throw thrown
  })
  if (source === undefined) return undefined
  try {
    return await source.read(0, source.size)
  } finally {
    await source.close()
  }
}

function linesOf(text: string): string[] {
  const lines = text.split(/\r?\n/)
  if (lines.at(-1) === '') lines.pop()
  return lines
}
