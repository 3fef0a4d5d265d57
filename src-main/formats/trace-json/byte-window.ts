import { PAD_BYTES, QUOTE } from './json-bytes.ts'

const INITIAL_BYTES = 2 ** 16

/**
 * The part of a stream that is being read: bytes [start, end) of `bytes`, followed by a pad of quotes. Chunks are copied
 * in, so their owner may use their memory again.
 */
export class ByteWindow {
  bytes = new Uint8Array(INITIAL_BYTES + PAD_BYTES)
  start = 0
  end = 0
  /** Offset in the stream of index 0. */
  offset = 0

  get pending(): number {
    return this.end - this.start
  }

  /** @returns whether the bytes now lie in other memory */
  append(chunk: Uint8Array): boolean {
    const needed = this.pending + chunk.length
    let isMoved = false
    if (this.end + chunk.length + PAD_BYTES > this.bytes.length) {
      if (needed + PAD_BYTES > this.bytes.length) {
        const larger = new Uint8Array(Math.max(2 * this.bytes.length, needed + PAD_BYTES))
        larger.set(this.bytes.subarray(this.start, this.end))
        this.bytes = larger
        isMoved = true
      } else this.bytes.copyWithin(0, this.start, this.end)
      this.offset += this.start
      this.end -= this.start
      this.start = 0
    }
    this.bytes.set(chunk, this.end)
    this.end += chunk.length
    this.bytes.fill(QUOTE, this.end, this.end + PAD_BYTES)
    return isMoved
  }
}
