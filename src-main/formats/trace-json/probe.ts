import { dialectOfEvent } from './dialect.ts'
import type { EventScanner } from './event-scanner.ts'
import { NUMBER } from './fields.ts'
import { COMMA, OPEN_OBJECT, skipSpace } from './json-bytes.ts'
import type { Dialect } from './meanings.ts'
import { MAX_EVENT_BYTES } from './read-event.ts'

/** So many events are looked at, or those in so many bytes. */
const PROBED_EVENTS = 32
const PROBED_BYTES = 2 ** 20
const M = 'M'.charCodeAt(0)

/** What the first events give away before any is told. */
export interface Probed {
  /** Whole microseconds, as they stand; names of processes and threads have no time that counts. */
  stampsUs: number[]
  dialect: Dialect | undefined
}

/**
 * Looks at the first events from `from` on.
 * @param end of the bytes there are   @param isLast no more will come
 * @returns undefined when more bytes are needed
 */
export function probe(scanner: EventScanner, from: number, end: number, isLast: boolean): Probed | undefined {
  const { view } = scanner
  const stampsUs: number[] = []
  let dialect: Dialect | undefined
  let p = from
  while (stampsUs.length < PROBED_EVENTS && p - from < PROBED_BYTES) {
    p = skipSpace(view, p)
    while (view.getUint8(p) === COMMA) p = skipSpace(view, p + 1)
    if (p >= end && !isLast) return undefined
    if (view.getUint8(p) !== OPEN_OBJECT) break
    const next = scanner.scan(p)
    const isIncomplete = next < 0 && scanner.stop >= end && end - p <= MAX_EVENT_BYTES
    if (isIncomplete && !isLast) return undefined
    if (next < 0 || next - p > MAX_EVENT_BYTES) break
    dialect ??= dialectOfEvent(scanner)
    const us = scanner.numbers[NUMBER.startUs] ?? Number.NaN
    if (scanner.phase !== M && Number.isFinite(us)) stampsUs.push(us)
    p = next
  }
  return { stampsUs, dialect }
}
