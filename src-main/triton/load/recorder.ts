import { at } from '#stats/percentile.ts'
import type { LoadWindow } from '../../workers/load-protocol.ts'
import { OUTCOME, type Outcome, type Wire } from '../wire/wire.ts'

const NS_PER_MS = 1e6
/** As perf_analyzer: a request that goes out later than this after its time is delayed. */
const DELAYED_MS = 1
const MOST_MESSAGES = 20
const FIRST_CAPACITY = 4096

export type RecordedWire = Pick<Wire, 'startMs' | 'sentMs' | 'firstByteMs' | 'endMs' | 'responses' | 'errorOf'>
export type CutWindow = Omit<LoadWindow, 'index' | 'statistics'>

/** Counts requests as they end. A window is cut whenever its time is over; a request belongs where its end lies. */
export interface Recorder {
  /** Starts the first window; what was counted before is forgotten. */
  begin(nowMs: number): void
  end(slot: number, outcome: Outcome, scheduledMs: number): void
  /** Closes the window at `nowMs` and starts the next. */
  cut(nowMs: number): CutWindow
  /** Of the open window. */
  readonly completed: number
  readonly errors: number
  meanMs(): number | undefined
  /** Since `begin`. */
  readonly totals: { completed: number; errors: number; firstStartMs: number; lastEndMs: number }
  /** When the last answer came, and since when there are only broken connections; undefined: all is well. */
  readonly lostSinceMs: number | undefined
  messages(): { message: string; code?: string; count: number }[]
}

/**
 * @param openLoop also records latencies from the scheduled start
 * @param sequences how many sequences were begun so far
 * @param windowsKept after so many later cuts a window's latencies are written over: a long run then allocates nothing,
 *   and its memory stays flat. Absent: each window keeps its own.
 */
export function createRecorder(
  wire: RecordedWire,
  openLoop: boolean,
  sequences: () => number,
  windowsKept?: number,
): Recorder {
  const { startMs, sentMs, firstByteMs, endMs, responses } = wire
  const latencies = column(windowsKept)
  const scheduled = column(windowsKept)
  const failures = new Map<string, { message: string; code?: string; count: number }>()
  const totals = { completed: 0, errors: 0, firstStartMs: Number.NaN, lastEndMs: Number.NaN }
  let startedMs = 0
  let sequencesBefore = 0
  let lostSinceMs: number | undefined
  let [errors, delayed, answers, sendMs, receiveMs, latencyMs] = [0, 0, 0, 0, 0, 0]

  const clear = (nowMs: number) => {
    startedMs = nowMs
    sequencesBefore = sequences()
    latencies.clear()
    scheduled.clear()
    errors = delayed = answers = sendMs = receiveMs = latencyMs = 0
  }
  const fail = (slot: number, outcome: Outcome) => {
    errors++
    totals.errors++
    if (outcome === OUTCOME.connectionLost) lostSinceMs ??= performance.now()
    else if (outcome === OUTCOME.refused) lostSinceMs = undefined
    const error = wire.errorOf(slot)
    // Messages that differ in a number only (a request's, an address) are one: its first wording stands for all.
    const kind = error.message.replace(/\d+/g, '0')
    const known = failures.get(kind)
    if (known !== undefined) known.count++
    else if (failures.size < MOST_MESSAGES - 1) failures.set(kind, { ...error, count: 1 })
    else {
      const rest = failures.get('') ?? { message: 'other messages', count: 0 }
      rest.count++
      failures.set('', rest)
    }
  }
  return {
    begin(nowMs) {
      clear(nowMs)
      failures.clear()
      lostSinceMs = undefined
      Object.assign(totals, { completed: 0, errors: 0, firstStartMs: Number.NaN, lastEndMs: Number.NaN })
    },
    end(slot, outcome, scheduledMs) {
      const start = at(startMs, slot)
      // The first that ends is not always the first that was sent.
      if (!(totals.firstStartMs <= start)) totals.firstStartMs = start
      const end = at(endMs, slot)
      if (!Number.isNaN(scheduledMs) && start - scheduledMs > DELAYED_MS) delayed++
      if (outcome !== OUTCOME.ok) {
        fail(slot, outcome)
        return
      }
      lostSinceMs = undefined
      totals.completed++
      totals.lastEndMs = end
      latencyMs += end - start
      sendMs += at(sentMs, slot) - start
      receiveMs += end - at(firstByteMs, slot)
      answers += responses[slot] ?? 1
      latencies.push((end - start) * NS_PER_MS)
      if (openLoop) scheduled.push((end - scheduledMs) * NS_PER_MS)
    },
    cut(nowMs) {
      const window: CutWindow = {
        startedAtMs: performance.timeOrigin + startedMs,
        durationNs: (nowMs - startedMs) * NS_PER_MS,
        completed: latencies.length,
        errors,
        delayed,
        responses: answers,
        sequences: sequences() - sequencesBefore,
        client: { requests: latencies.length, sendNs: sendMs * NS_PER_MS, receiveNs: receiveMs * NS_PER_MS },
        latenciesNs: latencies.take(),
        ...(openLoop ? { scheduledNs: scheduled.take() } : {}),
      }
      clear(nowMs)
      return window
    },
    get completed() {
      return latencies.length
    },
    get errors() {
      return errors
    },
    meanMs: () => (latencies.length === 0 ? undefined : latencyMs / latencies.length),
    totals,
    get lostSinceMs() {
      return lostSinceMs
    },
    messages: () => [...failures.values()].toSorted((a, b) => b.count - a.count),
  }
}

/** Numbers that come one by one. @param kept how many taken arrays stay as they are; absent: all */
function column(kept = Number.POSITIVE_INFINITY) {
  let data = new Float64Array(FIRST_CAPACITY)
  let length = 0
  const given: Float64Array<ArrayBuffer>[] = []
  return {
    get length() {
      return length
    },
    push(value: number) {
      if (length === data.length) {
        const larger = new Float64Array(2 * length)
        larger.set(data)
        data = larger
      }
      data[length++] = value
    },
    /** What came so far, to be followed by `clear`. */
    take() {
      if (kept === Number.POSITIVE_INFINITY) return data.slice(0, length)
      const values = data.subarray(0, length)
      given.push(data)
      data = (given.length > kept ? given.shift() : undefined) ?? new Float64Array(data.length)
      return values
    },
    clear() {
      length = 0
    },
  }
}
