/** The peer broke the rules of HTTP/1.1, or does not speak it. */
export class NotHttp1 extends Error {}

/** Of an error's body: enough for its message. */
const MOST_ERROR_BYTES = 64 * 1024
const FIRST_KEPT_BYTES = 4096
const MOST_HEAD_BYTES = 64 * 1024
const HEAD_END = Buffer.from('\r\n\r\n')
const CR = 13
const LF = 10

/** `toClose`: the body ends with the connection. */
type Body = 'none' | 'counted' | 'chunked' | 'toClose'

interface Head {
  bytes: Buffer
  status: number
  body: Body
  bodyBytes: number
  keepAlive: boolean
}

const NO_HEAD: Head = { bytes: Buffer.alloc(0), status: 0, body: 'none', bodyBytes: 0, keepAlive: true }

/**
 * One response after another out of chunks as they come. Bodies of successes are counted and skipped, never copied,
 * unless they are wanted.
 * A head equal to the last one (the rule in a measurement) is recognised by its bytes and not parsed again.
 */
export class Http1Response {
  #head = NO_HEAD
  #inHead = true
  #carry: Buffer = Buffer.alloc(0)
  #left = 0
  /** Chunked: a size line, data, the line end after data, lines after the last chunk. */
  #part: 'size' | 'data' | 'dataEnd' | 'trailer' = 'size'
  #line = ''
  /** Used again for every body; only what `#keptBytes` counts is of this one. */
  #kept: Buffer = Buffer.alloc(0)
  #keptBytes = 0
  readonly #mostBodyBytes: number

  /** @param mostBodyBytes of a success: kept up to so many, more is a broken rule; 0: skipped */
  constructor(mostBodyBytes = 0) {
    this.#mostBodyBytes = mostBodyBytes
  }

  get status(): number {
    return this.#head.status
  }

  /** Whether the connection may carry another request. */
  get keepAlive(): boolean {
    return this.#head.keepAlive && this.#head.body !== 'toClose'
  }

  /** The body of a response that is not a success, or of any where they are kept, as text. */
  get text(): string {
    return this.#kept.toString('utf8', 0, this.#keptBytes)
  }

