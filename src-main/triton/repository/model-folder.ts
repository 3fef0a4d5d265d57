import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { ConfigProblem, RepositoryModel } from '#domain/repository.ts'
import { backendOfFile } from './backends.ts'
import { type EngineFile, engineVersion } from './engine-version.ts'

const MAX_CONFIG_BYTES = 4 * 1024 * 1024

/** A model's folder as it lies on disk. */
export type FolderModel = Pick<RepositoryModel, 'name' | 'path' | 'versions' | 'configText'> & {
  /** Names of the files beside config.pbtxt. */
  files: string[]
  engines: EngineFile[]
  /** Links that lead to where nothing may be read. */
  hidden: string[]
}

/** @param mayRead whether what lies at a path, links followed, may be shown */
export async function readFolder(
  repository: string,
  name: string,
  mayRead: (path: string) => Promise<boolean>,
): Promise<FolderModel> {
  const path = join(repository, name)
  if (!(await mayRead(path))) return { name, path, versions: [], files: [], engines: [], hidden: [name] }
  const entries = await entriesOf(path)
  const versions: FolderModel['versions'] = []
  const hidden: string[] = []
  const engines: EngineFile[] = []
  const isShown = async (entry: string) => {
    const may = await mayRead(join(path, entry))
    if (!may) hidden.push(entry)
    return may
  }
  for (const { name: version, isFolder } of entries) {
    if (!isFolder || !/^[1-9]\d*$/.test(version) || !(await isShown(version))) continue
    const files = (await entriesOf(join(path, version))).filter(({ isFolder }) => !isFolder)
    versions.push({ version, files: files.map(({ name, bytes }) => ({ name, bytes })) })
    for (const file of files) {
      if (backendOfFile(file.name)?.id !== 'tensorrt' || !(await isShown(join(version, file.name)))) continue
      const tensorrt = await engineVersion(join(path, version, file.name))
      engines.push({ version, file: file.name, ...(tensorrt === undefined ? {} : { tensorrt }) })
    }
  }
  const configFile = entries.find(entry => entry.name === 'config.pbtxt' && !entry.isFolder)
  const isReadable = configFile !== undefined && configFile.bytes <= MAX_CONFIG_BYTES && (await isShown('config.pbtxt'))
  return {
    name,
    path,
    versions,
    ...(isReadable ? { configText: await readText(join(path, 'config.pbtxt')) } : {}),
    files: entries.filter(({ isFolder }) => !isFolder).map(({ name }) => name),
    engines,
    hidden,
  }
}

export function linkProblem(entry: string): ConfigProblem {
  return {
    severity: 'warning',
    message: `${entry} is a link to a place that may not be shown`,
    hint: 'Allow its folder under Settings, or copy the files into the repository.',
  }
}

/** Files and folders, not hidden ones, by name. @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE */
export async function entriesOf(path: string): Promise<{ name: string; isFolder: boolean; bytes: number }[]> {
  const names = await readdir(path).catch(cause => {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EngineError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? 'There is no such folder' : 'The folder cannot be read',
      { where: path },
      { cause },
    )
  })
  const visible = names.filter(name => !name.startsWith('.')).toSorted()
  const entries = await Promise.all(
    visible.map(async name => {
      const facts = await stat(join(path, name)).catch(() => undefined) // gone meanwhile, or a link to nowhere
      const isFolder = facts?.isDirectory() === true
      return (isFolder || facts?.isFile()) && facts ? { name, isFolder, bytes: facts.size } : undefined
    }),
  )
  return entries.filter(entry => entry !== undefined)
}

function readText(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(cause => {
    throw new EngineError('FILE_UNREADABLE', 'The configuration cannot be read', { where: path }, { cause })
  })
}
