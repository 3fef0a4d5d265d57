import { EventScanner } from './event-scanner.ts'
import { OPEN_OBJECT } from './json-bytes.ts'
import { plainText } from './json-string.ts'
import { MAX_MENDED_BYTES, padded, utf8 } from './read-event.ts'
import { mendObject } from './repair.ts'

export const NO_EVENT = 'something in the list that is no event'
export const NO_JSON = 'an event that is not JSON'

/** What could be made of the broken event in [from, to), and what must be counted as unread. */
export function mendEvent(
  bytes: Uint8Array,
  view: DataView,
  from: number,
  to: number,
): { event?: EventScanner; unread: string[] } {
  if (view.getUint8(from) !== OPEN_OBJECT || to - from > MAX_MENDED_BYTES) return { unread: [NO_JSON] }
  const text = plainText(bytes, from, to)
  const mended = mendObject(text)
  if (mended === undefined) return { unread: [NO_JSON] }
  const event = new EventScanner()
  event.use(padded(utf8(mended.json)).bytes)
  if (event.scan(0) < 0) return { unread: [NO_JSON] }
  const unread = []
  if (text.split('"ph"').length > 2) unread.push('events that run into each other')
  if (mended.hasRest) unread.push(NO_EVENT)
  return { event, unread }
}
