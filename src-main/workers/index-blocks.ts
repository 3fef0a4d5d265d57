import { readSync } from 'node:fs'
import { EngineError } from '#domain/errors.ts'

/** A window reads some dozen bytes here and there: larger blocks would mostly bring what nobody asked for. */
const BLOCK_BYTES = 1 << 13
/** Longer reads are not likely to come again, and fill the memory of the caller as fast. */
const LONGEST_KEPT_BYTES = 1 << 16
const BLOCKS_PER_PIECE = 128

export interface SectionFile {
  file: number
  path: string
  /** Bytes in the file. */
  written: number
  /** Of each block the place where it is kept, + 1. */
  places: Int32Array
}

/** Blocks of files that were read, in memory that is used again: what was read first is let go of first. */
export class BlockCache {
  readonly #most: number
  readonly #pieces: Uint8Array[] = []
  /** By place: whose block is there, and which one. */
  readonly #owners: (SectionFile | undefined)[] = []
  readonly #numbers: Int32Array
  #next = 0

  constructor(bytes: number) {
    this.#most = Math.max(4, Math.floor(bytes / BLOCK_BYTES))
    this.#numbers = new Int32Array(this.#most)
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
      const place = this.#placeOf(section, number)
      const from = at - number * BLOCK_BYTES
      const part = Math.min(into.length - done, BLOCK_BYTES - from)
      const piece = this.#pieceOf(place)
      const begin = (place % BLOCKS_PER_PIECE) * BLOCK_BYTES + from
      if (part < 64) for (let byte = 0; byte < part; byte++) into[done + byte] = piece[begin + byte] ?? 0
      else into.set(piece.subarray(begin, begin + part), done)
      done += part
    }
  }

  /** Where a block is kept; it is read when it is not. */
  #placeOf(section: SectionFile, number: number): number {
    if (number >= section.places.length) {
      const grown = new Int32Array(Math.ceil(section.written / BLOCK_BYTES))
      grown.set(section.places)
      section.places = grown
    }
    const known = section.places[number] ?? 0
    if (known > 0) return known - 1
    const place = this.#next
    this.#next = (place + 1) % this.#most
    const before = this.#owners[place]
    if (before !== undefined) before.places[this.#numbers[place] ?? 0] = 0
    this.#owners[place] = undefined
    const begin = (place % BLOCKS_PER_PIECE) * BLOCK_BYTES
    readAll(section, number * BLOCK_BYTES, this.#pieceOf(place).subarray(begin, begin + BLOCK_BYTES))
    this.#owners[place] = section
    this.#numbers[place] = number
    section.places[number] = place + 1
    return place
  }

  #pieceOf(place: number): Uint8Array {
    const number = Math.floor(place / BLOCKS_PER_PIECE)
    let piece = this.#pieces[number]
    if (piece === undefined) {
      piece = new Uint8Array(BLOCKS_PER_PIECE * BLOCK_BYTES)
      this.#pieces[number] = piece
    }
    return piece
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