  /** Forgets the last response. */
  reset(): void {
    this.#inHead = true
    this.#left = 0
    this.#part = 'size'
    if (this.#line !== '') this.#line = ''
    if (this.#carry.length > 0) this.#carry = Buffer.alloc(0)
    this.#keptBytes = 0
  }

  /** True when the connection closed and that ends the body. */
  endsWithConnection(): boolean {
    return !this.#inHead && this.#head.body === 'toClose'
  }

  /** @returns true when the response is complete   @throws NotHttp1 */
  read(chunk: Buffer, length: number): boolean {
    let at = 0
    if (this.#inHead) {
      at = this.#readHead(chunk, length)
      if (at < 0) return false
    }
    const done = this.#readBody(chunk, at, length)
    if (done < 0) return false
    if (done < length) throw new NotHttp1('more bytes than the response has')
    return true
  }

  /** @returns where the body starts in `chunk`, −1 while the head is not whole */
  #readHead(chunk: Buffer, length: number): number {
    const known = this.#head.bytes
    const knownLength = known.length
    if (this.#carry.length === 0 && knownLength > 0 && knownLength <= length) {
      if (chunk.compare(known, 0, knownLength, 0, knownLength) === 0) {
        this.#startBody()
        return knownLength
      }
    }
    const before = this.#carry.length
    const bytes = before === 0 ? chunk.subarray(0, length) : Buffer.concat([this.#carry, chunk.subarray(0, length)])
    if (!couldBeHttp(bytes)) throw new NotHttp1('the answer is not HTTP/1.1')
    const end = bytes.indexOf(HEAD_END)
    if (end < 0) {
      if (bytes.length > MOST_HEAD_BYTES) throw new NotHttp1('the head of the answer does not end')
      this.#carry = Buffer.from(bytes)
      return -1
    }
    const headLength = end + HEAD_END.length
    this.#carry = Buffer.alloc(0)
    this.#head = parseHead(Buffer.from(bytes.subarray(0, headLength)))
    if (this.#head.status >= 200) {
      this.#startBody()
      return headLength - before
    }
    // 1xx: the real head follows, perhaps in the same chunk.
    this.#head = NO_HEAD
    const rest = Buffer.from(bytes.subarray(headLength))
    const next = rest.length === 0 ? -1 : this.#readHead(rest, rest.length)
    return next < 0 ? next : length - (rest.length - next)
  }

  #startBody(): void {
    this.#inHead = false
    this.#left = this.#head.body === 'counted' ? this.#head.bodyBytes : 0
  }

  /** @returns where the response ended, −1 while it has not */
  #readBody(chunk: Buffer, from: number, length: number): number {
    const { body } = this.#head
    if (body === 'chunked') return this.#readChunked(chunk, from, length)
    if (body === 'none') return from
    const taken = body === 'toClose' ? length - from : Math.min(this.#left, length - from)
    this.#keep(chunk, from, from + taken)
    if (body === 'toClose') return -1
    this.#left -= taken
    return this.#left === 0 ? from + taken : -1
  }

  #readChunked(chunk: Buffer, from: number, length: number): number {
    let at = from
    while (at < length) {
      if (this.#part === 'data') {
        const taken = Math.min(this.#left, length - at)
        this.#keep(chunk, at, at + taken)
        at += taken
        this.#left -= taken
        if (this.#left === 0) this.#part = 'dataEnd'
        continue
      }
      const byte = chunk[at++]
      if (byte === CR) continue
      if (byte !== LF) {
        this.#line += String.fromCharCode(byte ?? 0)
        if (this.#line.length > MOST_HEAD_BYTES) throw new NotHttp1('a line of the chunked answer does not end')
        continue
      }
      const line = this.#line
      this.#line = ''
      if (this.#part === 'dataEnd') this.#part = 'size'
      else if (this.#part === 'trailer') {
        if (line === '') return at
      } else {
        const size = /^[0-9a-f]{1,13}(?=$|[;\s])/i.exec(line)?.[0]
        if (size === undefined) throw new NotHttp1('a chunk of the answer has no size')
        this.#left = Number.parseInt(size, 16)
        this.#part = this.#left === 0 ? 'trailer' : 'data'
      }
    }
    return -1
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const isError = this.#head.status !== 200
    if (!isError && this.#mostBodyBytes === 0) return
    const wanted = this.#keptBytes + to - from
    if (!isError && wanted > this.#mostBodyBytes)
      throw new NotHttp1(`the answer has more than ${this.#mostBodyBytes} bytes`)
    const bytes = isError ? Math.min(wanted, MOST_ERROR_BYTES) : wanted
    if (bytes > this.#kept.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(bytes, FIRST_KEPT_BYTES, 2 * this.#kept.length))
      this.#kept.copy(larger, 0, 0, this.#keptBytes)
      this.#kept = larger
    }
    chunk.copy(this.#kept, this.#keptBytes, from, from + bytes - this.#keptBytes)
    this.#keptBytes = bytes
  }
}

function couldBeHttp(bytes: Buffer): boolean {
  const start = 'HTTP/1.'
  return bytes.toString('latin1', 0, start.length) === start.slice(0, bytes.length)
}

function parseHead(bytes: Buffer): Head {
  const text = bytes.toString('latin1')
  const status = Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1])
  if (Number.isNaN(status)) throw new NotHttp1('the answer has no HTTP status')
  const header = (name: string) => new RegExp(`^${name}:[ \\t]*(.*?)[ \\t]*\\r$`, 'im').exec(text)?.[1]
  const connection = header('connection')?.toLowerCase()
  const keepAlive = connection === undefined ? text.startsWith('HTTP/1.1') : connection !== 'close'
  const chunked = header('transfer-encoding')?.toLowerCase().endsWith('chunked') === true
  const length = header('content-length')
  const base = { bytes, status, bodyBytes: 0, keepAlive }
  if (status < 200 || status === 204 || status === 304) return { ...base, body: 'none' }
  if (chunked) return { ...base, body: 'chunked' }
  if (length === undefined) return { ...base, body: 'toClose' }
  const bodyBytes = /^\d{1,15}$/.test(length) ? Number(length) : Number.NaN
  if (Number.isNaN(bodyBytes)) throw new NotHttp1('the length of the answer is not a number')
  return { ...base, body: bodyBytes === 0 ? 'none' : 'counted', bodyBytes }
}
