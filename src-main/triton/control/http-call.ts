import { Agent, type IncomingHttpHeaders, type IncomingMessage, request as plainRequest } from 'node:http'
import { Agent as TlsAgent, request as tlsRequest } from 'node:https'
import { isIP } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { ServerAddress } from '../address.ts'
import type { CallOptions } from './client.ts'
import { cancelled, timedOut, unreachable } from './network-errors.ts'
import type { TlsMaterial } from './secrets.ts'
import { refused } from './server-errors.ts'
import { MOST_TOLD_BYTES, tooMuch } from './too-much.ts'

export interface HttpRequest {
  method: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  body?: Uint8Array[]
  /** Of the answer's body; more is an error. */
  mostBytes?: number
}

export interface HttpAnswer {
  status: number
  headers: IncomingHttpHeaders
  body: Buffer
  /** ms: request written out, first byte of the answer, its last byte; from the start. */
  sentMs: number
  firstByteMs: number
  endMs: number
  requestBytes: number
}

/** One kept-open connection at a time is enough for single calls. */
export class HttpCaller {
  readonly #address: ServerAddress
  readonly #headers: Record<string, string>
  readonly #agent: Agent
  readonly #timeoutMs: number

  constructor(address: ServerAddress, headers: Record<string, string>, tls: TlsMaterial, timeoutMs: number) {
    this.#address = address
    this.#headers = headers
    this.#timeoutMs = timeoutMs
    const { ca, cert, key, insecure } = tls
    // An address is no name for TLS (RFC 6066): '' sends none, and the certificate is checked against the address.
    const serverName = tls.serverName ?? (isIP(address.host) === 0 ? address.host : '')
    this.#agent = address.isTls
      ? new TlsAgent({ keepAlive: true, ca, cert, key, servername: serverName, rejectUnauthorized: !insecure })
      : new Agent({ keepAlive: true })
  }

  /** Any status is an answer. @throws EngineError when there was none: see `unreachable`, TIMEOUT, CANCELLED */
  call(
    { method, path, headers, body = [], mostBytes = MOST_TOLD_BYTES }: HttpRequest,
    options: CallOptions = {},
  ): Promise<HttpAnswer> {
    const { host, port, isTls, basePath } = this.#address
    const timeoutMs = options.timeoutMs ?? this.#timeoutMs
    const where = `${method} ${basePath}${path}`
    const bytes = body.reduce((sum, part) => sum + part.length, 0)
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
    if (options.signal?.aborted === true) return Promise.reject(cancelled())
    const startMs = performance.now()
    const since = () => performance.now() - startMs
    let sentMs = 0
    const request = (isTls ? tlsRequest : plainRequest)(
      {
        agent: this.#agent,
        host,
        port,
        method,
        path: basePath + path,
        headers: { ...this.#headers, ...headers, ...(method === 'POST' ? { 'content-length': bytes } : {}) },
      },
      response => {
        const firstByteMs = since()
        collect(response, mostBytes, where).then(
          answer =>
            resolve({
              ...answer,
              sentMs: Math.min(sentMs || firstByteMs, firstByteMs),
              firstByteMs,
              endMs: since(),
              requestBytes: bytes,
            }),
          thrown => reject(unreachable(this.#address, thrown, where)),
        )
      },
    )
    const stop = (error: Error) => {
      reject(error)
      request.destroy()
    }
    const timer = setTimeout(() => stop(timedOut(this.#address, timeoutMs, where)), timeoutMs)
    const onAbort = () => stop(cancelled())
    options.signal?.addEventListener('abort', onAbort, { once: true })
    request.on('error', thrown => {
      const again = request.reusedSocket && isClosed(thrown) && !path.endsWith('/infer')
      if (again) resolve(this.call({ method, path, body, mostBytes, ...(headers && { headers }) }, options))
      else reject(brokenWhileSending(thrown, sentMs === 0, bytes, where) ?? unreachable(this.#address, thrown, where))
    })
    request.on('finish', () => {
      sentMs = since()
    })
    for (const part of body) request.write(part)
    request.end()
    return promise.finally(() => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/**
 * A kept connection that the server closed just as we wrote: nothing was answered, a new connection is asked. Not for
 * inference: a sequence counts its requests.
 */
function isClosed(thrown: Error): boolean {
  return 'code' in thrown && (thrown.code === 'ECONNRESET' || thrown.code === 'EPIPE')
}

const MAX_HTTP_BODY = 64 * 2 ** 20

/** A server that reads no further than its limit answers by closing the connection. */
function brokenWhileSending(thrown: Error, isSending: boolean, bytes: number, where: string) {
  const code = 'code' in thrown ? thrown.code : undefined
  if (!isSending || bytes <= MAX_HTTP_BODY || (code !== 'EPIPE' && code !== 'ECONNRESET')) return undefined
  return refused({ status: 413, message: thrown.message, where }, { cause: thrown })
}

async function collect(
  response: IncomingMessage,
  mostBytes: number,
  where: string,
): Promise<Pick<HttpAnswer, 'status' | 'headers' | 'body'>> {
  const parts: Buffer[] = []
  let bytes = 0
  // Leaving the loop destroys the response, and with it the connection.
  for await (const part of response) {
    bytes += part.length
    if (bytes > mostBytes) throw tooMuch(mostBytes, where)
    parts.push(part)
  }
  return { status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(parts) }
}
