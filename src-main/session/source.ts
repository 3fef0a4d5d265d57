import { join } from 'node:path'
import { SqlDatabase, sqliteCode } from '../sqlite.ts'
import { asWriteError } from './copy-session.ts'
import { copyDatabase, type TemporaryFolder, temporaryFolder } from './disk.ts'

/** Where a session is read from: the file itself, or a copy of it in a temporary folder. */
export interface Source {
  db: SqlDatabase
  temporary?: TemporaryFolder
  /** Safe to call twice. */
  close(): void
}

/**
 * Opens the file for reading. A log that a crash left must be worked in before it can be read; where the file's own
 * folder can't be written for that, a copy is made.
 * @param asCopy the file can't be shared with whoever has it open   @param withoutLog the log beside it is not its own
 */
export function openSource(path: string, { asCopy = false, withoutLog = false } = {}): Source {
  if (asCopy || withoutLog) return copyOf(path, withoutLog)
  let db: SqlDatabase | undefined
  try {
    db = new SqlDatabase(path, { readOnly: true })
    db.pragma('schema_version') // the first real read
    return plain(db)
  } catch (thrown) {
    const code = sqliteCode(thrown) ?? ''
    if (db !== undefined && code.startsWith('SQLITE_CORRUPT')) return plain(db) // how much of it, inspection finds out
    db?.close()
    if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) return copyOf(path, false)
    throw thrown
  }
}

/** The same content where it may be changed. Closes `source` unless that is a copy already. */
export function workingCopy(path: string, source: Source): Source {
  if (source.temporary !== undefined) return source
  source.close()
  return copyOf(path, false)
}

function copyOf(path: string, withoutLog: boolean): Source {
  const temporary = temporaryFolder()
  try {
    const copy = copyDatabase(path, temporary.path, withoutLog)
    return plain(new SqlDatabase(copy), temporary)
  } catch (thrown) {
    temporary.remove()
    throw asWriteError(join(temporary.path, 'copy'), thrown)
  }
}

function plain(db: SqlDatabase, temporary?: TemporaryFolder): Source {
  return {
    db,
    ...(temporary === undefined ? {} : { temporary }),
    close() {
      db.close()
      temporary?.remove()
    },
  }
}
