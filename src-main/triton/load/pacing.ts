/** setTimeout fires up to 1 ms late and counts whole ms: from here on the loop polls instead. */
const TIMER_GRAIN_MS = 1.2
/** A blocking wait ends some 60 µs late (Linux' timer slack of 50 µs): the rest is polled. */
const WAIT_SLACK_MS = 0.08

export interface Alarm {
  /** Rings at `ms` of performance.now(), at once when that is over. `idle`: nothing is in flight, so the thread may sleep. */
  at(ms: number, idle: boolean): void
  cancel(): void
}

/**
 * Rings at a time with some ten µs of error instead of setTimeout's 1 ms: a timer until shortly before, then
 * setImmediate over and over, so that responses are still read; when none can come the thread sleeps and costs no CPU.
 * One time is pending at most; a new one replaces it.
 */
export function createAlarm(ring: () => void): Alarm {
  const cell = new Int32Array(new SharedArrayBuffer(4))
  let dueMs = Number.NaN
  let idle = false
  let timer: NodeJS.Timeout | undefined
  let poll: NodeJS.Immediate | undefined

  const wake = () => {
    timer = undefined
    poll = undefined
    if (Number.isNaN(dueMs)) return
    const leftMs = dueMs - performance.now()
    if (leftMs <= 0) {
      dueMs = Number.NaN
      ring()
    } else if (leftMs > TIMER_GRAIN_MS + 1) {
      timer = setTimeout(wake, Math.floor(leftMs - TIMER_GRAIN_MS))
    } else {
      if (idle && leftMs > WAIT_SLACK_MS) Atomics.wait(cell, 0, 0, leftMs - WAIT_SLACK_MS)
      poll = setImmediate(wake)
    }
  }
  const clear = () => {
    clearTimeout(timer)
    clearImmediate(poll)
    timer = undefined
    poll = undefined
  }
  return {
    at(ms, nothingInFlight) {
      idle = nothingInFlight
      if (ms === dueMs && (timer ?? poll) !== undefined) return
      clear()
      dueMs = ms
      poll = setImmediate(wake)
    },
    cancel() {
      clear()
      dueMs = Number.NaN
    },
  }
}
