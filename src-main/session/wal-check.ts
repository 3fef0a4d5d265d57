import { readFileSync } from 'node:fs'
import { basename } from 'node:path'
import { sizeOf } from './disk.ts'

/**
 * A crash leaves the last commits in `<file>-wal`. SQLite drops such a log silently from the first frame whose
 * checksum fails: right for a commit that was cut off, wrong for committed points whose bytes were damaged later.
 * This tells the two apart. Layout: https://sqlite.org/fileformat2.html#the_write_ahead_log
 */
const HEADER_BYTES = 32
const FRAME_HEADER_BYTES = 24
/** Larger logs are a sign of trouble elsewhere (SQLite starts over at 4 MB); they are left to SQLite. */
const MAX_BYTES = 256 * 1024 * 1024

export interface LogState {
  /** A sentence each; the file must not be written then. */
  damage: string[]
  /** What to tell, though nothing is wrong with the file. */
  remarks: string[]
  /** The log belongs to another file. */
  ignore: boolean
}

export const SOUND_LOG: LogState = { damage: [], remarks: [], ignore: false }

/** @param path of a session that nobody has open   @param usesWal what its header says */
export function inspectLog(path: string, usesWal: boolean): LogState {
  const bytes = sizeOf(`${path}-wal`) ?? 0
  if (bytes === 0) return SOUND_LOG
  if (!usesWal) {
    // A session that was copied over one that had crashed: SQLite would apply the old log to it.
    const log = `${basename(path)}-wal`
    const damage = [
      `Beside the file lies ${log}, left by another one. It is ignored; move it away to write here again.`,
    ]
    return { damage, remarks: [], ignore: true }
  }
  const lost = unreadableCommits(path, bytes)
  if (lost === 0) return SOUND_LOG
  if (lost === 1) {
    // Also what a power cut leaves of a commit that nobody was told of yet.
    return { ...SOUND_LOG, remarks: ['The last change before a crash was not complete and is not there.'] }
  }
  return { ...SOUND_LOG, damage: [`${lost} changes before a crash can't be read: the write-ahead log is damaged.`] }
}

/** How many commits in the log can't be read. */
function unreadableCommits(path: string, bytes: number): number {
  if (bytes <= HEADER_BYTES || bytes > MAX_BYTES) return 0
  const wal = readFileSync(`${path}-wal`)
  const magic = wal.readUInt32BE(0)
  const pageBytes = wal.readUInt32BE(8)
  if (pageBytes < 512 || pageBytes > 65536) return 1
  const sums = new Checksums(wal, (magic & 1) === 1)
  sums.add(0, 24)
  let readable = (magic | 1) === 0x377f0683 && sums.fit(24)
  let lost = 0
  const frameBytes = FRAME_HEADER_BYTES + pageBytes
  for (let at = HEADER_BYTES; at + frameBytes <= wal.length; at += frameBytes) {
    const isOurs = [16, 20].some(salt => wal.readUInt32BE(salt) === wal.readUInt32BE(at + salt - 8))
    const isWhole = [16, 20].every(salt => wal.readUInt32BE(salt) === wal.readUInt32BE(at + salt - 8))
    if (!isOurs) {
      readable = false // left over from before the log started over: nothing of ours follows
      continue
    }
    sums.add(at, at + 8)
    sums.add(at + FRAME_HEADER_BYTES, at + frameBytes)
    readable = readable && isWhole && sums.fit(at + 16)
    const isCommit = wal.readUInt32BE(at + 4) !== 0
    if (!readable && isCommit) lost++
  }
  return lost
}

/** SQLite's running checksum over pairs of 32-bit words. */
class Checksums {
  readonly #bytes: Buffer
  readonly #word: (at: number) => number
  #first = 0
  #second = 0

  constructor(bytes: Buffer, bigEndian: boolean) {
    this.#bytes = bytes
    this.#word = bigEndian ? at => bytes.readUInt32BE(at) : at => bytes.readUInt32LE(at)
  }

  add(from: number, to: number): void {
    for (let at = from; at < to; at += 8) {
      this.#first = (this.#first + this.#word(at) + this.#second) >>> 0
      this.#second = (this.#second + this.#word(at + 4) + this.#first) >>> 0
    }
  }

  /** Whether the sums stored at `at` are those so far. */
  fit(at: number): boolean {
    return this.#bytes.readUInt32BE(at) === this.#first && this.#bytes.readUInt32BE(at + 4) === this.#second
  }
}
