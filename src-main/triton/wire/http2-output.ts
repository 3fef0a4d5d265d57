import type { Socket } from 'node:net'

const STAGE_BYTES = 64 * 1024

/**
 * Bytes on their way into a socket: small pieces are gathered in one buffer and go out together, large ones are
 * passed on where they lie. `flush` ends a turn.
 */
export class Http2Output {
  readonly #socket: Socket
  #stage = Buffer.allocUnsafeSlow(STAGE_BYTES)
  /** Staged and not handed over: from..to. */
  #from = 0
  #to = 0
  #corked = false

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Room for so many bytes in one piece, at `at` of `buffer`; `advance` says how many were written. */
  reserve(bytes: number): Buffer {
    if (this.#to + bytes > this.#stage.length) {
      this.#handOver()
      // What was handed over is still read by the socket.
      this.#stage = Buffer.allocUnsafeSlow(Math.max(STAGE_BYTES, bytes))
      this.#from = this.#to = 0
    }
    return this.#stage
  }

  get at(): number {
    return this.#to
  }

  advance(to: number): void {
    this.#to = to
  }

  copy(bytes: Buffer, from = 0, to = bytes.length): void {
    const stage = this.reserve(to - from)
    this.#to += bytes.copy(stage, this.#to, from, to)
  }

  /** Bytes that do not change until they are written. */
  pass(bytes: Buffer): void {
    this.#handOver()
    this.#socket.write(bytes)
  }

  flush(): void {
    if (this.#corked) this.#handOver()
    else if (this.#to > this.#from) {
      this.#socket.write(this.#stage.subarray(this.#from, this.#to))
      this.#from = this.#to
    }
    if (this.#corked) {
      this.#corked = false
      this.#socket.uncork()
    }
    if (this.#socket.writableLength === 0) this.#from = this.#to = 0
  }

  #handOver(): void {
    if (!this.#corked) {
      this.#corked = true
      this.#socket.cork()
    }
    if (this.#to === this.#from) return
    this.#socket.write(this.#stage.subarray(this.#from, this.#to))
    this.#from = this.#to
  }
}
