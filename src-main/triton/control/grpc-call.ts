import { performance } from 'node:perf_hooks'
import {
  type ChannelCredentials,
  Client,
  type ClientDuplexStream,
  credentials,
  Metadata,
  type ServiceError,
  status,
} from '@grpc/grpc-js'
import type { ServerAddress } from '../address.ts'
import type { CallOptions } from './client.ts'
import { type GrpcMethod, grpcMethod, type UnaryCall } from './grpc-service.ts'
import { cancelled, timedOut, unreachable } from './network-errors.ts'
import type { TlsMaterial } from './secrets.ts'
import { refused } from './server-errors.ts'
import { MOST_ANSWER_BYTES, tooMuch } from './too-much.ts'

/** Status without an answer of the server: the library's own words in `details`. */
const NO_CONNECTION = /^No connection established|^Name resolution failed|^Connection dropped|^Protocol error/

/** An answer as a plain object, the bytes that question and answer had, and `performance.now()` when it had come. */
export interface GrpcAnswer {
  answer: object
  requestBytes: number
  responseBytes: number
  arrivedMs: number
}

/** One channel, opened by the first call. */
export class GrpcCaller {
  readonly #address: ServerAddress
  readonly #client: Client
  readonly #metadata: Metadata
  readonly #timeoutMs: number

  constructor(address: ServerAddress, headers: Record<string, string>, tls: TlsMaterial, timeoutMs: number) {
    this.#address = address
    this.#timeoutMs = timeoutMs
    this.#metadata = new Metadata()
    for (const [name, value] of Object.entries(headers)) this.#metadata.set(name, value)
    this.#client = new Client(address.authority, channelCredentials(address, tls), {
      // The library's own limits are 4 MiB.
      'grpc.max_receive_message_length': MOST_ANSWER_BYTES,
      'grpc.max_send_message_length': -1,
      // One client, one connection: two clients to one server share nothing, least of all a token.
      'grpc.use_local_subchannel_pool': 1,
      ...(tls.serverName === undefined ? {} : { 'grpc.ssl_target_name_override': tls.serverName }),
    })
  }

  call(name: UnaryCall, message: object, options: CallOptions = {}): Promise<GrpcAnswer> {
    const { promise, resolve, reject } = Promise.withResolvers<GrpcAnswer>()
    if (options.signal?.aborted === true) return Promise.reject(cancelled())
    const method = grpcMethod(name)
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs
    let requestBytes = 0
    let responseBytes = 0
    let arrivedMs = 0
    const call = this.#client.makeUnaryRequest(
      method.path,
      (question: object) => {
        const buffer = method.requestSerialize(question)
        requestBytes = buffer.length
        return buffer
      },
      (buffer: Buffer) => {
        responseBytes = buffer.length
        arrivedMs = performance.now()
        return method.responseDeserialize(buffer)
      },
      message,
      this.#metadata,
      { deadline: Date.now() + timeoutMs },
      (error, answer) => {
        if (error !== null) reject(this.#error(error, name, timeoutMs, options.signal))
        else resolve({ answer: answer ?? {}, requestBytes, responseBytes, arrivedMs })
      },
    )
    const onAbort = () => call.cancel()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    return promise.finally(() => options.signal?.removeEventListener('abort', onAbort))
  }

  /** Messages of a stream that was sent one message; ends when the server ends it or the reader leaves. */
  async *stream(message: object, options: CallOptions = {}): AsyncGenerator<GrpcAnswer> {
    const method: GrpcMethod = grpcMethod('ModelStreamInfer')
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs
    if (options.signal?.aborted === true) throw cancelled()
    const arrivals: { responseBytes: number; arrivedMs: number }[] = []
    let requestBytes = 0
    const call: ClientDuplexStream<object, object> = this.#client.makeBidiStreamRequest(
      method.path,
      (question: object) => {
        const buffer = method.requestSerialize(question)
        requestBytes = buffer.length
        return buffer
      },
      (buffer: Buffer) => {
        arrivals.push({ responseBytes: buffer.length, arrivedMs: performance.now() })
        return method.responseDeserialize(buffer)
      },
      this.#metadata,
      { deadline: Date.now() + timeoutMs },
    )
    const onAbort = () => call.cancel()
    options.signal?.addEventListener('abort', onAbort, { once: true })
    try {
      call.write(message)
      // Not ended yet: a server drops the answers of a stream whose client has nothing more to say only after the last one,
      // but our reader leaves by itself at the final response.
      for await (const answer of call) {
        const arrival = arrivals.shift() ?? { responseBytes: 0, arrivedMs: performance.now() }
        yield { answer, requestBytes, ...arrival }
      }
    } catch (thrown) {
      throw isServiceError(thrown) ? this.#error(thrown, 'ModelStreamInfer', timeoutMs, options.signal) : thrown
    } finally {
      options.signal?.removeEventListener('abort', onAbort)
      call.cancel()
    }
  }

  close(): void {
    this.#client.close()
  }

  #error(error: ServiceError, name: string, timeoutMs: number, signal: AbortSignal | undefined): Error {
    const { code, details } = error
    if (signal?.aborted === true && code === status.CANCELLED) return cancelled()
    if (code === status.DEADLINE_EXCEEDED) return timedOut(this.#address, timeoutMs, name)
    if (/^(Received message|Message) larger than|larger than max/i.test(details))
      return tooMuch(MOST_ANSWER_BYTES, name)
    const isBroken = /RST_STREAM|ECONNRESET|socket hang up|Received HTTP status|read E|write E/i.test(details)
    if ((code === status.UNAVAILABLE || code === status.INTERNAL) && (NO_CONNECTION.test(details) || isBroken)) {
      return unreachable(this.#address, new Error(details, { cause: error }), name)
    }
    return refused({ status: status[code], message: details, where: name }, { cause: error })
  }
}

function channelCredentials({ isTls }: ServerAddress, tls: TlsMaterial): ChannelCredentials {
  if (!isTls) return credentials.createInsecure()
  const { ca, cert, key, insecure } = tls
  return credentials.createSsl(ca ?? null, key ?? null, cert ?? null, {
    rejectUnauthorized: !insecure,
    ...(insecure ? { checkServerIdentity: () => undefined } : {}),
  })
}

function isServiceError(thrown: unknown): thrown is ServiceError {
  return thrown instanceof Error && 'code' in thrown && 'details' in thrown && 'metadata' in thrown
}
