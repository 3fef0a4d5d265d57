import type { InferCall } from '../request.ts'

/** How a wire is opened. `slots`: requests that may be in flight at once, numbered from 0. */
export interface WireOptions {
  host: string
  port: number
  /** Options of node:tls, already read from files; absent: plain. */
  tls?: { ca?: string; cert?: string; key?: string; serverName?: string; insecure: boolean }
  /** Headers or metadata sent with every request. */
  headers: Record<string, string>
  slots: number
  /** Absent: the wire's own choice for the size of the requests. */
  slotsPerConnection?: number
  requestTimeoutMs: number
  /** gRPC ModelStreamInfer: a stream a slot. */
  streaming: boolean
}

/** How one request ended. 0 is success; everything else has its words in `errorOf`. */
export const OUTCOME = { ok: 0, refused: 1, timedOut: 2, connectionLost: 3 } as const
export type Outcome = (typeof OUTCOME)[keyof typeof OUTCOME]

/** Sequence flags of one request, for requests prepared with `sequence: true`. */
export interface SequenceFlags {
  id: number
  start: boolean
  end: boolean
}

/**
 * The load path: requests encoded once, sent many times, with as little work per request as the protocol allows and
 * no allocation. Times are `performance.now()` in ms, by slot, valid until that slot's next `send`.
 * What `sentMs` and `firstByteMs` mean per protocol: wire/README.md (as perf_analyzer defines client send and receive).
 */
export interface Wire {
  readonly connections: number
  /** Called exactly once for each `send`, never inside it. */
  onEnd: (slot: number, outcome: Outcome) => void
  readonly startMs: Float64Array
  readonly sentMs: Float64Array
  readonly firstByteMs: Float64Array
  readonly endMs: Float64Array
  /** Responses of the last request; more than 1 only for decoupled models. */
  readonly responses: Uint32Array
  /** @throws EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL (the port speaks something else), ACCESS_DENIED */
  connect(): Promise<void>
  /** Encodes a request. @returns its number for `send`, and the bytes it puts on the wire */
  prepare(call: InferCall, options?: { sequence?: boolean }): { variant: number; bytes: number }
  /** The slot must be free. */
  send(slot: number, variant: number, sequence?: SequenceFlags): void
  errorOf(slot: number): { message: string; code?: string }
  /** A connection that broke is opened again by the next `send` on it; this says how often that was. */
  readonly reconnects: number
  close(): Promise<void>
}
