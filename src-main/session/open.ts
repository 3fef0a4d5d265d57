import { hostname } from 'node:os'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { LockHolder } from '#domain/session.ts'
import { SqlDatabase } from '../sqlite.ts'
import { makeSessionFile } from './copy-session.ts'
import { temporaryFolder } from './disk.ts'
import { checkHead, type Head, realFile, writeProtection } from './file-check.ts'
import { FORMAT_VERSION } from './format.ts'
import { type Inspected, inspect, unreadable } from './inspect.ts'
import { SessionRecords } from './records.ts'
import { recoverInto } from './recover.ts'
import { bringUpToDate, insertSessionRow, migrate } from './schema.ts'
import type { SessionFile } from './session-file.ts'
import { openSource, type Source, workingCopy } from './source.ts'
import { StoredSession } from './stored-session.ts'
import { inspectLog, SOUND_LOG } from './wal-check.ts'
import { acquireWriterLock, currentHolder, holderSentence, type WriterLock } from './writer-lock.ts'

export interface OpenSessionOptions {
  /** Goes into the file, and is what others are told of who holds it. */
  appVersion: string
  readOnly?: boolean
}

/** What this opener may do, and why not more. */
interface Access {
  lock?: WriterLock
  heldBy?: LockHolder
  /** A sentence; absent exactly where there is a lock. */
  readOnlyReason?: string
}

/**
 * A new, empty session, open for writing.
 * @throws EngineError FILE_EXISTS, FILE_UNWRITABLE, DISK_FULL
 */
export function createSession(path: string, { appVersion }: { appVersion: string }): SessionFile {
  const file = makeSessionFile(path, appName(appVersion), false, unfinished => writeEmpty(unfinished, appVersion))
  try {
    return openForWriting(file.path, file.lock, appVersion, [])
  } catch (thrown) {
    file.lock.release()
    throw thrown
  }
}

/**
 * Opens a session: for writing where possible, else read-only, and `info().readOnlyReason` says why. A damaged file is
 * never written; what can be read of it is shown.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, NOT_A_SESSION, SESSION_NEWER, SESSION_DAMAGED
 */
export function openSession(path: string, { appVersion, readOnly = false }: OpenSessionOptions): SessionFile {
  const file = realFile(path)
  const head = checkHead(file)
  const access = readOnly ? readAccess(file) : writeAccess(file, appVersion)
  try {
    return openWith(file, head, access, appVersion)
  } catch (thrown) {
    access.lock?.release()
    throw thrown
  }
}

function openWith(file: string, head: Head | undefined, access: Access, appVersion: string): SessionFile {
  const log = head === undefined || access.heldBy !== undefined ? SOUND_LOG : inspectLog(file, head.usesWal)
  const source = openSource(file, { asCopy: isElsewhere(access.heldBy), withoutLog: log.ignore })
  try {
    const found = inspect(source.db, appVersion, head?.isOurs ?? true)
    const damage = [...(head?.damage ?? []), ...log.damage, ...found.damage]
    if (damage.length > 0) return openRecovered(file, source, found, damage, access, appVersion)
    if (access.lock === undefined || found.newer) return openForReading(file, source, found, access, appVersion)
    const writer = tryForWriting(file, access.lock, appVersion, log.remarks)
    if (!(writer instanceof EngineError)) {
      source.close()
      return writer
    }
    return openForReading(file, source, found, { ...access, readOnlyReason: `${writer.message}.` }, appVersion)
  } catch (thrown) {
    source.close()
    throw thrown
  }
}

/** @returns the error where the place, not the file, is why it can't be written now */
function tryForWriting(
  file: string,
  lock: WriterLock,
  appVersion: string,
  remarks: string[],
): SessionFile | EngineError {
  try {
    return openForWriting(file, lock, appVersion, remarks)
  } catch (thrown) {
    const codes = ['DISK_FULL', 'FILE_UNWRITABLE', 'SESSION_READ_ONLY']
    if (thrown instanceof EngineError && codes.includes(thrown.code)) return thrown
    throw thrown
  }
}

