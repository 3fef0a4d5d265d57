import { OUTCOME, type Outcome, type Wire } from './wire.ts'

export interface RequestError {
  message: string
  code?: string
}

const UNKNOWN_ERROR: RequestError = { message: 'The request failed' }

/** How late a time-out may be noticed, as a share of the time-out, and at most. */
const TIMEOUT_GRAIN = 0.1
const LONGEST_GRAIN_MS = 100

/**
 * What both protocols share: the columns of times by slot, who is in flight, errors, and one timer that looks over
 * all slots for time-outs. A subclass sends and calls `finish`; nothing here allocates per request.
 */
export abstract class SlottedWire implements Wire {
  onEnd: (slot: number, outcome: Outcome) => void = () => {}
  readonly startMs: Float64Array
  readonly sentMs: Float64Array
  readonly firstByteMs: Float64Array
  readonly endMs: Float64Array
  readonly responses: Uint32Array
  reconnects = 0
  abstract readonly connections: number
  readonly #inFlight: Uint8Array
  readonly #errors: (RequestError | undefined)[]
  readonly #timeoutMs: number
  #timer: NodeJS.Timeout | undefined
  #closed = false

  constructor(slots: number, timeoutMs: number) {
    this.startMs = new Float64Array(slots)
    this.sentMs = new Float64Array(slots)
    this.firstByteMs = new Float64Array(slots)
    this.endMs = new Float64Array(slots)
    this.responses = new Uint32Array(slots)
    this.#inFlight = new Uint8Array(slots)
    this.#errors = new Array<RequestError | undefined>(slots).fill(undefined)
    this.#timeoutMs = timeoutMs
  }

  abstract connect(): Promise<void>
  abstract prepare(...args: Parameters<Wire['prepare']>): ReturnType<Wire['prepare']>
  abstract send(...args: Parameters<Wire['send']>): void
  /** Gives up on a slot whose time is over; `finish` follows by itself. */
  protected abstract abandon(slot: number): void
  protected abstract closeConnections(): Promise<void>

  errorOf(slot: number): RequestError {
    return this.#errors[slot] ?? UNKNOWN_ERROR
  }

  async close(): Promise<void> {
    this.#closed = true
    clearInterval(this.#timer)
    await this.closeConnections()
  }

  isInFlight(slot: number): boolean {
    return this.#inFlight[slot] === 1
  }

  /** Stamps the start of a request. */
  protected begin(slot: number): void {
    if (this.#inFlight[slot] !== 0) throw new RangeError(`slot ${slot} is not free`)
    this.#inFlight[slot] = 1
    this.responses[slot] = 0
    this.startMs[slot] = performance.now()
    this.#timer ??= setInterval(() => this.#expire(), Math.min(LONGEST_GRAIN_MS, this.#timeoutMs * TIMEOUT_GRAIN))
  }

  /** The request of a slot is over; `endMs` is the caller's where it succeeded. Nothing happens after `close`. */
  finish(slot: number, outcome: Outcome, error?: RequestError): void {
    if (this.#inFlight[slot] !== 1 || this.#closed) return
    this.#inFlight[slot] = 0
    if (outcome !== OUTCOME.ok) {
      this.#errors[slot] = error
      this.firstByteMs[slot] = this.endMs[slot] = performance.now()
    }
    this.onEnd(slot, outcome)
  }

  #expire(): void {
    const latestStart = performance.now() - this.#timeoutMs
    for (let slot = 0; slot < this.#inFlight.length; slot++) {
      if (this.#inFlight[slot] !== 1 || (this.startMs[slot] ?? 0) > latestStart) continue
      this.abandon(slot)
      this.finish(slot, OUTCOME.timedOut, { message: `No answer within ${this.#timeoutMs} ms`, code: 'TIMEOUT' })
    }
  }
}
