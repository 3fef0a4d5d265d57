import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'

/** JSON of a small file; undefined where there is none. A file that is no JSON is set aside, not lost. */
export function readJson(path: string): unknown {
  if (!existsSync(path)) return undefined
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    setAside(path)
    return undefined
  }
}

/** Renames a file that can't be understood to `name.broken-<time>.json`, so that the next write does not end it. */
export function setAside(path: string): void {
  const extension = extname(path)
  const aside = `${basename(path, extension)}.broken-${new Date().toISOString().replaceAll(':', '.')}${extension}`
  renameSync(path, join(dirname(path), aside))
}

/** Whole or not at all: written beside and renamed. @throws EngineError FILE_UNWRITABLE */
export function writeJson(path: string, value: unknown): void {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`)
    renameSync(temporary, path)
  } catch (cause) {
    rmSync(temporary, { force: true })
    throw new EngineError(
      'FILE_UNWRITABLE',
      'Settings and lists cannot be written',
      {
        where: path,
        hint: 'Make the folder writable, or set BATCHSCOPE_DATA_DIR to another one.',
        detail: cause instanceof Error ? cause.message : String(cause),
      },
      { cause },
    )
  }
}
