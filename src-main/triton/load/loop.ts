import type { Outcome, Wire } from '../wire/wire.ts'
import type { RequestFeed } from './requests.ts'

/** A connection that broke is tried again after so long: a dead server is not hammered. */
export const RETRY_MS = 50

export interface LoopOptions {
  wire: Pick<Wire, 'onEnd' | 'startMs'>
  feed: RequestFeed
  /** Slots 0..slots−1 of the wire take part. */
  slots: number
  /** Requests to send in all; absent: until `stop`. */
  limit?: number
  /** Each request's end. `scheduledMs`: when it should have been sent (open loop), else NaN. */
  onEnd(slot: number, outcome: Outcome, scheduledMs: number): void
}

/** A load that runs. */
export interface Loop {
  /** Sends no more; requests in flight still end. */
  stop(): void
  /** Resolves when the limit is reached, or the loop was stopped, and nothing is in flight. */
  readonly drained: Promise<void>
  /** Slots that are not done: a request in flight, or the pause after a broken connection. */
  readonly inFlight: number
  readonly mostInFlight: number
}