/** Brings an older file to this version and ends what a crash cut off; a file that needs neither is not changed. */
function openForWriting(path: string, lock: WriterLock, appVersion: string, damage: string[]): SessionFile {
  const db = new SqlDatabase(path)
  try {
    // Each commit waits for the disk: 0.1–10 ms for a point that took seconds, and it outlives a power cut, not only a kill.
    db.pragma('synchronous = FULL')
    bringUpToDate(db, appVersion)
    const records = new SessionRecords(db)
    if (records.hasUnfinished()) db.transaction(() => records.interruptUnfinished())
    return new StoredSession({ path, db, appVersion, lock, damage })
  } catch (thrown) {
    db.close()
    throw thrown
  }
}

function openForReading(
  path: string,
  source: Source,
  { newer, format, session }: Inspected,
  access: Access,
  appVersion: string,
): SessionFile {
  access.lock?.release()
  const madeBy = `Made by Batchscope ${session?.app_version} (session format ${format}), opens read-only in ${appVersion}.`
  const readOnlyReason = newer ? madeBy : (access.readOnlyReason ?? 'Opened read-only.')
  // An older file can't be brought up to date where it lies.
  const own = format < FORMAT_VERSION ? workingCopy(path, source) : source
  if (own !== source) bringUpToDate(own.db, appVersion)
  return new StoredSession({ ...own, ...only(access), path, appVersion, readOnlyReason, damage: [] })
}

/** A damaged file is left alone: what can be read of it goes into a sound session in a temporary folder. */
function openRecovered(
  path: string,
  source: Source,
  { session }: Inspected,
  damage: string[],
  access: Access,
  appVersion: string,
): SessionFile {
  access.lock?.release()
  const temporary = temporaryFolder()
  try {
    const recovered = join(temporary.path, 'recovered.bscope')
    const { lost, isEmpty } = recoverInto(source.db, recovered, session, appVersion)
    if (session === undefined && isEmpty) throw unreadable(path)
    source.close()
    return new StoredSession({
      path,
      db: new SqlDatabase(recovered, { readOnly: true }),
      temporary,
      appVersion,
      ...only(access),
      readOnlyReason: 'The file is damaged. What can be read of it is shown; “Save as” makes a sound copy.',
      damage: [...damage, ...(lost.length === 0 ? ['All runs in it could still be read.'] : lost)],
    })
  } catch (thrown) {
    temporary.remove()
    throw thrown
  }
}

function writeAccess(file: string, appVersion: string): Access {
  const answer = acquireWriterLock(file, appName(appVersion))
  if ('heldBy' in answer) return { ...answer, readOnlyReason: holderSentence(answer.heldBy) }
  if ('impossible' in answer) return { readOnlyReason: answer.impossible }
  const protection = writeProtection(file)
  if (protection === undefined) return answer
  answer.lock.release()
  return { readOnlyReason: protection }
}

function readAccess(file: string): Access {
  const heldBy = currentHolder(file)
  return { readOnlyReason: 'Opened read-only.', ...only({ heldBy }) }
}

function only({ heldBy }: { heldBy?: LockHolder | undefined }): { heldBy?: LockHolder } {
  return heldBy === undefined ? {} : { heldBy }
}

function isElsewhere(holder: LockHolder | undefined): boolean {
  // SQLite's log needs memory that both sides share; over a network file system there is none.
  return holder !== undefined && holder.host !== hostname()
}

function writeEmpty(path: string, appVersion: string): void {
  const db = new SqlDatabase(path, { create: true })
  try {
    db.transaction(() => {
      migrate(db, 0)
      insertSessionRow(db, appVersion, new Date().toISOString())
    })
  } finally {
    db.close()
  }
}

function appName(appVersion: string): string {
  return `Batchscope ${appVersion}`
}
