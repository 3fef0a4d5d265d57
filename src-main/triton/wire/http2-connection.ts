import type { Socket } from 'node:net'
import { BrokenHeaders } from './hpack-decoder.ts'
import type { FixedHeaders } from './hpack-encoder.ts'
import {
  DEFAULT_WINDOW,
  errorName,
  FLAG,
  FRAME,
  frame,
  LARGEST_WINDOW,
  readUint32,
  SETTING,
  settingsFrame,
  windowUpdate,
} from './http2-frames.ts'
import { type FrameEvents, Http2Reader, NotHttp2 } from './http2-reader.ts'
import { Http2Sender, type OutgoingMessage } from './http2-sender.ts'
import { type Endpoint, openSocket } from './open-socket.ts'
import { HeadReader, type ResponseHead } from './response-head.ts'

/** What happens on the streams of a connection, told by slot (from 0 within the connection). */
export interface StreamOwner {
  /** Bytes came in; the events of this turn follow. */
  onRead(): void
  /** Headers or trailers. */
  onHead(slot: number, head: ResponseHead): void
  /** Content, valid until the call returns. */
  onData(slot: number, bytes: Buffer, from: number, to: number): void
  /** The peer has said all; the stream is gone. */
  onStreamEnd(slot: number): void
  /** The peer cancelled the stream. */
  onReset(slot: number, code: string): void
  /** The connection is gone, or will not serve this stream. */
  onLost(slot: number, reason: string): void
}

const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n')
/** The largest windows there are: what we receive is never throttled by flow control, only by TCP. */
const GREETING = Buffer.concat([
  PREFACE,
  settingsFrame([
    [SETTING.headerTableSize, 0],
    [SETTING.enablePush, 0],
    [SETTING.initialWindowSize, LARGEST_WINDOW],
  ]),
  windowUpdate(0, LARGEST_WINDOW - DEFAULT_WINDOW),
])
const SETTINGS_ACK = frame(FRAME.settings, FLAG.ack, 0)
/** Windows are given back after so much, so rarely. */
const WINDOW_REFRESH_BYTES = 2 ** 29
const MOST_BLOCK_BYTES = 256 * 1024
const NOTHING = Buffer.alloc(0)

/**
 * One HTTP/2 connection as a client (RFC 9113), from its greeting to its end: no push, no priorities. Streams belong to
 * slots; a slot has at most one.
 */
