import { createGunzip } from 'node:zlib'
import { type ByteSource, type FileHead, readHead } from '#formats/define.ts'
import { isGzip } from '../workers/trace-bytes.ts'

/** Compressed bytes that hold the first 4 KiB of any text. */
const COMPRESSED_BYTES = 64 * 1024
const HEAD_BYTES = 4096

/** The first bytes of a file as formats look at them; of a gzip file, of what it holds. */
export async function traceHead(source: ByteSource): Promise<FileHead & { compressed: boolean }> {
  const head = await readHead(source)
  if (!isGzip(head.bytes)) return { ...head, compressed: false }
  const bytes = await firstInflated(await source.read(0, COMPRESSED_BYTES))
  return { bytes, text: new TextDecoder('utf-8').decode(bytes), size: source.size, compressed: true }
}

/** Stops after 4 KiB, however much a hostile file would unpack to. A damaged file gives what comes before. */
function firstInflated(compressed: Uint8Array): Promise<Uint8Array> {
  const { promise, resolve } = Promise.withResolvers<Uint8Array>()
  const gunzip = createGunzip({ chunkSize: HEAD_BYTES })
  const chunks: Uint8Array[] = []
  let size = 0
  const finish = () => {
    gunzip.destroy()
    resolve(new Uint8Array(Buffer.concat(chunks).subarray(0, HEAD_BYTES)))
  }
  gunzip.on('data', (chunk: Uint8Array) => {
    chunks.push(chunk)
    size += chunk.length
    if (size >= HEAD_BYTES) finish()
  })
  gunzip.on('end', finish)
  gunzip.on('error', finish) // how damaged it is, reading the whole file tells
  gunzip.end(compressed)
  return promise
}
