import { openSync } from 'node:fs'
import { basename } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { sqliteCode } from '../sqlite.ts'

/** Runs what may fail on a file of another program; SQLite's words for it are about the file, not about a session. */
export function foreign<T>(path: string, call: () => T): T {
  try {
    return call()
  } catch (thrown) {
    const code = sqliteCode(thrown)
    if (code === undefined) throw thrown
    if (code.startsWith('SQLITE_NOTADB')) {
      throw new EngineError('FORMAT_UNKNOWN', `${basename(path)} is not a SQLite database`, {
        where: path,
        hint: 'It is encrypted, cut off or another kind of file.',
        detail: toText(thrown),
      })
    }
    if (/^SQLITE_(CORRUPT|ERROR|FORMAT|SCHEMA|TOOBIG|MISUSE)/.test(code)) throw damage(path, undefined, toText(thrown))
    throw new EngineError(
      'FILE_UNREADABLE',
      `${basename(path)} cannot be read`,
      {
        where: path,
        hint: 'Check its permissions and the disk, and whether another program writes it.',
        detail: toText(thrown),
      },
      { cause: thrown },
    )
  }
}

export function openFile(path: string): number {
  try {
    return openSync(path, 'r')
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EngineError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      `${basename(path)} ${isMissing ? 'does not exist' : 'cannot be read'}`,
      { where: path, hint: 'Check that the file is there and may be read.', detail: toText(cause) },
      { cause },
    )
  }
}

/** SQLite would write files beside it, even to read it. No export of nsys is like that. */
export function inUse(path: string): EngineError {
  return new EngineError(
    'FORMAT_UNKNOWN',
    `${basename(path)} is a database that a program works with (write-ahead log)`,
    {
      where: path,
      hint: 'nsys does not write such databases. Close the program, or turn it: sqlite3 FILE "PRAGMA journal_mode=DELETE"',
    },
  )
}

export function damage(path: string, table: string | undefined, detail: string): EngineError {
  return new EngineError(
    'FORMAT_BROKEN',
    `${basename(path)} is damaged${table === undefined ? '' : ` in table ${table}`}`,
    {
      where: path,
      hint: 'Export it again from the report, or copy it again.',
      detail,
    },
  )
}

export function toText(thrown: unknown): string {
  if (thrown instanceof EngineError) return thrown.data.detail ?? thrown.message
  return thrown instanceof Error ? thrown.message : String(thrown)
}
