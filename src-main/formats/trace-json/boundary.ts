import { CLOSE_LIST, CLOSE_OBJECT, COLON, COMMA, OPEN_OBJECT, QUOTE, skipSpace } from './json-bytes.ts'

/** Names an event of a trace begins with. */
const FIRST_NAMES = ['ph', 'name', 'cat', 'ts', 'pid', 'tid', 'id', 'dur', 's', 'bp', 'args'].map(name =>
  [...`${name}"`].map(letter => letter.charCodeAt(0)),
)

/** Where a broken event ends and how to go on. */
export interface Boundary {
  /** End (exclusive) of the broken event. */
  end: number
  /** Where the next event, or the end of the list, starts. */
  next: number
}

/**
 * The next place in [from, end) where one event ends and another begins: `}`, a comma, `{` and the name of a member.
 * The comma may be missing.
 */
export function nextEvent(view: DataView, from: number, end: number): Boundary | undefined {
  for (let at = from; at < end; at++) {
    if (view.getUint8(at) !== CLOSE_OBJECT) continue
    let p = skipSpace(view, at + 1)
    if (view.getUint8(p) === COMMA) p = skipSpace(view, p + 1)
    if (view.getUint8(p) !== OPEN_OBJECT) continue
    const next = p
    p = skipSpace(view, p + 1)
    if (p < end && view.getUint8(p) === QUOTE && startsEvent(view, p + 1, end)) return { end: at + 1, next }
  }
  return undefined
}

/** As `nextEvent`, where no event follows: the end of the list, and then another member, the end, or nothing. */
export function endOfList(view: DataView, from: number, end: number): Boundary | undefined {
  for (let at = from; at < end; at++) {
    if (view.getUint8(at) !== CLOSE_OBJECT) continue
    const next = skipSpace(view, at + 1)
    if (next >= end || view.getUint8(next) !== CLOSE_LIST) continue
    const after = skipSpace(view, next + 1)
    if (after >= end || view.getUint8(after) === CLOSE_OBJECT) return { end: at + 1, next }
    const name = skipSpace(view, after + 1)
    if (view.getUint8(after) === COMMA && name < end && view.getUint8(name) === QUOTE) return { end: at + 1, next }
  }
  return undefined
}

/** The last place in [from, end) where an event begins that is no value of a member. */
export function lastStart(view: DataView, from: number, end: number): number | undefined {
  for (let at = end - 1; at >= from; at--) {
    if (view.getUint8(at) !== OPEN_OBJECT) continue
    const name = skipSpace(view, at + 1)
    if (name >= end || view.getUint8(name) !== QUOTE || !startsEvent(view, name + 1, end)) continue
    let before = at - 1
    while (before >= from && view.getUint8(before) <= 0x20) before--
    if (before < from || view.getUint8(before) !== COLON) return at
  }
  return undefined
}

function startsEvent(view: DataView, from: number, end: number): boolean {
  return FIRST_NAMES.some(
    name => from + name.length <= end && name.every((letter, i) => view.getUint8(from + i) === letter),
  )
}

/** First place in [from, end) of a text. */
export function indexOfText(view: DataView, text: string, from: number, end: number): number {
  const letters = [...text].map(letter => letter.charCodeAt(0))
  for (let at = from; at + letters.length <= end; at++) {
    if (letters.every((letter, i) => view.getUint8(at + i) === letter)) return at
  }
  return -1
}
