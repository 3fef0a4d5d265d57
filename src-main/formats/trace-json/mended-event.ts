import { lastStart } from './boundary.ts'
import { EventScanner } from './event-scanner.ts'
import { OPEN_OBJECT } from './json-bytes.ts'
import { plainText } from './json-string.ts'
import { MAX_MENDED_BYTES, padded, utf8 } from './read-event.ts'
import { mendObject } from './repair.ts'

export const NO_EVENT = 'something in the list that is no event'
export const NO_JSON = 'an event that is not JSON'

const RUN_TOGETHER = 'events that run into each other'

/** What became of a broken event. */
export interface Mended {
  event?: EventScanner
  /** What must be counted as unread. */
  unread: string[]
  /** Another event starts inside: reading goes on there. */
  next?: number
}

/** What could be made of the broken event in [from, to). */
export function mendEvent(bytes: Uint8Array, view: DataView, from: number, to: number): Mended {
  if (view.getUint8(from) !== OPEN_OBJECT || to - from > MAX_MENDED_BYTES) return { unread: [NO_JSON] }
  const text = plainText(bytes, from, to)
  const mended = mendObject(text)
  if (mended === undefined) return { unread: [NO_JSON] }
  if (mended.isSeveral) return { unread: [RUN_TOGETHER], next: lastStart(view, from + 1, to) }
  const event = new EventScanner()
  event.use(padded(utf8(mended.json)).bytes)
  if (event.scan(0) < 0) return { unread: [NO_JSON] }
  const unread = []
  if (text.split('"ph"').length > 2) unread.push(RUN_TOGETHER)
  if (mended.hasRest) unread.push(NO_EVENT)
  return { event, unread }
}
