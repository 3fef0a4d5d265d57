import { readSync } from 'node:fs'
import { EngineError } from '#domain/errors.ts'

/** A window reads some dozen bytes here and there: larger blocks would mostly bring what nobody asked for. */
const BLOCK_BYTES = 1 << 13
/** Longer reads are not likely to come again, and fill the memory of the caller as fast. */
const LONGEST_KEPT_BYTES = 1 << 16
const BLOCKS_PER_PIECE = 128

export interface SectionFile {
  /** Of its own, in one cache. */
  number: number
  file: number
  path: string
  /** Bytes in the file. */
  written: number
}

/** Blocks of files that were read, in memory that is used again: what was read first is let go of first. */
export class BlockCache {
  readonly #most: number
  /** Place of a block, by section and number of the block. */
  readonly #places = new Map<number, number>()
  readonly #keys: Float64Array
  readonly #pieces: Uint8Array[] = []
  #next = 0

  constructor(bytes: number) {
    this.#most = Math.max(4, Math.floor(bytes / BLOCK_BYTES))
    this.#keys = new Float64Array(this.#most).fill(-1)
  }

  /** @throws EngineError FILE_UNREADABLE */
  read(section: SectionFile, byteOffset: number, into: Uint8Array): void {
    if (into.length >= LONGEST_KEPT_BYTES) {
      readAll(section, byteOffset, into)
      return
    }
    for (let done = 0; done < into.length; ) {
      const at = byteOffset + done
      const number = Math.floor(at / BLOCK_BYTES)
      // The last block still grows while an index is made: it is not kept.
      if ((number + 1) * BLOCK_BYTES > section.written) {
        readAll(section, at, into.subarray(done))
        return
      }
      const block = this.#block(section, number)
      const from = at - number * BLOCK_BYTES
      const part = Math.min(into.length - done, BLOCK_BYTES - from)
      if (part < 64) for (let byte = 0; byte < part; byte++) into[done + byte] = block[from + byte] ?? 0
      else into.set(block.subarray(from, from + part), done)
      done += part
    }
  }

  #block(section: SectionFile, number: number): Uint8Array {
    const key = section.number * 2 ** 40 + number
    const known = this.#places.get(key)
    if (known !== undefined) return this.#memory(known)
    const place = this.#next
    this.#next = (this.#next + 1) % this.#most
    const before = this.#keys[place] ?? -1
    if (before >= 0) this.#places.delete(before)
    this.#keys[place] = -1
    const block = this.#memory(place)
    readAll(section, number * BLOCK_BYTES, block)
    this.#keys[place] = key
    this.#places.set(key, place)
    return block
  }

  #memory(place: number): Uint8Array {
    const number = Math.floor(place / BLOCKS_PER_PIECE)
    let piece = this.#pieces[number]
    if (piece === undefined) {
      piece = new Uint8Array(BLOCKS_PER_PIECE * BLOCK_BYTES)
      this.#pieces[number] = piece
    }
    const from = (place % BLOCKS_PER_PIECE) * BLOCK_BYTES
    return piece.subarray(from, from + BLOCK_BYTES)
  }
}

/** Exactly as much as `into` holds. @throws EngineError FILE_UNREADABLE, also when the file is shorter */
export function readAll({ file, path }: SectionFile, offset: number, into: Uint8Array): void {
  for (let done = 0; done < into.length; ) {
    let part = 0
    try {
      part = readSync(file, into, done, into.length - done, offset + done)
    } catch (error) {
      throw unreadable(path, error)
    }
    if (part === 0) throw tooShort(path)
    done += part
  }
}

export const unreadable = (path: string, error: unknown) =>
  new EngineError(
    'FILE_UNREADABLE',
    'The index of the trace cannot be read',
    { where: path, hint: 'Delete the index; it is made again from the trace.', detail: String(error) },
    { cause: error },
  )

export const tooShort = (path: string) =>
  new EngineError('FILE_UNREADABLE', 'The index of the trace is shorter than it should be', {
    where: path,
    hint: 'Delete the index; it is made again from the trace.',
  })
