import { EngineError } from '#domain/errors.ts'
import { grpcHeaders } from './grpc-headers.ts'
import { statusError } from './grpc-status.ts'
import { fixedHeaders } from './hpack-encoder.ts'
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

/** Single calls on a connection of their own, one at a time: what the load worker asks besides its requests. */
export class GrpcCaller implements StreamOwner {
  readonly #options: CallerOptions
  readonly #cutter = new MessageCutter((bytes, from, to) => {
    this.#answer = Buffer.from(bytes.subarray(from, to))
  })
  #connection: Http2Connection | undefined
  #answer: Buffer | undefined
  #head: ResponseHead = {}
  #settle: PromiseWithResolvers<Buffer> | undefined

  constructor(options: CallerOptions) {
    this.#options = options
  }

  /** @param message a protobuf message   @throws CallRefused, EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL, TIMEOUT */
  async call(method: string, message: Pieces): Promise<Buffer> {
    const { requestTimeoutMs } = this.#options
    const connection = await this.#usable()
    const settle = Promise.withResolvers<Buffer>()
    this.#settle = settle
    this.#head = {}
    this.#answer = undefined
    this.#cutter.reset()
    const timer = setTimeout(() => {
      connection.cancel(0)
      const where = authority(this.#options)
      settle.reject(new EngineError('TIMEOUT', `${method} was not answered within ${requestTimeoutMs} ms`, { where }))
    }, requestTimeoutMs)
    const outgoing = { bytes: framed(message), overlay: undefined, overlayAt: 0 }
    connection.send(0, outgoing, true, grpcHeaders(method, this.#options))
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
    if (this.#head.grpcStatus === 0) this.#settle?.resolve(this.#answer ?? Buffer.alloc(0))
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
    await caller.call('ServerLive', [])
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
