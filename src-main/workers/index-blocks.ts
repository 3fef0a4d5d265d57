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
      const place = this.#placeOf(section, number, Math.floor((byteOffset + into.length - 1) / BLOCK_BYTES))
      const from = at - number * BLOCK_BYTES
      const part = Math.min(into.length - done, BLOCK_BYTES - from)
      const piece = this.#pieceOf(place)
      const begin = (place % BLOCKS_PER_PIECE) * BLOCK_BYTES + from
      if (part < 64) for (let byte = 0; byte < part; byte++) into[done + byte] = piece[begin + byte] ?? 0
      else into.set(piece.subarray(begin, begin + part), done)
      done += part
    }
  }

  /** Where a block is kept. When it is not, it is read, at once with those wanted next that are not kept either. */
  #placeOf(section: SectionFile, number: number, lastWanted: number): number {
    const whole = Math.floor(section.written / BLOCK_BYTES)
    if (section.places.length < whole) {
      const grown = new Int32Array(whole)
      grown.set(section.places)
      section.places = grown
    }
    const { places } = section
    const known = places[number] ?? 0
    if (known > 0) return known - 1
    const first = this.#next
    // They lie side by side in memory: up to the end of a piece, or of all.
    const room = Math.min(BLOCKS_PER_PIECE - (first % BLOCKS_PER_PIECE), this.#most - first)
    let count = 1
    while (count < room && number + count <= lastWanted && number + count < whole && places[number + count] === 0)
      count++
    this.#next = (first + count) % this.#most
    for (let place = first; place < first + count; place++) {
      const before = this.#owners[place]
      if (before !== undefined) before.places[this.#numbers[place] ?? 0] = 0
      this.#owners[place] = undefined
    }
    const begin = (first % BLOCKS_PER_PIECE) * BLOCK_BYTES
    readAll(section, number * BLOCK_BYTES, this.#pieceOf(first).subarray(begin, begin + count * BLOCK_BYTES))
    for (let at = 0; at < count; at++) {
      this.#owners[first + at] = section
      this.#numbers[first + at] = number + at
      places[number + at] = first + at + 1
    }
    return first
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
