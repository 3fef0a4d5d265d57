import { EngineError } from '#domain/errors.ts'
import { grpcHeaders } from './grpc-headers.ts'
import { type FixedHeaders, fixedHeaders } from './hpack-encoder.ts'
import { Http2Connection, type StreamOwner } from './http2-connection.ts'
import { NotHttp2 } from './http2-reader.ts'
import type { OutgoingMessage } from './http2-sender.ts'
import type { ResponseHead } from './response-head.ts'
import type { SlottedWire } from './slotted-wire.ts'
import { OUTCOME, type WireOptions } from './wire.ts'

/** After a failed connection nobody tries again for so long. */
const RETRY_PAUSE_MS = 50

/** A few neighbouring slots and the connection they share: opened, used, opened again when it broke. */
export abstract class GrpcLane implements StreamOwner {
  protected readonly wire: SlottedWire
  protected readonly firstSlot: number
  protected readonly slots: number
  /** When the bytes now being read came. */
  protected readMs = 0
  readonly #options: WireOptions
  readonly #headers: FixedHeaders
  readonly #timeoutMs: number
  readonly #endsWithMessage: boolean
  #current: Http2Connection | undefined
  /** Which connection a slot's stream is on: an old one may still serve some. */
  readonly #connectionOf: (Http2Connection | undefined)[]
  readonly #pending: (OutgoingMessage | undefined)[]
  #opening = false
  #closed = false
  #failedAtMs = Number.NEGATIVE_INFINITY

  /** @param endsWithMessage false: a stream stays open for the next message */
  constructor(
    wire: SlottedWire,
    options: WireOptions,
    range: { firstSlot: number; slots: number },
    { method, endsWithMessage, timeoutMs }: { method: string; endsWithMessage: boolean; timeoutMs: number },
  ) {
    this.wire = wire
    this.firstSlot = range.firstSlot
    this.slots = range.slots
    this.#options = options
    this.#headers = fixedHeaders(grpcHeaders(method, options))
    this.#timeoutMs = timeoutMs
    this.#endsWithMessage = endsWithMessage
    this.#connectionOf = new Array<Http2Connection | undefined>(range.slots).fill(undefined)
    this.#pending = new Array<OutgoingMessage | undefined>(range.slots).fill(undefined)
  }

  abstract onHead(slot: number, head: ResponseHead): void
  abstract onData(slot: number, bytes: Buffer, from: number, to: number): void
  abstract onStreamEnd(slot: number): void
  /** The slot starts anew. */
  protected abstract reset(slot: number): void

  /** @throws EngineError, NotHttp2 */
  async open(): Promise<void> {
    const options = { slots: this.slots, headers: this.#headers, timeoutMs: this.#timeoutMs }
    this.#current = await Http2Connection.open(this.#options, options, this)
    if (this.#closed) this.#current.destroy()
  }

  /** `slot` counts from 0 in the lane. */
  send(slot: number, message: OutgoingMessage): void {
    this.reset(slot)
    const connection = this.#streaming(slot) ?? this.#current
    if (connection?.usable === true || connection?.hasStream(slot) === true) {
      this.#connectionOf[slot] = connection
      connection.send(slot, message, this.#endsWithMessage)
      return
    }
    this.#pending[slot] = message
    if (!this.#opening) void this.#reopen()
  }

  cancel(slot: number): void {
    this.#pending[slot] = undefined
    this.#connectionOf[slot]?.cancel(slot)
    this.#connectionOf[slot] = undefined
  }

  close(): void {
    this.#closed = true
    for (const connection of [this.#current, ...this.#connectionOf]) connection?.destroy()
  }

  onRead(): void {
    this.readMs = performance.now()
  }

  onReset(slot: number, code: string): void {
    const error = { message: `The server cancelled the request: ${code}`, code }
    this.wire.finish(this.firstSlot + slot, OUTCOME.refused, error)
  }

  onLost(slot: number, reason: string): void {
    this.wire.finish(this.firstSlot + slot, OUTCOME.connectionLost, { message: reason, code: 'connection' })
  }

  #streaming(slot: number): Http2Connection | undefined {
    const connection = this.#connectionOf[slot]
    return connection?.hasStream(slot) === true ? connection : undefined
  }

  async #reopen(): Promise<void> {
    this.#opening = true
    this.wire.reconnects++
    const pauseMs = this.#failedAtMs + RETRY_PAUSE_MS - performance.now()
    if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs))
    let failure: EngineError | NotHttp2 | undefined
    try {
      if (!this.#closed) await this.open()
    } catch (error) {
      if (!(error instanceof EngineError || error instanceof NotHttp2)) throw error
      failure = error
      this.#failedAtMs = performance.now()
    }
    this.#opening = false
    if (this.#closed) return
    const waiting = this.#pending.flatMap((message, slot) => (message === undefined ? [] : [{ slot, message }]))
    this.#pending.fill(undefined)
    for (const { slot, message } of waiting) {
      if (failure === undefined) this.send(slot, message)
      else this.onLost(slot, failure.message)
    }
  }
}
