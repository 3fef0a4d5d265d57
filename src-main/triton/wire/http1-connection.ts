import type { Socket } from 'node:net'
import { EngineError } from '#domain/errors.ts'
import { Http1Response, NotHttp1 } from './http1-response.ts'
import { type Endpoint, openSocket } from './open-socket.ts'
import type { RequestError } from './slotted-wire.ts'

/** What a connection tells about its one request. */
export interface Http1Owner {
  onSent(slot: number): void
  onFirstByte(slot: number): void
  onAnswer(slot: number, status: number, text: () => string): void
  onLost(slot: number, error: RequestError): void
  onReconnect(): void
}

/** After a failed connection nobody tries again for so long. */
const RETRY_PAUSE_MS = 50
const NOTHING = Buffer.alloc(0)

/** One keep-alive connection, one request at a time: the slot of the same number. */
export class Http1Connection {
  readonly #slot: number
  readonly #endpoint: Endpoint
  readonly #owner: Http1Owner
  readonly #connectTimeoutMs: number
  readonly #response: Http1Response
  #socket: Socket | undefined
  #busy = false
  #answering = false
  #sending = false
  #failedAtMs = Number.NEGATIVE_INFINITY
  /** Counts what made a connection in the making obsolete: a newer one, or that nobody wants it any more. */
  #attempt = 0
  readonly #text = () => this.#response.text
  readonly #onWritten = () => {
    if (!this.#sending) return
    this.#sending = false
    this.#owner.onSent(this.#slot)
  }

  /** @param mostBodyBytes as `Http1Response` takes it: 0 keeps no body of a success */
  constructor(slot: number, endpoint: Endpoint, owner: Http1Owner, connectTimeoutMs: number, mostBodyBytes = 0) {
    this.#response = new Http1Response(mostBodyBytes)
    this.#slot = slot
    this.#endpoint = endpoint
    this.#owner = owner
    this.#connectTimeoutMs = connectTimeoutMs
  }

  /** Does nothing when it was dropped meanwhile. @throws EngineError */
  async open(): Promise<void> {
    const attempt = ++this.#attempt
    let socket: Socket | undefined
    const events = {
      // A connection that was given up may still have an answer: it is nobody's.
      onBytes: (chunk: Buffer, length: number) => {
        if (socket === this.#socket) this.#onBytes(chunk, length)
      },
      onClosed: (reason: string) => {
        if (socket === this.#socket) this.#onClosed(reason)
      },
    }
    const timing = { timeoutMs: this.#connectTimeoutMs, protocols: ['http/1.1'] }
    socket = await openSocket(this.#endpoint, events, timing)
    if (attempt === this.#attempt) this.#socket = socket
    else socket.destroy()
  }

  /** Sends bytes that nobody changes until the answer is there; opens the connection again where it broke. */
  send(head: Buffer, body: Buffer | undefined): void {
    this.#busy = true
    this.#answering = false
    this.#response.reset()
    if (this.#socket === undefined) void this.#reopenAndSend(head, body)
    else this.#write(this.#socket, head, body)
  }

  /** Gives up: an answer that still came could not be told from the next one's. */
  drop(): void {
    const socket = this.#socket
    this.#attempt++
    this.#socket = undefined
    this.#busy = this.#sending = false
    socket?.destroy()
  }

  #write(socket: Socket, head: Buffer, body: Buffer | undefined): void {
    this.#sending = true
    // No callback: each would cost a turn of its own.
    if (body === undefined) socket.write(head)
    else {
      socket.cork()
      socket.write(head)
      socket.write(body)
      socket.uncork()
    }
    if (socket.writableLength === 0) this.#onWritten()
    // Not taken by the kernel at once: a write of nothing is done when all before it is.
    else socket.write(NOTHING, this.#onWritten)
  }

  async #reopenAndSend(head: Buffer, body: Buffer | undefined): Promise<void> {
    this.#owner.onReconnect()
    const wanted = this.#attempt
    const pauseMs = this.#failedAtMs + RETRY_PAUSE_MS - performance.now()
    if (pauseMs > 0) await new Promise(resolve => setTimeout(resolve, pauseMs))
    // Given up meanwhile (timed out, closed), and perhaps asked for again: that has its own attempt.
    if (wanted !== this.#attempt) return
    const attempt = wanted + 1
    try {
      await this.open()
    } catch (error) {
      this.#failedAtMs = performance.now()
      if (!(error instanceof EngineError)) throw error
      if (attempt === this.#attempt) this.#lose({ message: error.message, code: error.code })
      return
    }
    if (attempt !== this.#attempt) return
    if (this.#socket === undefined || this.#socket.destroyed) this.#onClosed('The server closed the connection')
    else this.#write(this.#socket, head, body)
  }

  #onBytes(chunk: Buffer, length: number): void {
    if (!this.#busy) {
      this.drop()
      return
    }
    if (!this.#answering) {
      this.#answering = true
      this.#owner.onFirstByte(this.#slot)
    }
    try {
      if (this.#response.read(chunk, length)) this.#complete()
    } catch (error) {
      if (!(error instanceof NotHttp1)) throw error
      this.drop()
      this.#lose({ message: `The server broke HTTP/1.1: ${error.message}` })
    }
  }

  #complete(): void {
    const { status } = this.#response
    // An answer before the whole request was taken: the rest of it must not come before the next request.
    if (this.#sending || !this.#response.keepAlive) this.drop()
    this.#busy = false
    this.#owner.onAnswer(this.#slot, status, this.#text)
  }

  #onClosed(reason: string): void {
    this.#socket = undefined
    if (!this.#busy) return
    if (this.#response.endsWithConnection()) {
      this.#busy = this.#sending = false
      this.#owner.onAnswer(this.#slot, this.#response.status, this.#text)
    } else this.#lose({ message: reason, code: 'connection' })
  }

  #lose(error: RequestError): void {
    this.#busy = this.#sending = false
    this.#owner.onLost(this.#slot, error)
  }
}
