import { nextEvent } from './boundary.ts'
import { OPEN_OBJECT, PAD_BYTES, QUOTE, skipSpace, valueEnd } from './json-bytes.ts'
import { plainText } from './json-string.ts'
import { type Member, membersOf, readMembers, shownValue } from './members.ts'
import { mendObject } from './repair.ts'

/** An event larger than this is not read; whoever reads one again needs no more bytes. */
export const MAX_EVENT_BYTES = 16 * 2 ** 20

/** A broken event larger than this is not mended. */
export const MAX_MENDED_BYTES = 2 ** 20

/** Bytes as the functions of this room need them: followed by a pad. */
export function padded(bytes: Uint8Array): { bytes: Uint8Array; view: DataView } {
  const memory = new Uint8Array(bytes.length + PAD_BYTES)
  memory.set(bytes)
  memory.fill(QUOTE, bytes.length)
  return { bytes: memory, view: new DataView(memory.buffer) }
}

/**
 * Everything an event says, as name and text: its own members, then those of `args`, nested values as JSON text. Numbers
 * stand as the file writes them. A broken event says what can be mended or read of it.
 * @param bytes from the event's `{` on; more may follow
 * @returns nothing where the event goes on after the bytes
 */
export function readEventAt(bytes: Uint8Array): [string, string][] {
  const own = padded(bytes)
  const at = skipSpace(own.view, 0)
  if (own.view.getUint8(at) !== OPEN_OBJECT) return []
  const { members, isWhole } = readMembers(own.bytes, own.view, at)
  if (isWhole) return members.flatMap(argumentsOf)
  const boundary = nextEvent(own.view, at + 1, bytes.length)
  if (boundary === undefined && failurePlace(own.view, at) >= bytes.length) return []
  const end = boundary?.end ?? bytes.length
  const mended = end - at > MAX_MENDED_BYTES ? undefined : mendObject(plainText(own.bytes, at, end))
  if (mended === undefined) return members.flatMap(argumentsOf)
  const whole = padded(utf8(mended.json))
  return membersOf(whole.bytes, whole.view, 0).flatMap(argumentsOf)
}

function failurePlace(view: DataView, at: number): number {
  const end = valueEnd(view, at)
  return end < 0 ? -1 - end : -1
}

function argumentsOf({ name, raw }: Member): [string, string][] {
  if (name !== 'args' || !raw.startsWith('{')) return [[name, shownValue(raw)]]
  const args = padded(utf8(raw))
  return membersOf(args.bytes, args.view, 0).map(member => [member.name, shownValue(member.raw)])
}

/** UTF-8 of a text; a lone surrogate becomes U+FFFD. */
export function utf8(text: string): Uint8Array {
  const bytes: number[] = []
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    const point = code >= 0xd800 && code <= 0xdfff ? 0xfffd : code
    if (point < 0x80) bytes.push(point)
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), 0x80 | (point & 63))
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    else {
      bytes.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    }
  }
  return Uint8Array.from(bytes)
}
