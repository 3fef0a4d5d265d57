import { type ClientRequest, get as getPlain, type IncomingMessage, Agent as PlainAgent } from 'node:http'
import { get as getTls, Agent as TlsAgent } from 'node:https'
import { EngineError } from '#domain/errors.ts'
import { connectError } from './open-socket.ts'
import { authority, checkedHeaders } from './request-headers.ts'
import type { WireOptions } from './wire.ts'

export type GetOptions = Pick<WireOptions, 'host' | 'port' | 'tls' | 'headers' | 'requestTimeoutMs'>

/** Of an answer about statistics; a server with thousands of models stays far below. */
const MOST_BYTES = 64 * 1024 * 1024

/** Now and then a GET on a connection that stays open. */
export class HttpGetter {
  readonly #options: GetOptions
  readonly #agent: PlainAgent | TlsAgent

  constructor(options: GetOptions) {
    this.#options = options
    const { tls } = options
    this.#agent =
      tls === undefined
        ? new PlainAgent({ keepAlive: true, maxSockets: 1 })
        : new TlsAgent({
            keepAlive: true,
            maxSockets: 1,
            rejectUnauthorized: !tls.insecure,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
          })
  }

  /** @throws EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL, TIMEOUT */
  get(path: string): Promise<{ status: number; text: string }> {
    const { host, port, tls, headers, requestTimeoutMs } = this.#options
    const settle = Promise.withResolvers<{ status: number; text: string }>()
    const request = { host, port, path, agent: this.#agent, headers: Object.fromEntries(checkedHeaders(headers)) }
    const onAnswer = (answer: IncomingMessage) => {
      text(answer).then(body => settle.resolve({ status: answer.statusCode ?? 0, text: body }), settle.reject)
    }
    const pending: ClientRequest = tls === undefined ? getPlain(request, onAnswer) : getTls(request, onAnswer)
    pending.setTimeout(requestTimeoutMs, () => {
      const message = `GET ${path} was not answered within ${requestTimeoutMs} ms`
      pending.destroy(new EngineError('TIMEOUT', message, { where: authority(this.#options) }))
    })
    pending.on('error', error =>
      settle.reject(error instanceof EngineError ? error : connectError(this.#options, error)),
    )
    return settle.promise
  }

  close(): void {
    this.#agent.destroy()
  }
}

async function text(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of answer) {
    const piece = Buffer.from(chunk)
    bytes += piece.length
    if (bytes > MOST_BYTES) throw new EngineError('SERVER_REFUSED', `The answer is larger than ${MOST_BYTES} bytes`)
    chunks.push(piece)
  }
  return Buffer.concat(chunks).toString('utf8')
}