export class Http2Connection implements FrameEvents {
  readonly #owner: StreamOwner
  readonly #reader = new Http2Reader(this)
  readonly #heads = new HeadReader()
  readonly #received: Float64Array
  readonly #onReady: (error?: Error) => void
  #socket: Socket | undefined
  #sender: Http2Sender | undefined
  #connectionReceived = 0
  #reading = false
  #flushAsked = false
  #draining = false
  #sawBytes = false
  #sawSettings = false
  #dataSlot = -1
  // A header block in the making.
  #block: Buffer = NOTHING
  #blockStream = 0
  #blockEnds = false
  readonly #flushSoon = () => {
    this.#flushAsked = false
    this.#flushNow()
  }

  private constructor(slots: number, owner: StreamOwner, onReady: (error?: Error) => void) {
    this.#owner = owner
    this.#received = new Float64Array(slots)
    this.#onReady = onReady
  }

  /** @throws EngineError where no connection came about; NotHttp2 where the peer did not greet with settings */
  static async open(
    endpoint: Endpoint,
    options: { slots: number; headers: FixedHeaders; timeoutMs: number },
    owner: StreamOwner,
  ): Promise<Http2Connection> {
    const { slots, headers, timeoutMs } = options
    const ready = Promise.withResolvers<void>()
    const connection = new Http2Connection(slots, owner, error =>
      error === undefined ? ready.resolve() : ready.reject(error),
    )
    const events = {
      onBytes: (chunk: Buffer, length: number) => connection.#onBytes(chunk, length),
      onClosed: (reason: string) => connection.#close(reason),
    }
    const socket = await openSocket(endpoint, events, { timeoutMs, protocols: ['h2'] })
    connection.#socket = socket
    connection.#sender = new Http2Sender(slots, headers, socket)
    socket.write(GREETING)
    const timer = setTimeout(() => connection.#fail(`no settings within ${timeoutMs} ms`), timeoutMs)
    try {
      await ready.promise
    } finally {
      clearTimeout(timer)
    }
    return connection
  }

  /** Whether a new stream may be started. */
  get usable(): boolean {
    return this.#socket !== undefined && !this.#draining && this.#sender?.exhausted === false
  }

  /** Streams in use. */
  get streams(): number {
    return this.#socket === undefined ? 0 : (this.#sender?.streams ?? 0)
  }

  hasStream(slot: number): boolean {
    return this.#socket !== undefined && this.#sender?.streamOf(slot) !== 0
  }

  /** Sends a message on the slot's stream; opens one where it has none, with the connection's headers or with `list`. */
  send(slot: number, message: OutgoingMessage, last: boolean, headers?: Buffer): void {
    if (this.#sender?.streamOf(slot) === 0) this.#received[slot] = 0
    this.#sender?.send(slot, message, last, headers)
    this.#flushLater()
  }

  /** Gives a stream up; nothing more is told about it. */
  cancel(slot: number): void {
    this.#sender?.release(slot, true)
    this.#flushLater()
  }

  destroy(): void {
    const socket = this.#socket
    this.#socket = undefined
    socket?.destroy()
  }

  #flushNow(): void {
    if (this.#socket !== undefined) this.#sender?.out.flush()
  }

  #flushLater(): void {
    if (this.#reading || this.#flushAsked) return
    this.#flushAsked = true
    queueMicrotask(this.#flushSoon)
  }

  #onBytes(chunk: Buffer, length: number): void {
    if (this.#socket === undefined) return
    this.#reading = true
    try {
      // Lengths of settings have a first byte of 0; text has not. Only the very first read is looked at.
      if (!this.#sawBytes && chunk[0] !== 0) throw new NotHttp2('the first bytes are no settings')
      this.#sawBytes = true
      this.#owner.onRead()
      this.#reader.read(chunk, length)
    } catch (error) {
      if (!(error instanceof NotHttp2 || error instanceof BrokenHeaders)) throw error
      this.#fail(`The server broke HTTP/2: ${error.message}`)
    } finally {
      this.#reading = false
    }
    this.#flushNow()
    if (this.#draining && this.streams === 0) this.#fail('The server closed the connection')
  }

  onDataFrame(stream: number, length: number): void {
    const slot = this.#sender?.slotOf(stream) ?? -1
    this.#dataSlot = slot
    this.#connectionReceived += length
    if (this.#connectionReceived >= WINDOW_REFRESH_BYTES) {
      this.#sender?.out.copy(windowUpdate(0, this.#connectionReceived))
      this.#connectionReceived = 0
    }
    if (slot < 0) return
    const received = (this.#received[slot] ?? 0) + length
    this.#received[slot] = received
    if (received >= WINDOW_REFRESH_BYTES) {
      this.#sender?.out.copy(windowUpdate(stream, received))
      this.#received[slot] = 0
    }
  }

  onData(stream: number, bytes: Buffer, from: number, to: number): void {
    const slot = this.#dataSlot
    if (slot >= 0 && this.#sender?.streamOf(slot) === stream) this.#owner.onData(slot, bytes, from, to)
  }

  onDataEnd(stream: number, endStream: boolean): void {
    if (endStream) this.#endStream(stream)
  }

  onFrame(type: number, flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (this.#blockStream !== 0 && type !== FRAME.continuation) throw new NotHttp2('a frame inside a header block')
    if (!this.#sawSettings && type !== FRAME.settings) throw new NotHttp2('the first frame is no settings')
    if (type === FRAME.headers) this.#onHeaders(flags, stream, bytes, from, to)
    else if (type === FRAME.windowUpdate) this.#sender?.windowUpdate(stream, readUint32(bytes, from) % 2 ** 31)
    else if (type === FRAME.ping) {
      if ((flags & FLAG.ack) === 0) this.#sender?.out.copy(frame(FRAME.ping, FLAG.ack, 0, bytes.subarray(from, to)))
    } else if (type === FRAME.settings) this.#onSettings(flags, bytes, from, to)
    else if (type === FRAME.rstStream) this.#onReset(stream, readUint32(bytes, from))
    else if (type === FRAME.goAway) this.#onGoAway(bytes, from, to)
    else if (type === FRAME.continuation) this.#onContinuation(flags, stream, bytes, from, to)
  }

  #onSettings(flags: number, bytes: Buffer, from: number, to: number): void {
    if ((flags & FLAG.ack) !== 0) return
    for (let at = from; at + 6 <= to; at += 6) {
      this.#sender?.setting(bytes.readUInt16BE(at), readUint32(bytes, at + 2))
    }
    this.#sender?.out.copy(SETTINGS_ACK)
    this.#sawSettings = true
    this.#onReady()
  }

  #onHeaders(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    const padded = (flags & FLAG.padded) !== 0
    const start = from + (padded ? 1 : 0) + ((flags & FLAG.priority) !== 0 ? 5 : 0)
    const end = to - (padded ? (bytes[from] ?? 0) : 0)
    if (start > end) throw new NotHttp2('more padding than headers')
    const endStream = (flags & FLAG.endStream) !== 0
    if ((flags & FLAG.endHeaders) !== 0) this.#onBlock(stream, bytes, start, end, endStream)
    else {
      this.#block = Buffer.from(bytes.subarray(start, end))
      this.#blockStream = stream
      this.#blockEnds = endStream
    }
  }

  #onContinuation(flags: number, stream: number, bytes: Buffer, from: number, to: number): void {
    if (stream !== this.#blockStream) throw new NotHttp2('a continuation of nothing')
    this.#block = Buffer.concat([this.#block, bytes.subarray(from, to)])
    if (this.#block.length > MOST_BLOCK_BYTES) throw new NotHttp2('a header block that does not end')
    if ((flags & FLAG.endHeaders) === 0) return
    const block = this.#block
    this.#block = NOTHING
    this.#blockStream = 0
    this.#onBlock(stream, block, 0, block.length, this.#blockEnds)
  }

  #onBlock(stream: number, bytes: Buffer, from: number, to: number, endStream: boolean): void {
    // Also of a stream that is over: the table must follow.
    const head = this.#heads.read(bytes, from, to)
    const slot = this.#sender?.slotOf(stream) ?? -1
    if (slot < 0) return
    this.#owner.onHead(slot, head)
    if (endStream) this.#endStream(stream)
  }

  #endStream(stream: number): void {
    const slot = this.#sender?.slotOf(stream) ?? -1
    if (slot < 0) return
    // An answer before our last byte: the peer does not want the rest.
    this.#sender?.release(slot, this.#sender.isSending(slot))
    this.#owner.onStreamEnd(slot)
  }

  #onReset(stream: number, code: number): void {
    const slot = this.#sender?.slotOf(stream) ?? -1
    if (slot < 0) return
    this.#sender?.release(slot, false)
    this.#owner.onReset(slot, errorName(code))
  }

  /** Streams up to the named one are still served; then the connection ends. */
  #onGoAway(bytes: Buffer, from: number, to: number): void {
    const lastServed = readUint32(bytes, from) % 2 ** 31
    const code = errorName(readUint32(bytes, from + 4))
    const words = bytes.toString('utf8', Math.min(from + 8, to), to)
    this.#draining = true
    this.#lose(`The server closes the connection (${[code, words].filter(text => text !== '').join(': ')})`, lastServed)
  }

  /** Tells the owner about streams above the given one. Streams of a slot may be started again inside, elsewhere. */
  #lose(reason: string, above: number): void {
    const sender = this.#sender
    if (sender === undefined) return
    const lost = Array.from(this.#received.keys()).filter(
      slot => sender.streamOf(slot) > above || (sender.streamOf(slot) === 0 && sender.isSending(slot)),
    )
    for (const slot of lost) sender.release(slot, false)
    for (const slot of lost) this.#owner.onLost(slot, reason)
  }

  #fail(reason: string): void {
    const socket = this.#socket
    this.#close(reason)
    socket?.destroy()
  }

  #close(reason: string): void {
    if (this.#socket === undefined) return
    this.#socket = undefined
    this.#onReady(new NotHttp2(reason))
    this.#lose(reason, 0)
  }
}
