import { randomUUID } from 'node:crypto'
import {
  closeSync,
  copyFileSync,
  fsyncSync,
  linkSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  unlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'

/** Files around a session: temporary copies, atomic placing. Nothing here knows what is inside. */

/** What SQLite may leave beside a database after a crash, in the order in which it is written. */
const SIDE_FILES = ['', '-wal', '-journal']

const UNFINISHED = '.batchscope-unfinished-'
const DAY_MS = 24 * 3_600_000

/** A folder of our own for copies; removed by `remove()`. */
export interface TemporaryFolder {
  path: string
  remove(): void
}

export function temporaryFolder(): TemporaryFolder {
  const path = mkdtempSync(join(tmpdir(), 'batchscope-'))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

/**
 * Copies a database with what lies beside it, so that it can be opened where its own folder can't be written.
 * A writer on another machine may change it meanwhile: then it is copied again.
 * @returns path of the copy
 */
export function copyDatabase(path: string, folder: string, withoutLog = false): string {
  const target = join(folder, 'session.bscope')
  const ATTEMPTS = 3
  for (let attempt = 1; ; attempt++) {
    const before = stamp(path)
    for (const suffix of withoutLog ? [''] : SIDE_FILES) {
      rmSync(target + suffix, { force: true })
      if (sizeOf(path + suffix) !== undefined) copyFileSync(path + suffix, target + suffix)
    }
    if (stamp(path) === before || attempt === ATTEMPTS) return target
  }
}

/** Removes what a crash left beside a file that is about to be replaced: it would be applied to the new file. */
export function removeSideFiles(path: string): void {
  for (const suffix of ['-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
}

/** Bytes of the file, or undefined when it is not there. */
export function sizeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.size
}

/** What may still be written in a folder; infinite where the system does not say. */
export function freeBytes(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  } catch {
    return Number.POSITIVE_INFINITY
  }
}

/** The first `bytes` of a file, or what it has. Not for files that SQLite has open in this process. */
export function readHead(path: string, bytes: number): Buffer {
  const file = openSync(path, 'r')
  try {
    const head = Buffer.alloc(bytes)
    return head.subarray(0, readSync(file, head, 0, bytes, 0))
  } finally {
    closeSync(file)
  }
}

/** Name for a file that is not finished yet, in the folder where it will be placed. */
export function unfinishedName(path: string): string {
  return join(dirname(path), UNFINISHED + randomUUID())
}

/** What a process that was killed while it made a file left in a folder. Younger ones may still be worked on. */
export function removeUnfinished(folder: string, nowMs = Date.now()): void {
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(UNFINISHED)) continue
    const path = join(folder, name)
    const modifiedMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? nowMs
    if (nowMs - modifiedMs > DAY_MS) rmSync(path, { force: true })
  }
}

/**
 * Puts a finished file under its name in one step: readers see the old one or the new one, never a part.
 * @throws EngineError FILE_EXISTS
 */
export function place(unfinished: string, path: string, overwrite: boolean): void {
  flush(unfinished, 'r+')
  if (overwrite) renameSync(unfinished, path)
  else placeNew(unfinished, path)
  // The name itself must reach the disk too; only Windows can't open a folder, and does not need it.
  if (process.platform !== 'win32') flush(dirname(path), 'r')
}

export function fileExists(path: string): EngineError {
  return new EngineError('FILE_EXISTS', `${basename(path)} exists already`, {
    where: path,
    hint: 'Choose another name, or say that it may be overwritten.',
  })
}

/** A link fails where the name is taken, in one step; file systems without links (FAT) get a look and a rename. */
function placeNew(unfinished: string, path: string): void {
  try {
    linkSync(unfinished, path)
    unlinkSync(unfinished)
  } catch (cause) {
    if (sizeOf(path) !== undefined) throw fileExists(path)
    if (!hasCode(cause, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw cause
    renameSync(unfinished, path)
  }
}

function flush(path: string, flags: 'r' | 'r+'): void {
  const file = openSync(path, flags)
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

export function hasCode(thrown: unknown, ...codes: string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code))
}

function stamp(path: string): string {
  return SIDE_FILES.map(suffix => {
    const stats = statSync(path + suffix, { throwIfNoEntry: false, bigint: true })
    return stats === undefined ? '-' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
  }).join(', ')
}
