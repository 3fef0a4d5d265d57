import type { Socket } from 'node:net'
import type { FixedHeaders } from './hpack-encoder.ts'
import {
  CANCEL,
  DEFAULT_FRAME_BYTES,
  DEFAULT_WINDOW,
  FLAG,
  FRAME,
  FRAME_HEAD_BYTES,
  LARGEST_WINDOW,
  rstStream,
  SETTING,
  writeFrameHead,
} from './http2-frames.ts'
import { Http2Output } from './http2-output.ts'
import { NotHttp2 } from './http2-reader.ts'

/** A message as it lies ready, five bytes of gRPC included. */
export interface OutgoingMessage {
  bytes: Buffer
  /** Bytes of one slot, laid over the message at `overlayAt`. */
  overlay: Buffer | undefined
  overlayAt: number
}

/** Pieces up to this are copied into the gathering buffer: cheaper than one more piece for the socket. */
const COPY_BYTES = 16 * 1024
/** HPACK table every peer grants at first; with less we do without. */
const HEADER_TABLE_BYTES = 4096
const TABLE_SIZE_ZERO = Buffer.from([0x20])
const LAST_STREAM = LARGEST_WINDOW

/**
 * The sending half of an HTTP/2 connection: which stream a slot has, and DATA as far as frame size and both
 * flow-control windows of the peer allow. What does not fit waits for its WINDOW_UPDATE.
 */
export class Http2Sender {
  readonly out: Http2Output
  readonly #headers: FixedHeaders
  // By slot; stream 0: none.
  readonly #stream: Int32Array
  readonly #window: Float64Array
  readonly #offset: Float64Array
  readonly #last: Uint8Array
  readonly #message: (OutgoingMessage | undefined)[]
  /** Slots that must wait because the peer allows no more streams. */
  readonly #waiting: { slot: number; headers: Buffer | undefined }[] = []
  #streams = 0
  #nextStream = 1
  #connectionWindow = DEFAULT_WINDOW
  #peerWindow = DEFAULT_WINDOW
  #frameBytes = DEFAULT_FRAME_BYTES
  #mostStreams = Number.POSITIVE_INFINITY
  #table: 'empty' | 'filled' | 'unused' = 'empty'
  #mustSayTableSize = false

  constructor(slots: number, headers: FixedHeaders, socket: Socket) {
    this.out = new Http2Output(socket)
    this.#headers = headers
    this.#stream = new Int32Array(slots)
    this.#window = new Float64Array(slots)
    this.#offset = new Float64Array(slots)
    this.#last = new Uint8Array(slots)
    this.#message = new Array<OutgoingMessage | undefined>(slots).fill(undefined)
    if (headers.tableBytes > HEADER_TABLE_BYTES) this.#table = 'unused'
  }

  get streams(): number {
    return this.#streams
  }

  /** Stream numbers are used up: the connection must be opened again. */
  get exhausted(): boolean {
    return this.#nextStream > LAST_STREAM
  }

  streamOf(slot: number): number {
    return this.#stream[slot] ?? 0
  }

  /** −1: a stream that is over. */
  slotOf(stream: number): number {
    return this.#stream.indexOf(stream)
  }

  /**
   * Sends a message on the slot's stream, opening one where it has none.
   * @param last our side ends with it   @param headers an encoded block instead of the connection's own
   */
  send(slot: number, message: OutgoingMessage, last: boolean, headers?: Buffer): void {
    this.#message[slot] = message
    this.#offset[slot] = 0
    this.#last[slot] = last ? 1 : 0
    if (this.#stream[slot] === 0) {
      if (this.#streams >= this.#mostStreams) {
        this.#waiting.push({ slot, headers })
        return
      }
      this.#openStream(slot, headers)
    }
    this.#pump(slot)
  }

  /** The stream is over. @param cancel tells the peer so, where it does not know */
  release(slot: number, cancel: boolean): void {
    const stream = this.#stream[slot] ?? 0
    this.#message[slot] = undefined
    if (stream === 0) {
      const at = this.#waiting.findIndex(waiting => waiting.slot === slot)
      if (at >= 0) this.#waiting.splice(at, 1)
      return
    }
    if (cancel) this.out.copy(rstStream(stream, CANCEL))
    this.#stream[slot] = 0
    this.#streams--
    this.#openWaiting()
  }

  /** Whether our side of the slot's stream is not finished. */
  isSending(slot: number): boolean {
    return this.#message[slot] !== undefined
  }

