import { EngineError } from '#domain/errors.ts'
import type { InferCall } from '../request.ts'
import { Http1Connection, type Http1Owner } from './http1-connection.ts'
import { httpErrorMessage } from './http1-error.ts'
import { encodeHttp1, type Http1Request, sequenceText } from './http1-request.ts'
import { wrongProtocol } from './port-dialect.ts'
import { accessDenied, authority, checkedHeaders } from './request-headers.ts'
import { type RequestError, SlottedWire } from './slotted-wire.ts'
import { OUTCOME, type SequenceFlags, type WireOptions } from './wire.ts'

/** Longest wait for a connection, however long a request may take. */
const CONNECT_TIMEOUT_MS = 10_000
/** `--http-max-input-size` of a Triton that was not told otherwise. */
const TRITON_LIMIT_BYTES = 64 * 1024 * 1024

interface Variant {
  request: Http1Request
  /** Sequences only: what is the same for all slots, after the part that a slot has for itself. */
  rest: Buffer | undefined
  /** Sequences only: a slot's own copy of the first bytes, made when it first sends this variant. */
  own: (Buffer | undefined)[]
}

/** HTTP/1.1: a connection a slot, since answers come in order. */
export class Http1Wire extends SlottedWire implements Http1Owner {
  readonly #options: WireOptions
  readonly #connections: Http1Connection[]
  readonly #variants: Variant[] = []
  readonly #bytes: Uint32Array

  constructor(options: WireOptions) {
    super(options.slots, options.requestTimeoutMs)
    this.#options = options
    this.#bytes = new Uint32Array(options.slots)
    const timeoutMs = Math.min(options.requestTimeoutMs, CONNECT_TIMEOUT_MS)
    this.#connections = Array.from(
      { length: options.slots },
      (_, slot) => new Http1Connection(slot, options, this, timeoutMs),
    )
  }

  get connections(): number {
    return this.#connections.length
  }

  async connect(): Promise<void> {
    await this.#greet()
    // One after another: 16 opened at once got less from the same Triton, as if its threads shared them unevenly.
    for (const connection of this.#connections) await connection.open()
  }

  prepare(call: InferCall, { sequence = false } = {}): { variant: number; bytes: number } {
    const request = encodeHttp1(call, this.#options, { sequence })
    const { bytes, sequenceAt } = request
    const ownBytes = sequence ? sequenceAt + sequenceText({ id: 0, start: false, end: false }).length : 0
    const rest = sequence ? bytes.subarray(ownBytes) : undefined
    this.#variants.push({ request, rest, own: [] })
    return { variant: this.#variants.length - 1, bytes: bytes.length }
  }

  send(slot: number, variant: number, sequence?: SequenceFlags): void {
    const prepared = this.#variants[variant]
    const connection = this.#connections[slot]
    if (prepared === undefined || connection === undefined)
      throw new RangeError(`no slot ${slot} or variant ${variant}`)
    this.begin(slot)
    this.sentMs[slot] = 0
    const { request, rest } = prepared
    this.#bytes[slot] = request.bytes.length
    if (rest === undefined) connection.send(request.bytes, undefined)
    else connection.send(ownHead(prepared, rest, slot, sequence), rest)
  }

  onSent(slot: number): void {
    this.sentMs[slot] = performance.now()
  }

  onFirstByte(slot: number): void {
    const now = performance.now()
    this.firstByteMs[slot] = now
    // An answer before the last byte was taken.
    if (this.sentMs[slot] === 0) this.sentMs[slot] = now
  }

  onAnswer(slot: number, status: number, text: () => string): void {
    this.endMs[slot] = performance.now()
    this.responses[slot] = 1
    if (status === 200) this.finish(slot, OUTCOME.ok)
    else this.finish(slot, OUTCOME.refused, { message: httpErrorMessage(text(), status), code: String(status) })
  }

  onLost(slot: number, error: RequestError): void {
    const bytes = this.#bytes[slot] ?? 0
    const limit =
      bytes > TRITON_LIMIT_BYTES
        ? `; Triton takes at most 64 MiB over HTTP unless told otherwise, this request has ${bytes} bytes`
        : ''
    this.finish(slot, OUTCOME.connectionLost, { ...error, message: `${error.message}${limit}` })
  }

  onReconnect(): void {
    this.reconnects++
  }

  protected abandon(slot: number): void {
    this.#connections[slot]?.drop()
  }

  protected async closeConnections(): Promise<void> {
    for (const connection of this.#connections) connection.drop()
  }

  /** One harmless question before the load: is there an HTTP server, and does it let us in? */
  async #greet(): Promise<void> {
    const { status, text } = await this.#ask('/v2/health/live')
    if (status === 401 || status === 403) throw accessDenied(authority(this.#options), httpErrorMessage(text, status))
  }

  #ask(path: string): Promise<{ status: number; text: string }> {
    const { host, port, requestTimeoutMs } = this.#options
    const timeoutMs = Math.min(requestTimeoutMs, CONNECT_TIMEOUT_MS)
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        connection.drop()
        act()
      }
      const fail = (detail: string) =>
        settle(() => void wrongProtocol(this.#options, 'http', detail).then(reject, reject))
      const connection = new Http1Connection(
        0,
        this.#options,
        {
          onSent: () => {},
          onFirstByte: () => {},
          onReconnect: () => {},
          onLost: (_, { message }) => fail(message),
          onAnswer: (_, status, answerText) => {
            const text = answerText()
            settle(() => resolve({ status, text }))
          },
        },
        timeoutMs,
      )
      const timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs)
      const lines = [`GET ${path} HTTP/1.1`, `Host: ${authority({ host, port })}`]
      for (const [name, value] of checkedHeaders(this.#options.headers)) lines.push(`${name}: ${value}`)
      connection.open().then(
        () => connection.send(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), undefined),
        (error: unknown) => settle(() => void this.#explain(error).then(reject, reject)),
      )
    })
  }

  /** A TLS handshake that failed may be a port without TLS: what it speaks is worth a look. */
  async #explain(error: unknown): Promise<unknown> {
    if (!(error instanceof EngineError) || error.code !== 'SERVER_PROTOCOL') return error
    return wrongProtocol(this.#options, 'http', error.data.detail ?? error.message)
  }
}

function ownHead(variant: Variant, rest: Buffer, slot: number, sequence: SequenceFlags | undefined): Buffer {
  if (sequence === undefined) throw new RangeError('this request was prepared for a sequence and needs its flags')
  const { bytes, sequenceAt } = variant.request
  variant.own[slot] ??= Buffer.from(bytes.subarray(0, bytes.length - rest.length))
  const own = variant.own[slot]
  own.write(sequenceText(sequence), sequenceAt, 'latin1')
  return own
}
