import { at } from '#stats/percentile.ts'
import { OUTCOME, type Outcome } from '../wire/wire.ts'
import { type Loop, type LoopOptions, RETRY_MS } from './loop.ts'
import { createAlarm } from './pacing.ts'

export interface OpenLoopOptions extends LoopOptions {
  /** Time to the next request in ms. */
  intervalMs: () => number
  /** Slots in the order they came free (sequences take turns), instead of the last one first (warm connections). */
  takeTurns?: boolean
}

/**
 * Open loop: requests have their times whether or not earlier ones ended. One that finds no free slot waits here and
 * keeps its time, so its latency from the scheduled start shows the wait. No time is skipped.
 */
export function startOpenLoop(options: OpenLoopOptions): Loop {
  const { wire, feed, slots, limit = Number.POSITIVE_INFINITY, onEnd, intervalMs, takeTurns = false } = options
  const { promise: drained, resolve } = Promise.withResolvers<void>()
  const scheduledMs = new Float64Array(slots)
  const free = freeSlots(slots, takeTurns)
  const alarm = createAlarm(sendDue)
  let left = limit
  let inFlight = 0
  let mostInFlight = 0
  let dueMs = performance.now()

  function sendDue() {
    while (left > 0 && free.count > 0 && dueMs <= performance.now()) {
      const slot = free.take()
      left--
      inFlight++
      if (inFlight > mostInFlight) mostInFlight = inFlight
      scheduledMs[slot] = dueMs
      dueMs += intervalMs()
      feed.send(slot)
    }
    if (left === 0) {
      alarm.cancel()
      if (inFlight === 0) resolve()
    } else if (free.count > 0) alarm.at(dueMs, inFlight === 0)
  }
  const release = (slot: number) => {
    free.put(slot)
    sendDue()
  }
  wire.onEnd = (slot: number, outcome: Outcome) => {
    inFlight--
    onEnd(slot, outcome, at(scheduledMs, slot))
    feed.ended(slot, outcome === OUTCOME.ok)
    if (outcome === OUTCOME.connectionLost) setTimeout(release, RETRY_MS, slot)
    else release(slot)
  }
  sendDue()
  return {
    stop() {
      left = 0
      sendDue()
    },
    drained,
    get inFlight() {
      return inFlight
    },
    get mostInFlight() {
      return mostInFlight
    },
  }
}

/** A ring for both orders; never allocates. */
function freeSlots(slots: number, takeTurns: boolean) {
  const ring = Int32Array.from({ length: slots }, (_, index) => (takeTurns ? index : slots - 1 - index))
  let first = 0
  let count = slots
  return {
    get count() {
      return count
    },
    take(): number {
      count--
      if (!takeTurns) return ring[count] ?? 0
      const slot = ring[first] ?? 0
      first = (first + 1) % slots
      return slot
    },
    put(slot: number): void {
      ring[takeTurns ? (first + count) % slots : count] = slot
      count++
    },
  }
}
