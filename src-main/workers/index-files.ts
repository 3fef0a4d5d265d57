import { closeSync, fstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { IndexStorage } from '../traces/define.ts'

const BLOCK_BYTES = 1 << 16
const APPEND_BYTES = 1 << 18
const SECTION_NAME = /^[a-z][a-z0-9-]*$/

interface Section {
  file: number
  path: string
  /** Bytes in the file; what is appended since waits in `pending`. */
  written: number
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
  readonly #mostBlocks: number
  readonly #sections = new Map<string, Section | undefined>()
  /** By section and number, oldest first. */
  readonly #blocks = new Map<string, Map<number, Uint8Array>>()
  #blockCount = 0

  /** @param folder made when it is not there   @param cacheBytes for blocks that are read again and again */
  constructor(folder: string, { cacheBytes = 48 * 2 ** 20 }: { cacheBytes?: number } = {}) {
    this.#folder = folder
    this.#mostBlocks = Math.max(4, Math.floor(cacheBytes / BLOCK_BYTES))
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
    if (into.length >= BLOCK_BYTES) {
      readAll(open, byteOffset, into)
      return
    }
    for (let done = 0; done < into.length; ) {
      const at = byteOffset + done
      const number = Math.floor(at / BLOCK_BYTES)
      const block = this.#block(section, open, number)
      const from = at - number * BLOCK_BYTES
      const part = Math.min(into.length - done, block.length - from)
      into.set(block.subarray(from, from + part), done)
      done += part
    }
  }

  size(section: string): number {
    const open = this.#section(section, false)
    return open === undefined ? 0 : open.written + open.pendingBytes
  }

  remove(section: string): void {
    const open = this.#section(section, false)
    if (open === undefined) return
    this.#forgetBlocks(section)
    closeSync(open.file)
    this.#sections.set(section, undefined)
    writing(open.path, () => rmSync(open.path, { force: true }))
  }

  /** Writes what waits and closes every file. */
  close(): void {
    for (const open of this.#sections.values()) {
      if (open === undefined) continue
      this.#flush(open)
      closeSync(open.file)
    }
    this.#sections.clear()
    this.#blocks.clear()
    this.#blockCount = 0
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

  #block(section: string, open: Section, number: number): Uint8Array {
    let blocks = this.#blocks.get(section)
    if (blocks === undefined) {
      blocks = new Map()
      this.#blocks.set(section, blocks)
    }
    const known = blocks.get(number)
    const start = number * BLOCK_BYTES
    // The last block grows while the section does.
    const length = Math.min(BLOCK_BYTES, open.written - start)
    if (known !== undefined && known.length === length) return known
    const block = new Uint8Array(length)
    readAll(open, start, block)
    if (known === undefined) this.#makeRoom()
    blocks.set(number, block)
    return block
  }

  /** The oldest block of the largest section goes: windows jump about, so what was used last says little. */
  #makeRoom(): void {
    if (this.#blockCount < this.#mostBlocks) {
      this.#blockCount++
      return
    }
    let largest: Map<number, Uint8Array> | undefined
    for (const blocks of this.#blocks.values()) if (blocks.size > (largest?.size ?? 0)) largest = blocks
    for (const number of largest?.keys() ?? []) {
      largest?.delete(number)
      return
    }
  }

  #forgetBlocks(section: string): void {
    this.#blockCount -= this.#blocks.get(section)?.size ?? 0
    this.#blocks.delete(section)
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

function readAll(open: Section, offset: number, into: Uint8Array): void {
  for (let done = 0; done < into.length; ) {
    let part = 0
    try {
      part = readSync(open.file, into, done, into.length - done, offset + done)
    } catch (error) {
      throw unreadable(open.path, error)
    }
    if (part === 0) throw tooShort(open.path)
    done += part
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

const unreadable = (path: string, error: unknown) =>
  new EngineError(
    'FILE_UNREADABLE',
    'The index of the trace cannot be read',
    { where: path, hint: 'Delete the index; it is made again from the trace.', detail: String(error) },
    { cause: error },
  )

const tooShort = (path: string) =>
  new EngineError('FILE_UNREADABLE', 'The index of the trace is shorter than it should be', {
    where: path,
    hint: 'Delete the index; it is made again from the trace.',
  })
