import type { TraceSink } from '#domain/trace-feed.ts'
import { Clock } from './clock.ts'
import type { EventScanner } from './event-scanner.ts'
import { NUMBER } from './fields.ts'
import type { Tallies } from './tallies.ts'

const MAX_DURATION_NS = 2 ** 53

/** For `unread`: where in the stream. */
export const place = (offset: number) => `byte ${offset}`

/** When events happened, ns since the base; says why where one does not tell. */
export class EventTimes {
  readonly clock = new Clock()
  /** Latest time told so far. */
  lastNs = 0
  readonly #sink: TraceSink
  readonly #tallies: Tallies

  constructor(sink: TraceSink, tallies: Tallies) {
    this.#sink = sink
    this.#tallies = tallies
  }

  /** NaN: unread. */
  start({ numbers }: EventScanner, source: number): number {
    const us = numbers[NUMBER.startUs] ?? Number.NaN
    if (Number.isNaN(us)) {
      this.#sink.unread('an event without a time', place(source))
      return Number.NaN
    }
    const ns = this.clock.since(us, numbers[NUMBER.startNs] ?? 0)
    if (Number.isNaN(ns)) this.#sink.unread('a time too far from the others', place(source))
    else if (ns > this.lastNs) this.lastNs = ns
    return ns
  }

  /** NaN: unread. */
  duration({ numbers }: EventScanner, startNs: number, source: number): number {
    const us = numbers[NUMBER.durationUs] ?? Number.NaN
    if (Number.isNaN(us)) {
      this.#tallies.add('noDuration')
      return 0
    }
    const ns = us * 1000 + (numbers[NUMBER.durationNs] ?? 0) + 0
    if (ns < 0) {
      this.#tallies.add('negative')
      return 0
    }
    if (ns < MAX_DURATION_NS) {
      if (startNs + ns > this.lastNs) this.lastNs = startNs + ns
      return ns
    }
    this.#sink.unread('a duration beyond any trace', place(source))
    return Number.NaN
  }
}
