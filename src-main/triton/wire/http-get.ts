import { EngineError } from '#domain/errors.ts'
import { Http1Connection } from './http1-connection.ts'
import { authority, checkedHeaders } from './request-headers.ts'
import type { RequestError } from './slotted-wire.ts'
import type { WireOptions } from './wire.ts'

export type GetOptions = Pick<WireOptions, 'host' | 'port' | 'tls' | 'headers' | 'requestTimeoutMs'>

export interface Got {
  status: number
  text: string
}

/** Of an answer about statistics; a server with thousands of models stays far below. */
const MOST_BYTES = 64 * 1024 * 1024

interface Waiting {
  path: string
  resolve(got: Got): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

/**
 * Now and then a GET on a connection that stays open, one at a time. Over the load's own connection: node:http and
 * node:https would be loaded into the generator for it alone (7 MB), and HTTP/1.1 be read in two ways.
 */
export class HttpGetter {
  readonly #options: GetOptions
  readonly #connection: Http1Connection
  readonly #requests = new Map<string, Buffer>()
  #isOpen = false
  #waiting: Waiting | undefined

  constructor(options: GetOptions) {
    this.#options = options
    const owner = {
      onSent: () => {},
      onFirstByte: () => {},
      onReconnect: () => {},
      onAnswer: (_: number, status: number, text: () => string) => this.#take()?.resolve({ status, text: text() }),
      onLost: (_: number, error: RequestError) => this.#take()?.reject(this.#lost(error)),
    }
    this.#connection = new Http1Connection(0, options, owner, options.requestTimeoutMs, MOST_BYTES)
  }

  /** @throws EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL, ACCESS_DENIED, TIMEOUT */
  async get(path: string): Promise<Got> {
    if (this.#waiting !== undefined) throw new Error('One question at a time')
    if (!this.#isOpen) {
      await this.#connection.open()
      this.#isOpen = true
    }
    return new Promise<Got>((resolve, reject) => {
      const timer = setTimeout(() => this.#giveUp(), this.#options.requestTimeoutMs)
      this.#waiting = { path, resolve, reject, timer }
      this.#connection.send(this.#requestOf(path), undefined)
    })
  }

  close(): void {
    this.#connection.drop()
    this.#take()?.reject(new EngineError('CANCELLED', 'The connection was closed'))
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting
    clearTimeout(waiting?.timer)
    this.#waiting = undefined
    return waiting
  }

  #giveUp(): void {
    const { requestTimeoutMs } = this.#options
    this.#connection.drop()
    const waiting = this.#take()
    const message = `GET ${waiting?.path} was not answered within ${requestTimeoutMs} ms`
    waiting?.reject(new EngineError('TIMEOUT', message, { where: authority(this.#options) }))
  }

  /** Without a code the server answered, but not as HTTP/1.1 wants it. */
  #lost({ message, code }: RequestError): EngineError {
    const where = authority(this.#options)
    return new EngineError(code === undefined ? 'SERVER_PROTOCOL' : 'SERVER_UNREACHABLE', message, { where })
  }

  #requestOf(path: string): Buffer {
    const known = this.#requests.get(path)
    if (known !== undefined) return known
    const { headers } = this.#options
    const lines = [`GET ${path} HTTP/1.1`, `Host: ${authority(this.#options)}`]
    for (const [name, value] of checkedHeaders(headers)) lines.push(`${name}: ${value}`)
    const request = Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
    this.#requests.set(path, request)
    return request
  }
}
