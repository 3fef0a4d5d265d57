import { accessSync, constants, readdirSync, realpathSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, join, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'

/** Where a program is looked for, in this order. */
export interface ProgramSearch {
  /** File names to try, best first: `['python3', 'python']`. On Windows `.exe` is tried too. */
  names: readonly string[]
  /** From Settings: the program itself or the folder that holds it. When given and wrong, nothing else is tried. */
  configuredPath?: string
  /** Folders where installers put it although they are not on PATH; `~` is the home folder, `*` any part of one name, newest name first. */
  usualFolders?: readonly string[]
}

/**
 * Absolute path of a program: configured path → PATH → usual folders.
 * @throws EngineError TOOL_MISSING with everywhere it looked
 */
export function findProgram({ names, configuredPath, usualFolders = [] }: ProgramSearch): string {
  const title = names[0] ?? 'program'
  if (configuredPath) {
    const configured = resolve(expandHome(configuredPath))
    const found = isProgram(configured) ? configured : firstIn([configured], names)
    if (found !== undefined) return found
    throw new EngineError('TOOL_MISSING', `${title} is not at the configured path`, {
      where: configured,
      hint: 'Correct the path in Settings, or clear it to search PATH.',
    })
  }
  const pathFolders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const folders = [...pathFolders, ...usualFolders.map(expandHome).flatMap(existingFolders)]
  const found = firstIn(folders, names)
  if (found !== undefined) return found
  throw new EngineError('TOOL_MISSING', `${title} was not found`, {
    hint: `Install ${title} and put it on PATH, or set its path in Settings.`,
    detail: `Looked in: ${folders.join(', ')}`,
  })
}

/** As `findProgram`, for a program that may well be absent. */
export function findProgramIfAny(search: ProgramSearch): string | undefined {
  try {
    return findProgram(search)
  } catch (error) {
    if (error instanceof EngineError && error.code === 'TOOL_MISSING') return undefined
    throw error
  }
}

/** Every copy of a program that may be installed in several versions, in the order they are looked for; none: empty. */
export function findPrograms({ names, usualFolders = [] }: Omit<ProgramSearch, 'configuredPath'>): string[] {
  const pathFolders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  const folders = [...pathFolders, ...usualFolders.map(expandHome).flatMap(existingFolders)]
  const found = folders.map(folder => firstIn([folder], names)).filter(path => path !== undefined)
  // One of them is often a link to another.
  return [...new Map(found.map(path => [realpathSync(path), path])).values()]
}

function firstIn(folders: readonly string[], names: readonly string[]): string | undefined {
  const suffixes = process.platform === 'win32' ? ['.exe', '.cmd', ''] : ['']
  for (const name of names) {
    for (const folder of folders) {
      for (const suffix of suffixes) {
        const path = resolve(folder, name + suffix)
        if (isProgram(path)) return path
      }
    }
  }
  return undefined
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return statSync(path).isFile()
  } catch {
    return false // absent, a folder or not executable: not a program, the search goes on
  }
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? join(homedir(), path.slice(2)) : path
}

/** Folders that a path with `*` stands for, last name first ("2025.1" before "2024.6"). */
function existingFolders(pattern: string): string[] {
  const star = pattern.indexOf('*')
  if (star < 0) return [pattern]
  const parent = pattern.slice(0, pattern.lastIndexOf('/', star))
  const [segment = '', ...rest] = pattern.slice(parent.length + 1).split('/')
  const [before = '', after = ''] = segment.split('*')
  try {
    return readdirSync(parent)
      .filter(name => name.startsWith(before) && name.endsWith(after))
      .sort()
      .reverse()
      .map(name => [parent, name, ...rest].join('/'))
  } catch {
    return [] // no such folder here
  }
}
