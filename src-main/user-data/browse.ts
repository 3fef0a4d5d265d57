import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'

/** Same fields as the contract's FileEntry. */
export interface FolderEntry {
  name: string
  path: string
  kind: 'folder' | 'file'
  bytes?: number
  modifiedAt?: string
}

export interface FolderListing {
  path?: string
  parent?: string
  entries: FolderEntry[]
}

const MAX_ENTRIES = 2000 // a page can't show more; the rest is found by typing the path

/**
 * Server-side file list, only under `roots`. Links are followed first, so a link can't lead out.
 * @returns without `path` the roots themselves   @throws EngineError FORBIDDEN, FILE_NOT_FOUND, FILE_UNREADABLE
 */
export async function listFolder(roots: readonly string[], path?: string): Promise<FolderListing> {
  const allowed = await existingRoots(roots)
  if (path === undefined) {
    return { entries: allowed.map(root => ({ name: basename(root) || root, path: root, kind: 'folder' })) }
  }
  const folder = await allowedPath(allowed, path)
  const names = await readdir(folder, { withFileTypes: true }).catch(cause => {
    throw new EngineError('FILE_UNREADABLE', `The folder can't be listed`, { where: folder }, { cause })
  })
  const visible = names.filter(entry => !entry.name.startsWith('.')).slice(0, MAX_ENTRIES)
  const entries = await Promise.all(visible.map(entry => describe(join(folder, entry.name), entry.name)))
  const parent = dirname(folder)
  return {
    path: folder,
    ...(isUnder(allowed, parent) ? { parent } : {}),
    entries: entries.filter(entry => entry !== undefined).toSorted(byKindAndName),
  }
}

/** The real path of `path`, if it is under one of `roots`. @throws EngineError FORBIDDEN, FILE_NOT_FOUND */
export async function allowedPath(roots: readonly string[], path: string): Promise<string> {
  const allowed = await existingRoots(roots)
  const real = await realpath(resolve(path)).catch(() => undefined)
  const checked = real ?? resolve(path)
  if (!isUnder(allowed, checked)) {
    throw new EngineError('FORBIDDEN', 'This folder is not among those the server may show', {
      where: path,
      hint: 'Start the server with --root FOLDER, or add the folder under Settings.',
    })
  }
  if (real === undefined) throw new EngineError('FILE_NOT_FOUND', 'There is no such file or folder', { where: path })
  return real
}

async function existingRoots(roots: readonly string[]): Promise<string[]> {
  const real = await Promise.all(roots.map(root => realpath(resolve(root)).catch(() => undefined)))
  return [...new Set(real.filter(root => root !== undefined))]
}

function isUnder(roots: readonly string[], path: string): boolean {
  return roots.some(root => {
    const way = relative(root, path)
    return way === '' || (!way.startsWith('..') && !isAbsolute(way))
  })
}

/** Undefined for what is neither file nor folder, or went away meanwhile. */
async function describe(path: string, name: string): Promise<FolderEntry | undefined> {
  const facts = await stat(path).catch(() => undefined)
  if (facts?.isDirectory()) return { name, path, kind: 'folder' }
  if (facts?.isFile()) return { name, path, kind: 'file', bytes: facts.size, modifiedAt: facts.mtime.toISOString() }
  return undefined
}

function byKindAndName(a: FolderEntry, b: FolderEntry): number {
  return a.kind === b.kind ? a.name.localeCompare(b.name, 'en', { numeric: true }) : a.kind === 'folder' ? -1 : 1
}
