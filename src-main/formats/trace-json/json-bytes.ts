/**
 * JSON as bytes: where strings and values end. Nothing is decoded here. Bytes lie in memory that ends with `PAD_BYTES`
 * quotes after the last real one: every loop stops there without asking for the end, and no value can seem complete.
 */
export const PAD_BYTES = 16

export const QUOTE = 0x22
export const COMMA = 0x2c
export const COLON = 0x3a
export const BACKSLASH = 0x5c
export const OPEN_LIST = 0x5b
export const CLOSE_LIST = 0x5d
export const OPEN_OBJECT = 0x7b
export const CLOSE_OBJECT = 0x7d

/** First byte at or after `at` that is no white space. */
export function skipSpace(view: DataView, at: number): number {
  let p = at
  for (;;) {
    const c = view.getUint8(p)
    if (c !== 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return p
    p++
  }
}

/**
 * First quote or backslash at or after `at`, four bytes a step. Subtracting 1 from every byte of a word borrows into a
 * byte's top bit only where that byte was 0 (or above such a byte): the lowest mark is always right.
 */
export function quoteOrEscape(view: DataView, at: number): number {
  let p = at
  for (;;) {
    const word = view.getInt32(p, true)
    const quotes = word ^ 0x22222222
    const escapes = word ^ 0x5c5c5c5c
    const marks = (((quotes - 0x01010101) & ~quotes) | ((escapes - 0x01010101) & ~escapes)) & 0x80808080
    if (marks !== 0) return p + ((31 - Math.clz32(marks & -marks)) >> 3)
    p += 4
  }
}

/** The closing quote of a string whose text starts at `at`. Any escape is stepped over, right or wrong. */
export function stringEnd(view: DataView, at: number): number {
  let p = quoteOrEscape(view, at)
  while (view.getUint8(p) === BACKSLASH) p = quoteOrEscape(view, p + 2)
  return p
}

/** The end of a word without quotes: number, true, null, NaN, N/A. `at` itself where there is none. */
export function bareEnd(view: DataView, at: number): number {
  let p = at
  for (;;) {
    const c = view.getUint8(p)
    if (c <= 0x20 || c === COMMA || c === COLON || c === QUOTE || (c | 0x20) === 0x7b || (c | 0x20) === 0x7d) return p
    p++
  }
}

/** Where skipping failed, as a negative number: −1 − position. */
export const failedAt = (position: number): number => -1 - position

/** Kinds of brackets are checked to this depth; below, only their number. */
const CHECKED_DEPTH = 30

/**
 * The end (exclusive) of an object or list that starts at `at`; `failedAt(place)` where its grammar breaks or the bytes
 * end. After a string only what may follow one is taken: a quote too many is found at once, not megabytes later.
 */
export function containerEnd(view: DataView, at: number): number {
  let p = at
  let depth = 0
  let kinds = 0
  for (;;) {
    const c = view.getUint8(p++)
    const folded = c | 0x20
    if (folded === 0x7b) {
      if (depth < CHECKED_DEPTH) kinds = (kinds << 1) | (c >> 5 === 3 ? 1 : 0)
      depth++
    } else if (folded === 0x7d) {
      depth--
      if (depth < CHECKED_DEPTH) {
        if ((kinds & 1) !== (c >> 5 === 3 ? 1 : 0)) return failedAt(p - 1)
        kinds >>= 1
      }
      if (depth === 0) return p
    } else if (c === QUOTE) {
      p = skipSpace(view, stringEnd(view, p) + 1)
      const next = view.getUint8(p)
      if (next !== COMMA && next !== COLON && (next | 0x20) !== 0x7d) return failedAt(p)
    }
  }
}

/** The end (exclusive) of any value that starts at `at`, or `failedAt(place)`. */
export function valueEnd(view: DataView, at: number): number {
  const c = view.getUint8(at)
  if (c === QUOTE) return stringEnd(view, at + 1) + 1
  if ((c | 0x20) === 0x7b) return containerEnd(view, at)
  const end = bareEnd(view, at)
  return end === at && c !== COMMA && (c | 0x20) !== 0x7d ? failedAt(at) : end
}
