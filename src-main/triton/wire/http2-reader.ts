import { DEFAULT_FRAME_BYTES, FLAG, FRAME, FRAME_HEAD_BYTES } from './http2-frames.ts'

/** The peer broke the rules of HTTP/2. */
export class NotHttp2 extends Error {}

export interface FrameEvents {
  /** A DATA frame starts; `length` as flow control counts it, padding included. */
  onDataFrame(stream: number, length: number): void
  /** A piece of its content, as much as came. */
  onData(stream: number, bytes: Buffer, from: number, to: number): void
  onDataEnd(stream: number, endStream: boolean): void
  /** Any other frame, whole. */
  onFrame(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void
}

/** Cuts chunks into frames. Content of DATA is passed on where it lies; other frames are whole when they are told. */
export class Http2Reader {
  readonly #events: FrameEvents
  /** The start of a frame whose rest has not come. */
  readonly #carry = Buffer.allocUnsafe(FRAME_HEAD_BYTES + DEFAULT_FRAME_BYTES)
  #carried = 0
  #stream = 0
  #dataLeft = 0
  #padLeft = 0
  #endStream = false
  #inData = false

  constructor(events: FrameEvents) {
    this.#events = events
  }

  /** @throws NotHttp2 */
  read(chunk: Buffer, length: number): void {
    let at = 0
    while (at < length) {
      if (this.#inData) at = this.#readData(chunk, at, length)
      else if (this.#carried > 0) at = this.#readCarried(chunk, at, length)
      else {
        const need = bytesNeeded(chunk, at, length)
        if (at + need > length) {
          chunk.copy(this.#carry, 0, at, length)
          this.#carried = length - at
          return
        }
        this.#take(chunk, at)
        at += need
      }
    }
  }

  #readCarried(chunk: Buffer, from: number, length: number): number {
    let at = from
    for (;;) {
      const need = bytesNeeded(this.#carry, 0, this.#carried)
      const missing = need - this.#carried
      if (missing <= 0) break
      const taken = Math.min(missing, length - at)
      chunk.copy(this.#carry, this.#carried, at, at + taken)
      this.#carried += taken
      at += taken
      if (taken < missing) return at
    }
    this.#carried = 0
    this.#take(this.#carry, 0)
    return at
  }

  /** A frame (of DATA only the head) lies whole at `at`. */
  #take(bytes: Buffer, at: number): void {
    const length = frameLength(bytes, at)
    const type = bytes[at + 3] ?? 0
    const flags = bytes[at + 4] ?? 0
    const stream = streamOf(bytes, at)
    if (type !== FRAME.data) {
      this.#events.onFrame(type, flags, stream, bytes, at + FRAME_HEAD_BYTES, at + FRAME_HEAD_BYTES + length)
      return
    }
    const padded = (flags & FLAG.padded) !== 0
    this.#padLeft = padded ? (bytes[at + FRAME_HEAD_BYTES] ?? 0) : 0
    this.#dataLeft = length - this.#padLeft - (padded ? 1 : 0)
    if (this.#dataLeft < 0) throw new NotHttp2('more padding than data')
    this.#stream = stream
    this.#endStream = (flags & FLAG.endStream) !== 0
    this.#inData = true
    this.#events.onDataFrame(stream, length)
    if (this.#dataLeft === 0 && this.#padLeft === 0) this.#endData()
  }

  #readData(chunk: Buffer, from: number, length: number): number {
    const taken = Math.min(this.#dataLeft, length - from)
    const skipped = Math.min(this.#padLeft, length - from - taken)
    this.#dataLeft -= taken
    this.#padLeft -= skipped
    if (taken > 0) this.#events.onData(this.#stream, chunk, from, from + taken)
    if (this.#dataLeft === 0 && this.#padLeft === 0) this.#endData()
    return from + taken + skipped
  }

  #endData(): void {
    this.#inData = false
    this.#events.onDataEnd(this.#stream, this.#endStream)
  }
}

function frameLength(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 16) | ((bytes[at + 1] ?? 0) << 8) | (bytes[at + 2] ?? 0)
}

function streamOf(bytes: Buffer, at: number): number {
  const high = (bytes[at + 5] ?? 0) & 0x7f
  return (high << 24) | ((bytes[at + 6] ?? 0) << 16) | ((bytes[at + 7] ?? 0) << 8) | (bytes[at + 8] ?? 0)
}

/** Bytes from `at` that must be there before the frame can be taken. @throws NotHttp2 */
function bytesNeeded(bytes: Buffer, at: number, end: number): number {
  if (end - at < FRAME_HEAD_BYTES) return FRAME_HEAD_BYTES
  const length = frameLength(bytes, at)
  if (length > DEFAULT_FRAME_BYTES) throw new NotHttp2(`a frame of ${length} bytes, ${DEFAULT_FRAME_BYTES} is the most`)
  if (bytes[at + 3] !== FRAME.data) return FRAME_HEAD_BYTES + length
  const padded = ((bytes[at + 4] ?? 0) & FLAG.padded) !== 0 && length > 0
  return FRAME_HEAD_BYTES + (padded ? 1 : 0)
}
