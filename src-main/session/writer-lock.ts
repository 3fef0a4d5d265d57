import { randomUUID } from 'node:crypto'
import { existsSync, rmSync } from 'node:fs'
import { hostname } from 'node:os'
import { basename, dirname } from 'node:path'
import { z } from 'zod'
import { LockHolder } from '#domain/session.ts'
import { SqlDatabase, sqliteCode } from '../sqlite.ts'
import { freeBytes, sizeOf } from './disk.ts'

/**
 * One writer per session. `<file>-lock` is a tiny SQLite database: the writer leaves its name in it and then keeps a
 * write transaction open. The operating system drops that lock when the process dies, however it dies, so a lock is
 * never stale; others can still read the name. The lock file goes away with a clean close.
 * The lock file is only ever opened through SQLite: node:fs would drop the lock when it closes the file.
 */
export interface WriterLock {
  /** Gives the lock back. Safe to call twice. */
  release(): void
}

export type LockAnswer =
  | { lock: WriterLock }
  | { heldBy: LockHolder }
  /** A sentence: why this session can't be locked here. */
  | { impossible: string; code: 'DISK_FULL' | 'FILE_UNWRITABLE' }

/** Long enough to outwait another process's look at the lock (below 1 ms), short enough not to be noticed. */
const LOCK_WAIT_MS = 50
/** A round fails only where another process came or went meanwhile. */
const MAX_ROUNDS = 20

/** What a lock file and its journal take. */
const LOCK_BYTES = 16 * 1024

const DISK_FULL: LockAnswer = { impossible: 'The disk is full.', code: 'DISK_FULL' }

const HolderRow = LockHolder.extend({ token: z.string() })
type HolderRow = z.infer<typeof HolderRow>

/** @param sessionPath real path of the session, so that two names of one file meet in one lock */
export function acquireWriterLock(sessionPath: string, app: string): LockAnswer {
  const lockPath = `${sessionPath}-lock`
  // Looked at first, for on a full disk an empty lock file would stay behind.
  if (sizeOf(lockPath) === undefined && freeBytes(dirname(lockPath)) < LOCK_BYTES) return DISK_FULL
  const me = { pid: process.pid, host: hostname(), app, since: new Date().toISOString(), token: randomUUID() }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const answer = attempt(lockPath, me)
    if (answer !== 'again') return answer
  }
  return {
    impossible: 'Other programs keep taking and giving back the lock of this session.',
    code: 'FILE_UNWRITABLE',
  }
}

/** Who writes the session at this moment; undefined when nobody does. Writes nothing. */
export function currentHolder(sessionPath: string): LockHolder | undefined {
  const lockPath = `${sessionPath}-lock`
  if (!existsSync(lockPath)) return undefined
  let db: SqlDatabase | undefined
  try {
    db = new SqlDatabase(lockPath, { busyTimeoutMs: 0 })
    db.exec('BEGIN IMMEDIATE')
    return undefined
  } catch (thrown) {
    // Where the lock can't be tried (read-only folder of somebody else), its word and the process list must do.
    const holder = readHolder(lockPath)
    return holder !== undefined && (isBusy(thrown) || mayBeAlive(holder)) ? publicHolder(holder) : undefined
  } finally {
    db?.close()
  }
}

/** "Held by Batchscope 0.1.0 on lab-7 (process 4711) since 2026-11-21T10:00:00.000Z." */
export function holderSentence({ app, host, pid, since }: LockHolder): string {
  return `Held by ${app} on ${host} (process ${pid}) since ${since}.`
}

function attempt(lockPath: string, me: HolderRow): LockAnswer | 'again' {
  let db: SqlDatabase | undefined
  try {
    db = new SqlDatabase(lockPath, { create: true, busyTimeoutMs: LOCK_WAIT_MS })
    // A lock file is worthless after a power loss, so nothing waits for the disk.
    db.pragma('synchronous = OFF')
    writeHolder(db, me)
    db.exec('BEGIN IMMEDIATE')
    // Between both transactions another process may have locked, or a closing writer may have unlinked the file.
    if (readHolder(lockPath)?.token === me.token) return { lock: heldLock(db, lockPath, me.token) }
    db.close()
    return 'again'
  } catch (thrown) {
    const code = sqliteCode(thrown) ?? ''
    db?.close()
    if (isBusy(thrown)) {
      const holder = readHolder(lockPath)
      // A name of the dead: somebody else is only looking at the lock.
      return holder === undefined || !mayBeAlive(holder) ? 'again' : { heldBy: publicHolder(holder) }
    }
    if (code === '') throw thrown
    return code.startsWith('SQLITE_FULL')
      ? DISK_FULL
      : { impossible: whyImpossible(lockPath, code), code: 'FILE_UNWRITABLE' }
  }
}

function writeHolder(db: SqlDatabase, { pid, host, app, since, token }: HolderRow): void {
  db.transaction(() => {
    db.exec('CREATE TABLE IF NOT EXISTS holder (pid INTEGER, host TEXT, app TEXT, since TEXT, token TEXT) STRICT')
    db.exec('DELETE FROM holder')
    db.run('INSERT INTO holder VALUES (?, ?, ?, ?, ?)', pid, host, app, since, token)
  })
}

/** The name in the file that has the lock's path now: opened anew, so that an unlinked file is not taken for it. */
function readHolder(lockPath: string): HolderRow | undefined {
  let db: SqlDatabase | undefined
  try {
    db = new SqlDatabase(lockPath, { readOnly: true, busyTimeoutMs: LOCK_WAIT_MS })
    return db.row(HolderRow, 'SELECT * FROM holder')
  } catch {
    return undefined // gone, or not yet written: the caller tries again or goes by the lock alone
  } finally {
    db?.close()
  }
}

function heldLock(db: SqlDatabase, lockPath: string, token: string): WriterLock {
  let held = true
  return {
    release() {
      if (!held) return
      held = false
      // Somebody may have deleted our lock file, and another writer have made a new one: that is not ours to remove.
      const isOurs = readHolder(lockPath)?.token === token
      // Unlinked while still locked, so that nobody locks a file about to vanish. Windows can't: there after closing.
      if (isOurs && process.platform !== 'win32') removeQuietly(lockPath)
      db.close()
      if (isOurs && process.platform === 'win32') removeQuietly(lockPath)
    },
  }
}

/** A lock file left behind harms nobody: its lock is gone, the next writer takes the file over. */
function removeQuietly(lockPath: string): void {
  try {
    rmSync(lockPath, { force: true })
  } catch {
    return
  }
}

function publicHolder({ pid, host, app, since }: HolderRow): LockHolder {
  return { pid, host, app, since }
}

function mayBeAlive({ host, pid }: HolderRow): boolean {
  if (host !== hostname()) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM'
  }
}

function isBusy(thrown: unknown): boolean {
  return sqliteCode(thrown)?.startsWith('SQLITE_BUSY') === true
}

function whyImpossible(lockPath: string, code: string): string {
  const folder = dirname(lockPath)
  if (code.startsWith('SQLITE_CANTOPEN') || code.startsWith('SQLITE_READONLY')) {
    return `The folder ${folder} can't be written to, so nothing can be saved there.`
  }
  // Never removed here: two openers doing so at once could each end up with a lock.
  return `${basename(lockPath)} is not a lock that can be used. Delete that file to write here.`
}
