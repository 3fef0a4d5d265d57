import { type FileHandle, open, readFile, writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress } from 'node:zlib'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { ByteStream } from '#domain/trace-feed.ts'

/**
 * The text of a compressed trace, so that one event can be read again: blocks of 1 MiB in zstd, each by itself. Beside
 * the file a list of where each block starts. About the size of the gzip file (level 1), made in the thread pool.
 */
const BLOCK_BYTES = 2 ** 20
/** Blocks being compressed at one time: bounds memory. */
const MAX_PENDING = 4

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)
const OPTIONS = { params: { [constants.ZSTD_c_compressionLevel]: 1 } }

const BlockList = z.object({ size: z.int().min(0), offsets: z.array(z.int().min(0)) })
type BlockList = z.infer<typeof BlockList>

/** Hands the bytes on and keeps a copy of them. The copy is whole when the iteration has ended. */
export async function* keptText(bytes: ByteStream, path: string): ByteStream {
  const file = await open(path, 'w')
  const offsets: number[] = [0]
  const pending: Promise<Uint8Array>[] = []
  let size = 0
  let block = new Uint8Array(BLOCK_BYTES)
  let filled = 0

  async function writeOldest(): Promise<void> {
    const compressed = await pending.shift()
    if (compressed === undefined) return
    await file.write(compressed)
    offsets.push((offsets.at(-1) ?? 0) + compressed.length)
  }
  async function endBlock(): Promise<void> {
    if (filled === 0) return
    const compressing = compress(block.subarray(0, filled), OPTIONS)
    compressing.catch(() => {}) // told when it is written
    pending.push(compressing)
    size += filled
    block = new Uint8Array(BLOCK_BYTES)
    filled = 0
    while (pending.length > MAX_PENDING) await writeOldest()
  }

  try {
    for await (const chunk of bytes) {
      for (let from = 0; from < chunk.length; ) {
        const taken = Math.min(chunk.length - from, BLOCK_BYTES - filled)
        block.set(chunk.subarray(from, from + taken), filled)
        from += taken
        filled += taken
        if (filled === BLOCK_BYTES) await endBlock()
      }
      yield chunk
    }
  } finally {
    // Also when the reader stops early: what it saw can be shown.
    await endBlock()
    while (pending.length > 0) await writeOldest()
    await file.close()
    await writeFile(`${path}.blocks`, JSON.stringify({ size, offsets } satisfies BlockList))
  }
}

/** Bytes of a text kept so, from any place. */
export class KeptText {
  readonly size: number
  readonly #file: FileHandle
  readonly #offsets: readonly number[]
  #cached: { block: number; bytes: Uint8Array } | undefined

  private constructor(file: FileHandle, { size, offsets }: BlockList) {
    this.#file = file
    this.#offsets = offsets
    this.size = size
  }

  static async open(path: string): Promise<KeptText> {
    const list = BlockList.parse(JSON.parse(await readFile(`${path}.blocks`, 'utf8')))
    return new KeptText(await open(path, 'r'), list)
  }

  /** `length` bytes from `offset`, fewer only at the end. */
  async read(offset: number, length: number): Promise<Uint8Array> {
    const end = Math.min(offset + length, this.size)
    const into = new Uint8Array(Math.max(0, end - offset))
    for (let at = offset; at < end; ) {
      const block = Math.floor(at / BLOCK_BYTES)
      const from = at - block * BLOCK_BYTES
      const bytes = (await this.#block(block)).subarray(from, from + (end - at))
      if (bytes.length === 0) throw blockDamaged()
      into.set(bytes, at - offset)
      at += bytes.length
    }
    return into
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  async #block(block: number): Promise<Uint8Array> {
    if (this.#cached?.block === block) return this.#cached.bytes
    const [from, to] = [this.#offsets[block], this.#offsets[block + 1]]
    if (from === undefined || to === undefined) throw blockDamaged()
    const compressed = new Uint8Array(to - from)
    await this.#file.read(compressed, 0, compressed.length, from)
    const bytes = await decompress(compressed, { maxOutputLength: BLOCK_BYTES })
    this.#cached = { block, bytes }
    return bytes
  }
}

function blockDamaged(): EngineError {
  return new EngineError('FILE_UNREADABLE', 'The kept copy of the trace is damaged', {
    hint: 'Import the trace again.',
  })
}
