import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'

/** Content of a small JSON file of ours. */
export type JsonRead = { value: unknown } | { broken: string } | undefined

/** @returns undefined where there is no file   @throws EngineError FILE_UNREADABLE */
export function readJson(path: string): JsonRead {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes(codeOf(cause) ?? '')) return undefined
    throw new EngineError(
      'FILE_UNREADABLE',
      `${basename(path)} cannot be read`,
      { where: path, hint: 'Check the permissions of the file.' },
      { cause },
    )
  }
  try {
    return { value: JSON.parse(text) }
  } catch (cause) {
    return { broken: cause instanceof Error ? cause.message : String(cause) }
  }
}

/**
 * Renames a file that can't be understood to `name.broken-<time>.json`, so that the next write does not end it.
 * @returns the new name; undefined where the folder can't be written, and so nothing can end the file
 */
export function setAside(path: string): string | undefined {
  const extension = extname(path)
  const aside = `${basename(path, extension)}.broken-${new Date().toISOString().replaceAll(':', '.')}${extension}`
  try {
    renameSync(path, join(dirname(path), aside))
    return aside
  } catch {
    return undefined
  }
}

/** Whole or not at all: written beside, brought to the disk and renamed. @throws EngineError FILE_UNWRITABLE, DISK_FULL */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    try {
      writeThrough(temporary, `${JSON.stringify(value, null, 2)}\n`)
      renameSync(temporary, path)
    } finally {
      rmSync(temporary, { force: true })
    }
  } catch (cause) {
    const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(cause) ?? '')
    throw new EngineError(
      isFull ? 'DISK_FULL' : 'FILE_UNWRITABLE',
      isFull ? `The disk is full: ${basename(path)} was not written` : 'Settings and lists cannot be written',
      {
        where: path,
        hint: 'Make the folder writable, or set BATCHSCOPE_DATA_DIR to another one.',
        detail: cause instanceof Error ? cause.message : String(cause),
      },
      { cause },
    )
  }
}

/** Without this, a power cut after the rename could leave an empty file under the good name. */
function writeThrough(path: string, text: string): void {
  const file = openSync(path, 'w')
  try {
    writeSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

function codeOf(thrown: unknown): string | undefined {
  return thrown instanceof Error && 'code' in thrown && typeof thrown.code === 'string' ? thrown.code : undefined
}
