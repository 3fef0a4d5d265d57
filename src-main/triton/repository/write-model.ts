import { randomUUID } from 'node:crypto'
import { copyFile, mkdir, rename, rm, stat, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { NewModel } from '#domain/repository.ts'
import { invalidConfig } from '#formats/pbtxt/invalid-config.ts'
import { parseConfig } from '#formats/pbtxt/parse-config.ts'
import { backendOfFile } from './backends.ts'

/** A file of a new model: copied, never moved. */
interface FileToWrite {
  path: string
  from: string
}

/**
 * Writes `repository/NAME/1/model.*` and, last, config.pbtxt; each file under a temporary name, then renamed.
 * @param beside files the model keeps its weights in, copied next to it
 * @returns paths written   @throws EngineError FILE_EXISTS, CONFIG_INVALID, FILE_UNWRITABLE, DISK_FULL
 */
export async function writeModel(
  repository: string,
  { name, modelPath }: Pick<NewModel, 'name' | 'modelPath'>,
  text: string,
  { overwrite, beside = [] }: { overwrite: boolean; beside?: readonly string[] },
): Promise<string[]> {
  refuseBroken(text)
  const folder = join(repository, checkedName(name))
  const version = join(folder, '1')
  if (!overwrite && (await exists(folder)))
    throw new EngineError('FILE_EXISTS', `There is a model "${name}" in this repository`, {
      where: folder,
      hint: 'Choose another name, or overwrite it.',
    })
  const files: FileToWrite[] = []
  if (modelPath !== undefined) {
    files.push({ path: join(version, backendOfFile(modelPath)?.file ?? basename(modelPath)), from: modelPath })
    for (const from of beside) files.push({ path: join(version, basename(from)), from })
  }
  const config = join(folder, 'config.pbtxt')
  await writing(folder, async () => {
    await mkdir(version, { recursive: true })
    for (const { path, from } of files) await atomically(path, temporary => copyFile(from, temporary))
    await atomically(config, temporary => writeFile(temporary, text))
  })
  return [...files.map(({ path }) => path), config]
}

/** Replaces the configuration of a model. @throws EngineError CONFIG_INVALID, FILE_NOT_FOUND, FILE_UNWRITABLE, DISK_FULL */
export async function writeConfigText(repository: string, name: string, text: string): Promise<void> {
  refuseBroken(text)
  const folder = join(repository, checkedName(name))
  if (!(await exists(folder)))
    throw new EngineError('FILE_NOT_FOUND', `There is no model "${name}" in this repository`, { where: folder })
  await writing(folder, () => atomically(join(folder, 'config.pbtxt'), temporary => writeFile(temporary, text)))
}

/** A name that stays in the repository. @throws EngineError USAGE */
export function checkedName(name: string): string {
  if (NewModel.shape.name.safeParse(name).success) return name
  throw new EngineError('USAGE', `"${name}" is not a name for a model`, {
    where: name,
    hint: 'Letters, digits, _ . -, and no folder.',
  })
}

function refuseBroken(text: string): void {
  const { config, problems } = parseConfig(text)
  if (config === undefined) throw invalidConfig(problems, 'config.pbtxt')
}

async function atomically(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = join(dirname(path), `.batchscope-${randomUUID()}`)
  try {
    await write(temporary)
    await rename(temporary, path)
  } finally {
    await rm(temporary, { force: true })
  }
}

async function writing(where: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
    if (typeof code !== 'string') throw cause
    const isFull = code === 'ENOSPC' || code === 'EDQUOT'
    throw new EngineError(
      isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
      'The model cannot be written',
      { where, detail: String(cause) },
      { cause },
    )
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}
