import { OUTCOME, type Outcome } from '../wire/wire.ts'
import { type Loop, type LoopOptions, RETRY_MS } from './loop.ts'

/** Closed loop: each slot sends its next request as soon as the last one ended. */
export function startClosedLoop({ wire, feed, slots, limit = Number.POSITIVE_INFINITY, onEnd }: LoopOptions): Loop {
  const { promise: drained, resolve } = Promise.withResolvers<void>()
  let left = limit
  let busy = 0

  const next = (slot: number) => {
    if (left > 0) {
      left--
      feed.send(slot)
    } else if (--busy === 0) resolve()
  }
  wire.onEnd = (slot: number, outcome: Outcome) => {
    onEnd(slot, outcome, Number.NaN)
    feed.ended(slot, outcome === OUTCOME.ok)
    if (outcome === OUTCOME.connectionLost) setTimeout(next, RETRY_MS, slot)
    else next(slot)
  }
  busy = Math.min(slots, limit)
  if (busy === 0) resolve()
  for (let slot = 0; slot < Math.min(slots, limit); slot++) next(slot)
  return {
    stop() {
      left = 0
    },
    drained,
  }
}
