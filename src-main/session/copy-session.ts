import { realpathSync, rmSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { type SqlDatabase, sqliteCode } from '../sqlite.ts'
import { fileExists, hasCode, place, removeSideFiles, removeUnfinished, sizeOf, unfinishedName } from './disk.ts'
import { acquireWriterLock, holderSentence, type WriterLock } from './writer-lock.ts'

/** File systems allow 255 bytes; `-lock`, `-wal` and `-journal` must fit behind the name. */
const MAX_NAME_BYTES = 240

/**
 * Makes a new session file: `write` fills an unfinished one beside it, which then gets its name in one step.
 * @returns the real path, and the lock that is held on it
 * @throws EngineError FILE_EXISTS, FILE_UNWRITABLE, DISK_FULL
 */
export function makeSessionFile(
  path: string,
  app: string,
  overwrite: boolean,
  write: (unfinished: string) => void,
): { path: string; lock: WriterLock } {
  const target = writableTarget(path)
  if (!overwrite && sizeOf(target) !== undefined) throw fileExists(target)
  const lock = lockOrThrow(target, app)
  const unfinished = unfinishedName(target)
  try {
    removeUnfinished(dirname(target))
    write(unfinished)
    // What a crashed writer left beside the old file would be applied to the new one.
    removeSideFiles(target)
    place(unfinished, target, overwrite)
    return { path: target, lock }
  } catch (thrown) {
    rmSync(unfinished, { force: true })
    lock.release()
    throw asWriteError(target, thrown)
  }
}

/** A consistent, compact copy of an open session; what is hidden in it is copied too. */
export function copySession(db: SqlDatabase, path: string, app: string, overwrite: boolean): void {
  const write = (unfinished: string) => {
    db.run('VACUUM INTO ?', unfinished)
  }
  makeSessionFile(path, app, overwrite, write).lock.release()
}

/** @returns the path with the links of its folder followed */
function writableTarget(path: string): string {
  const name = basename(path)
  if (name !== name.trim()) {
    throw new EngineError('FILE_UNWRITABLE', "A session can't have a name that begins or ends with white space", {
      where: path,
      hint: 'Leave the white space out.',
    })
  }
  if (Buffer.byteLength(name) > MAX_NAME_BYTES) {
    throw new EngineError('FILE_UNWRITABLE', 'The file name is too long', {
      where: path,
      hint: `At most ${MAX_NAME_BYTES} bytes, .bscope included.`,
    })
  }
  try {
    const folder = realpathSync(dirname(resolve(path)))
    const target = join(folder, name)
    return sizeOf(target) === undefined ? target : realpathSync(target)
  } catch (cause) {
    throw new EngineError(
      'FILE_UNWRITABLE',
      `The folder of ${name} does not exist`,
      { where: path, hint: 'Make the folder, or choose another one.' },
      { cause },
    )
  }
}

function lockOrThrow(target: string, app: string): WriterLock {
  const answer = acquireWriterLock(target, app)
  if ('lock' in answer) return answer.lock
  const [why, code] =
    'heldBy' in answer ? [holderSentence(answer.heldBy), 'FILE_UNWRITABLE' as const] : [answer.impossible, answer.code]
  throw new EngineError(code, `${basename(target)} can't be written. ${why}`, {
    where: target,
    hint: 'Choose another name or folder.',
  })
}

/** What the file system or SQLite said, as the error of a file that could not be written. */
export function asWriteError(target: string, cause: unknown): unknown {
  const data = { where: target, detail: cause instanceof Error ? cause.message : String(cause) }
  const code = sqliteCode(cause) ?? ''
  const isFull = code === 'SQLITE_FULL' || (cause instanceof EngineError && cause.code === 'DISK_FULL')
  if (isFull || hasCode(cause, 'ENOSPC', 'EDQUOT')) {
    return new EngineError(
      'DISK_FULL',
      `The disk is full: ${basename(target)} was not written`,
      { ...data, hint: 'Free some space or choose another disk.' },
      { cause },
    )
  }
  const isOfTheFolder =
    code.startsWith('SQLITE_CANTOPEN') || hasCode(cause, 'EACCES', 'EPERM', 'EROFS', 'EIO', 'ENOENT')
  if (!isOfTheFolder) return cause
  return new EngineError(
    'FILE_UNWRITABLE',
    `${basename(target)} cannot be written`,
    { ...data, hint: 'Choose another folder.' },
    { cause },
  )
}
