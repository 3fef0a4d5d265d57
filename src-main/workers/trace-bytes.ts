import { type FileHandle, open } from 'node:fs/promises'
import { createGunzip, type Gunzip } from 'node:zlib'
import { EngineError } from '#domain/errors.ts'
import type { ByteStream } from '#domain/trace-feed.ts'

/** What of a trace file was read so far. */
export interface ReadState {
  /** Of the file as it lies on disk. */
  bytesRead: number
  /** Why the content ends before its end; the reader sees an ordinary end. */
  cutOff?: string
}

const CHUNK_BYTES = 2 ** 20
/** zlib drops the chunk in which an error shows: small ones lose less, and cost nothing down to here. */
const INFLATED_BYTES = 2 ** 16

export function isGzip(bytes: Uint8Array): boolean {
  return bytes[0] === 0x1f && bytes[1] === 0x8b
}

/** Bytes of a file in order; the next are being read while those before are worked on. */
export async function* fileBytes(path: string, state: ReadState): ByteStream {
  const file = await open(path, 'r')
  let next = chunkAt(file, 0)
  try {
    for (let offset = 0; ; ) {
      const chunk = await next
      if (chunk.length === 0) return
      offset += chunk.length
      next = chunkAt(file, offset)
      state.bytesRead = offset
      yield chunk
    }
  } catch (cause) {
    if (cause instanceof EngineError || !(cause instanceof Error && 'syscall' in cause)) throw cause
    throw new EngineError('FILE_UNREADABLE', 'Reading the trace failed', { where: path, detail: cause.message })
  } finally {
    await next.catch(() => {}) // nobody waits for it any more
    await file.close()
  }
}

async function chunkAt(file: FileHandle, offset: number): Promise<Uint8Array> {
  const buffer = new Uint8Array(CHUNK_BYTES)
  const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, offset)
  return buffer.subarray(0, bytesRead)
}

/**
 * What a gzip file holds, all its members. A file that is cut or damaged gives what comes before, less than 64 KiB of
 * it missing, and sets `state.cutOff`.
 */
export async function* inflatedBytes(compressed: ByteStream, state: ReadState): ByteStream {
  const gunzip = createGunzip({ chunkSize: INFLATED_BYTES })
  const out = new Inflated(gunzip)
  const feeding = feed(compressed, gunzip)
  try {
    for (let chunk = await out.next(); chunk !== undefined; chunk = await out.next()) yield chunk
    if (out.error !== undefined) state.cutOff = `The compressed data ends early or is damaged (${out.error.message})`
    else await feeding // the file itself could not be read: thrown
  } finally {
    gunzip.destroy()
    await feeding.catch(() => {}) // told above where it matters
  }
}

async function feed(compressed: ByteStream, gunzip: Gunzip): Promise<void> {
  try {
    for await (const chunk of compressed) {
      if (gunzip.destroyed) return
      if (gunzip.write(chunk)) continue
      const { promise: drained, resolve } = Promise.withResolvers<void>()
      gunzip.once('drain', resolve)
      gunzip.once('close', resolve)
      await drained
    }
    gunzip.end()
  } catch (thrown) {
    gunzip.destroy()
    throw thrown
  }
}

/** Keeps what was inflated before an error: an async iterator over the stream would drop it. */
class Inflated {
  error: Error | undefined
  readonly #gunzip: Gunzip
  readonly #chunks: Uint8Array[] = []
  #isOver = false
  #wake: () => void = () => {}

  constructor(gunzip: Gunzip) {
    this.#gunzip = gunzip
    gunzip.on('data', (chunk: Uint8Array) => {
      this.#chunks.push(chunk)
      gunzip.pause()
      this.#wake()
    })
    gunzip.on('error', error => {
      this.error = error
    })
    gunzip.on('end', () => this.#end())
    gunzip.on('close', () => this.#end())
  }

  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift()
      if (chunk !== undefined) return chunk
      if (this.#isOver) return undefined
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#wake = resolve
      this.#gunzip.resume()
      await promise
    }
  }

  #end(): void {
    this.#isOver = true
    this.#wake()
  }
}
