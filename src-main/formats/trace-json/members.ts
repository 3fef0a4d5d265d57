import {
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_OBJECT,
  QUOTE,
  skipSpace,
  stringEnd,
  valueEnd,
} from './json-bytes.ts'
import { plainText, unescapeJson } from './json-string.ts'

/** A member of an object: its value as it stands in the file. */
export interface Member {
  name: string
  raw: string
}

const MAX_MEMBERS = 10_000

/** Members of the object that starts at `at`, in their order, as far as they can be read. */
export function membersOf(bytes: Uint8Array, view: DataView, at: number): Member[] {
  return readMembers(bytes, view, at).members
}

/**
 * As `membersOf`, and whether the object was read to its end.
 * @param view of bytes that end with a pad
 */
export function readMembers(bytes: Uint8Array, view: DataView, at: number): { members: Member[]; isWhole: boolean } {
  const members: Member[] = []
  let p = skipSpace(view, at)
  if (view.getUint8(p) !== OPEN_OBJECT) return { members, isWhole: false }
  p++
  while (members.length < MAX_MEMBERS) {
    p = skipSpace(view, p)
    while (view.getUint8(p) === COMMA) p = skipSpace(view, p + 1)
    if (view.getUint8(p) !== QUOTE) break
    const nameEnd = stringEnd(view, p + 1)
    const colon = skipSpace(view, nameEnd + 1)
    if (view.getUint8(colon) !== COLON) break
    const from = skipSpace(view, colon + 1)
    const end = valueEnd(view, from)
    if (end < 0) break
    members.push({ name: unescapeJson(plainText(bytes, p + 1, nameEnd)), raw: plainText(bytes, from, end) })
    p = skipSpace(view, end)
    const next = view.getUint8(p)
    if (next !== COMMA && next !== CLOSE_OBJECT && next !== CLOSE_LIST) break
  }
  return { members, isWhole: view.getUint8(p) === CLOSE_OBJECT }
}

/** A value as text to show: a string without quotes and escapes, anything else as it stands. */
export function shownValue(raw: string): string {
  return raw.length >= 2 && raw.startsWith('"') && raw.endsWith('"') ? unescapeJson(raw.slice(1, -1)) : raw
}
