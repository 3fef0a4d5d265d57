import { accessSync, constants, realpathSync, statSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import { hasCode, readHead, sizeOf } from './disk.ts'
import { APPLICATION_ID } from './format.ts'
import { isOpenHere } from './open-here.ts'

/** What can be told of a file before SQLite opens it. */

const MAGIC = 'SQLite format 3\0'
const HEADER_BYTES = 100

/** SQLite's header as far as it matters here: https://sqlite.org/fileformat2.html#the_database_header */
export interface Head {
  /** The file says that it is written through a write-ahead log: open now, or not closed properly. */
  usesWal: boolean
  /** It carries our application id. */
  isOurs: boolean
  /** A sentence each. */
  damage: string[]
}

/**
 * Real path of a session, links followed: two names of one file are one session.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, NOT_A_SESSION for a folder
 */
export function realFile(path: string): string {
  try {
    const real = realpathSync(resolve(path))
    if (statSync(real).isFile()) return real
  } catch (cause) {
    if (hasCode(cause, 'ENOENT', 'ENOTDIR')) {
      throw new EngineError('FILE_NOT_FOUND', `${basename(path)} does not exist`, {
        where: path,
        hint: 'Check the path. A session that was moved can be opened from its new place.',
      })
    }
    throw new EngineError('FILE_UNREADABLE', `${basename(path)} cannot be opened`, { where: path }, { cause })
  }
  throw new EngineError('NOT_A_SESSION', `${basename(path)} is not a file`, {
    where: path,
    hint: 'Choose a .bscope file.',
  })
}

/**
 * @returns undefined where the file is open in this process already, and was checked then
 * @throws EngineError NOT_A_SESSION, SESSION_DAMAGED, FILE_UNREADABLE
 */
export function checkHead(path: string): Head | undefined {
  if (isOpenHere(path)) return undefined
  const head = headOf(path)
  const name = basename(path)
  const isOurs = head.length >= 72 && head.readUInt32BE(68) === APPLICATION_ID
  const isSqlite = head.subarray(0, MAGIC.length).toString('latin1') === MAGIC
  if (!isSqlite && !isOurs) throw notASession(path, head)
  if (!isSqlite || head.length < HEADER_BYTES) {
    throw new EngineError('SESSION_DAMAGED', `${name} is damaged at its very beginning`, {
      where: path,
      hint: 'Use a copy or a backup of the file. It was not changed.',
    })
  }
  const [writeVersion, readVersion] = [head.readUInt8(18), head.readUInt8(19)]
  const versionsFit = writeVersion === readVersion && (writeVersion === 1 || writeVersion === 2)
  return {
    usesWal: writeVersion === 2,
    isOurs,
    damage: [...(versionsFit ? [] : ['The header of the file is damaged.']), ...cutOff(path, head)],
  }
}

/** Why the file itself can't be written to, as a sentence; undefined when it can. */
export function writeProtection(path: string): string | undefined {
  try {
    accessSync(path, constants.W_OK)
    return undefined
  } catch (cause) {
    return hasCode(cause, 'EROFS') ? 'It lies on a read-only medium.' : 'The file is write-protected.'
  }
}

function headOf(path: string): Buffer {
  try {
    return readHead(path, HEADER_BYTES)
  } catch (cause) {
    throw new EngineError(
      'FILE_UNREADABLE',
      `${basename(path)} cannot be read`,
      { where: path, hint: 'Check the permissions of the file.' },
      { cause },
    )
  }
}

function notASession(path: string, head: Buffer): EngineError {
  const name = basename(path)
  const hint = 'Choose a file that Batchscope wrote (.bscope).'
  if (head.length === 0) return new EngineError('NOT_A_SESSION', `${name} is empty (0 bytes)`, { where: path, hint })
  const isText = /^[\t\n\r\x20-\x7e\u00a0-\uffff]+$/.test(head.toString('utf8').replace(/\ufffd+$/, ''))
  const what = isText ? ': it is a text file' : ''
  return new EngineError('NOT_A_SESSION', `${name} is not a session${what}`, { where: path, hint })
}

/** The header knows how many pages there are, unless an older SQLite wrote last. A crash's log may hold the rest. */
function cutOff(path: string, head: Buffer): string[] {
  const bytes = sizeOf(path) ?? 0
  const pageBytes = head.readUInt16BE(16) === 1 ? 65536 : head.readUInt16BE(16)
  const expected = head.readUInt32BE(28) * pageBytes
  const isCurrent = head.readUInt32BE(24) === head.readUInt32BE(92)
  if (!isCurrent || bytes >= expected || (sizeOf(`${path}-wal`) ?? 0) > 0) return []
  return [`The file is cut off: ${bytes} of ${expected} bytes are there.`]
}
