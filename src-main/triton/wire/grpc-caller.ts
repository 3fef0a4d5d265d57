import { EngineError } from '#domain/errors.ts'
import { grpcHeaders } from './grpc-headers.ts'
import { statusError } from './grpc-status.ts'
import { fixedHeaders, plainHeaders } from './hpack-encoder.ts'
import { Http2Connection, type StreamOwner } from './http2-connection.ts'
import { NotHttp2 } from './http2-reader.ts'
import { framed } from './infer-message.ts'
import { MessageCutter } from './message-cutter.ts'
import { wrongProtocol } from './port-dialect.ts'
import type { Pieces } from './protobuf.ts'
import { accessDenied, authority } from './request-headers.ts'
import type { ResponseHead } from './response-head.ts'
import type { WireOptions } from './wire.ts'

export type CallerOptions = Pick<WireOptions, 'host' | 'port' | 'tls' | 'headers' | 'requestTimeoutMs'>

/** The server answered a call with a status that is not OK. */
export class CallRefused extends Error {
  readonly code: string | undefined

  constructor(message: string, code: string | undefined) {
    super(message)
    this.code = code
  }
}

/** The greeting waits no longer than this. */
const CONNECT_TIMEOUT_MS = 10_000

/** Opens an HTTP/2 connection; a port that speaks something else is recognised and named. @throws EngineError */
export async function openGreeted<T>(options: CallerOptions, open: () => Promise<T>): Promise<T> {
  try {
    return await open()
  } catch (error) {
    if (error instanceof NotHttp2) throw await wrongProtocol(options, 'grpc', error.message)
    if (error instanceof EngineError && error.code === 'SERVER_PROTOCOL') {
      throw await wrongProtocol(options, 'grpc', error.data.detail ?? error.message)
    }
    throw error
  }
}

/** An encoded call; made once where it is asked again and again. */
export interface PreparedCall {
  method: string
  headers: Buffer
  bytes: Buffer
}

const FIRST_ANSWER_BYTES = 4096

/**
 * Single calls on a connection of their own, one at a time: what the load worker asks besides its requests. Asking a
 * prepared call again allocates next to nothing, so that hours of it leave the process's memory as it is.
 */
export class GrpcCaller implements StreamOwner {
  readonly #options: CallerOptions
  readonly #cutter = new MessageCutter((bytes, from, to) => {
    this.#answerBytes = to - from
    if (this.#answerBytes > this.#room.length) this.#room = Buffer.allocUnsafeSlow(2 * this.#answerBytes)
    bytes.copy(this.#room, 0, from, to)
  })
  #connection: Http2Connection | undefined
  #room = Buffer.allocUnsafeSlow(FIRST_ANSWER_BYTES)
  #answerBytes = 0
  #head: ResponseHead = {}
  #settle: PromiseWithResolvers<Buffer> | undefined

  constructor(options: CallerOptions) {
    this.#options = options
  }

  /** @param message a protobuf message */
  prepare(method: string, message: Pieces): PreparedCall {
    return { method, headers: plainHeaders(grpcHeaders(method, this.#options)), bytes: framed(message) }
  }

  /**
   * @returns the answer's message, valid until the next call
   * @throws CallRefused, EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL, TIMEOUT
   */
  async call({ method, headers, bytes }: PreparedCall): Promise<Buffer> {
    const { requestTimeoutMs } = this.#options
    const connection = await this.#usable()
    const settle = Promise.withResolvers<Buffer>()
    this.#settle = settle
    this.#head = {}
    this.#answerBytes = 0
    this.#cutter.reset()
    const timer = setTimeout(() => {
      connection.cancel(0)
      const where = authority(this.#options)
      settle.reject(new EngineError('TIMEOUT', `${method} was not answered within ${requestTimeoutMs} ms`, { where }))
    }, requestTimeoutMs)
    connection.send(0, { bytes, overlay: undefined, overlayAt: 0 }, true, headers)
    try {
      return await settle.promise
    } finally {
      clearTimeout(timer)
    }
  }

  close(): void {
    this.#connection?.destroy()
  }

  onRead(): void {}

  onHead(_: number, head: ResponseHead): void {
    this.#head = { ...this.#head, ...head }
  }

  onData(_: number, bytes: Buffer, from: number, to: number): void {
    this.#cutter.push(bytes, from, to)
  }

  onStreamEnd(): void {
    if (this.#head.grpcStatus === 0) this.#settle?.resolve(this.#room.subarray(0, this.#answerBytes))
    else {
      const { message, code } = statusError(this.#head)
      this.#settle?.reject(new CallRefused(message, code))
    }
  }

  onReset(_: number, code: string): void {
    this.#settle?.reject(new CallRefused(`The server cancelled the call: ${code}`, code))
  }

  onLost(_: number, reason: string): void {
    const data = { where: authority(this.#options), detail: reason }
    this.#settle?.reject(new EngineError('SERVER_UNREACHABLE', 'The connection broke', data))
  }

  async #usable(): Promise<Http2Connection> {
    if (this.#connection?.usable === true) return this.#connection
    const timeoutMs = Math.min(this.#options.requestTimeoutMs, CONNECT_TIMEOUT_MS)
    const open = () => Http2Connection.open(this.#options, { slots: 1, headers: fixedHeaders([]), timeoutMs }, this)
    this.#connection = await openGreeted(this.#options, open)
    return this.#connection
  }
}

const RESTRICTED = /expecting header '/

/** One harmless question: is there an inference service, and does it let us in? @throws EngineError */
export async function greetGrpc(options: CallerOptions): Promise<void> {
  const caller = new GrpcCaller(options)
  try {
    await caller.call(caller.prepare('ServerLive', []))
  } catch (error) {
    if (!(error instanceof CallRefused)) throw error
    const { code, message } = error
    const denied = code === 'UNAUTHENTICATED' || code === 'PERMISSION_DENIED' || code === '401' || code === '403'
    const where = authority(options)
    if (denied || RESTRICTED.test(message)) throw accessDenied(where, message)
    if (code === 'UNIMPLEMENTED' || code === undefined || /^\d/.test(code)) {
      const hint = 'This speaks HTTP/2 but is no inference server. Check the port (Triton: 8001).'
      throw new EngineError('SERVER_PROTOCOL', `${where} has no inference service`, { where, hint, detail: message })
    }
    // Not live, overloaded: the requests will tell.
  } finally {
    caller.close()
  }
}
