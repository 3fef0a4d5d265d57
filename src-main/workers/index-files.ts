import { closeSync, fstatSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { IndexStorage } from '../traces/define.ts'
import { BlockCache, type SectionFile, tooShort, unreadable } from './index-blocks.ts'

const APPEND_BYTES = 1 << 18
/** Of blocks while an index is made and summed up: it is read from front to back, and nothing is asked again. */
export const CACHE_WHILE_MADE = { cacheBytes: 16 * 2 ** 20 }
const SECTION_NAME = /^[a-z][a-z0-9-]*$/

interface Section extends SectionFile {
  pending: Uint8Array
  pendingBytes: number
  writable: boolean
}

/**
 * The sections of an index as files of a folder. Short reads go through blocks that are kept, the oldest let go of;
 * long ones straight to the file. One process at a time writes a folder.
 */
export class IndexFiles implements IndexStorage {
  readonly #folder: string
  readonly #sections = new Map<string, Section | undefined>()
  readonly #blocks: BlockCache

  /** @param folder made when it is not there   @param cacheBytes for blocks that are read again and again */
  constructor(folder: string, { cacheBytes = 96 * 2 ** 20 }: { cacheBytes?: number } = {}) {
    this.#folder = folder
    this.#blocks = new BlockCache(cacheBytes)
    writing(folder, () => mkdirSync(folder, { recursive: true }))
  }

  append(section: string, bytes: Uint8Array): void {
    const open = this.#section(section, true)
    if (open === undefined) return
    if (open.pendingBytes + bytes.length > APPEND_BYTES) this.#flush(open)
    if (bytes.length >= APPEND_BYTES) {
      write(open, bytes)
      return
    }
    if (open.pending.length < open.pendingBytes + bytes.length) {
      const grown = new Uint8Array(Math.min(APPEND_BYTES, Math.max(4096, (open.pendingBytes + bytes.length) * 2)))
      grown.set(open.pending.subarray(0, open.pendingBytes))
      open.pending = grown
    }
    open.pending.set(bytes, open.pendingBytes)
    open.pendingBytes += bytes.length
  }

  read(section: string, byteOffset: number, into: Uint8Array): void {
    const open = this.#section(section, false)
    if (open === undefined || byteOffset + into.length > open.written + open.pendingBytes) {
      if (into.length === 0) return
      throw tooShort(open?.path ?? join(this.#folder, section))
    }
    if (byteOffset + into.length > open.written) this.#flush(open)
    this.#blocks.read(open, byteOffset, into)
  }

  size(section: string): number {
    const open = this.#section(section, false)
    return open === undefined ? 0 : open.written + open.pendingBytes
  }

  remove(section: string): void {
    const open = this.#section(section, false)
    if (open === undefined) return
    closeSync(open.file)
    this.#sections.set(section, undefined)
    writing(open.path, () => rmSync(open.path, { force: true }))
  }

  /** Writes what waits and closes every file, also when one cannot be written. @throws EngineError the first failure */
  close(): void {
    const failures: unknown[] = []
    for (const open of this.#sections.values()) {
      if (open === undefined) continue
      try {
        this.#flush(open)
      } catch (thrown) {
        failures.push(thrown)
      }
      closeSync(open.file)
    }
    this.#sections.clear()
    if (failures.length > 0) throw failures[0]
  }

  /** undefined: it is not there, and was not to be made. */
  #section(section: string, make: boolean): Section | undefined {
    const known = this.#sections.get(section)
    if (make ? known?.writable === true : this.#sections.has(section)) return known
    if (known !== undefined) closeSync(known.file)
    if (!SECTION_NAME.test(section)) throw new RangeError(`no name of a section: ${section}`)
    const path = join(this.#folder, section)
    const file = make ? writing(path, () => openSync(path, 'a+')) : openToRead(path)
    if (file === undefined) {
      this.#sections.set(section, undefined)
      return undefined
    }
    const open: Section = {
      file,
      path,
      written: fstatSync(file).size,
      pending: new Uint8Array(0),
      pendingBytes: 0,
      places: new Int32Array(0),
      writable: make,
    }
    this.#sections.set(section, open)
    return open
  }

  #flush(open: Section): void {
    if (open.pendingBytes === 0) return
    write(open, open.pending.subarray(0, open.pendingBytes))
    open.pendingBytes = 0
  }
}

function openToRead(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw unreadable(path, error)
  }
}

function write(open: Section, bytes: Uint8Array): void {
  for (let done = 0; done < bytes.length; )
    done += writing(open.path, () => writeSync(open.file, bytes, done, bytes.length - done, open.written + done))
  open.written += bytes.length
}

function writing<T>(path: string, attempt: () => T): T {
  try {
    return attempt()
  } catch (error) {
    const full = codeOf(error) === 'ENOSPC' || codeOf(error) === 'EDQUOT'
    throw new EngineError(
      full ? 'DISK_FULL' : 'FILE_UNWRITABLE',
      full ? 'The disk is full: the index of the trace does not fit' : 'The index of the trace cannot be written',
      {
        where: path,
        hint: full ? 'Make room on this disk, or keep the cache on another.' : 'Check the permissions of this folder.',
        detail: String(error),
      },
      { cause: error },
    )
  }
}

const codeOf = (error: unknown) => (error instanceof Error && 'code' in error ? error.code : undefined)