  /** @throws NotHttp2 */
  windowUpdate(stream: number, bytes: number): void {
    if (stream === 0) {
      this.#connectionWindow += bytes
      if (this.#connectionWindow > LARGEST_WINDOW) throw new NotHttp2('a window larger than allowed')
      for (let slot = 0; slot < this.#stream.length; slot++) this.#pump(slot)
      return
    }
    const slot = this.slotOf(stream)
    if (slot < 0) return
    this.#window[slot] = (this.#window[slot] ?? 0) + bytes
    this.#pump(slot)
  }

  /** One setting of the peer. @throws NotHttp2 */
  setting(id: number, value: number): void {
    if (id === SETTING.headerTableSize) {
      if (value >= HEADER_TABLE_BYTES) return
      this.#table = 'unused'
      this.#mustSayTableSize = true
    } else if (id === SETTING.maxConcurrentStreams) {
      this.#mostStreams = value
      this.#openWaiting()
    } else if (id === SETTING.maxFrameSize) {
      if (value < DEFAULT_FRAME_BYTES) throw new NotHttp2('a frame size smaller than allowed')
      this.#frameBytes = value
    } else if (id === SETTING.initialWindowSize) {
      if (value > LARGEST_WINDOW) throw new NotHttp2('a window larger than allowed')
      const change = value - this.#peerWindow
      this.#peerWindow = value
      // Streams that are open get the difference, which may leave them below zero (RFC 9113 §6.9.2).
      for (let slot = 0; slot < this.#stream.length; slot++) {
        this.#window[slot] = (this.#window[slot] ?? 0) + change
        this.#pump(slot)
      }
    }
  }

  #openWaiting(): void {
    while (this.#waiting.length > 0 && this.#streams < this.#mostStreams) {
      const next = this.#waiting.shift()
      if (next === undefined) return
      this.#openStream(next.slot, next.headers)
      this.#pump(next.slot)
    }
  }

  #openStream(slot: number, headers: Buffer | undefined): void {
    const stream = this.#nextStream
    this.#nextStream += 2
    this.#streams++
    this.#stream[slot] = stream
    this.#window[slot] = this.#peerWindow
    const block = this.#headerBlock(headers)
    let from = 0
    let type: number = FRAME.headers
    do {
      const to = Math.min(block.length, from + this.#frameBytes)
      const stage = this.out.reserve(FRAME_HEAD_BYTES + to - from)
      const flags = to === block.length ? FLAG.endHeaders : 0
      const at = writeFrameHead(stage, this.out.at, to - from, type, flags, stream)
      this.out.advance(at + block.copy(stage, at, from, to))
      type = FRAME.continuation
      from = to
    } while (from < block.length)
  }

  #headerBlock(headers: Buffer | undefined): Buffer {
    if (this.#mustSayTableSize) {
      this.#mustSayTableSize = false
      return Buffer.concat([TABLE_SIZE_ZERO, headers ?? this.#headers.plain])
    }
    if (headers !== undefined) return headers
    if (this.#table === 'unused') return this.#headers.plain
    if (this.#table === 'filled') return this.#headers.indexed
    this.#table = 'filled'
    return this.#headers.inserting
  }

  #pump(slot: number): void {
    const message = this.#message[slot]
    const stream = this.#stream[slot] ?? 0
    if (message === undefined || stream === 0) return
    const { bytes, overlay, overlayAt } = message
    const end = bytes.length
    const last = this.#last[slot] === 1
    const overlayEnd = overlay === undefined ? 0 : overlayAt + overlay.length
    let window = this.#window[slot] ?? 0
    let from = this.#offset[slot] ?? 0
    while (from < end) {
      const length = Math.min(end - from, this.#frameBytes, window, this.#connectionWindow)
      if (length <= 0) break
      const to = from + length
      const flags = last && to === end ? FLAG.endStream : 0
      const copied = length <= COPY_BYTES || from < overlayEnd
      const stage = this.out.reserve(FRAME_HEAD_BYTES + (copied ? length : 0))
      const at = writeFrameHead(stage, this.out.at, length, FRAME.data, flags, stream)
      if (copied) {
        this.out.advance(at + bytes.copy(stage, at, from, to))
        if (overlay !== undefined) layOver(stage, at, from, to, overlay, overlayAt)
      } else {
        this.out.advance(at)
        this.out.pass(from === 0 && to === end ? bytes : bytes.subarray(from, to))
      }
      from = to
      window -= length
      this.#connectionWindow -= length
    }
    this.#window[slot] = window
    this.#offset[slot] = from
    if (from === end) this.#message[slot] = undefined
  }
}

/** Where a piece from..to, now at `at`, and the overlay meet, the overlay's bytes win. */
function layOver(stage: Buffer, at: number, from: number, to: number, overlay: Buffer, overlayAt: number): void {
  const start = Math.max(from, overlayAt)
  const stop = Math.min(to, overlayAt + overlay.length)
  if (start < stop) overlay.copy(stage, at + start - from, start - overlayAt, stop - overlayAt)
}
