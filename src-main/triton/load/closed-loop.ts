import { OUTCOME, type Outcome } from '../wire/wire.ts'
import { type Loop, type LoopOptions, RETRY_MS } from './loop.ts'

/**
 * Closed loop: each slot sends its next request as soon as the last one ended. When several answers come in one read,
 * all their ends are stamped before the first of them is followed by a send: writing one slot's request would else be
 * counted as waiting of the others.
 */
export function startClosedLoop({ wire, feed, slots, limit = Number.POSITIVE_INFINITY, onEnd }: LoopOptions): Loop {
  const { promise: drained, resolve } = Promise.withResolvers<void>()
  let left = limit
  let busy = 0
  const free = new Int32Array(slots)
  let freed = 0

  const next = (slot: number) => {
    if (left > 0) {
      left--
      feed.send(slot)
    } else if (--busy === 0) resolve()
  }
  const sendFreed = () => {
    const count = freed
    freed = 0
    for (let index = 0; index < count; index++) next(free[index] ?? 0)
  }
  wire.onEnd = (slot: number, outcome: Outcome) => {
    onEnd(slot, outcome, Number.NaN)
    feed.ended(slot, outcome === OUTCOME.ok)
    if (outcome === OUTCOME.connectionLost) setTimeout(next, RETRY_MS, slot)
    else {
      free[freed] = slot
      if (freed++ === 0) queueMicrotask(sendFreed)
    }
  }
  busy = Math.min(slots, limit)
  if (busy === 0) resolve()
  for (let slot = 0; slot < Math.min(slots, limit); slot++) next(slot)
  return {
    stop() {
      left = 0
    },
    drained,
    get inFlight() {
      return busy
    },
    mostInFlight: Math.min(slots, limit),
  }
}
