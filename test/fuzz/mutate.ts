import type { Dice } from './define.ts'

/** A stretch [from, to) of the whole file that a mutation touched. */
export interface Touched {
  from: number
  to: number
}

const NASTY = ['"', '\\', '{', '}', '[', ']', ',', ':', '\u0000', '\n', 'N/A', '1e999', '-', '\ufeff', '\\u', '//', "'"]
const utf8 = new TextEncoder()

function patch(dice: Dice): Uint8Array {
  if (dice.oneIn(3)) return Uint8Array.from({ length: dice.between(1, 8) }, () => dice.below(256))
  return utf8.encode(dice.of(NASTY))
}

/**
 * Bits flipped, bytes written over, put in, taken out and copied to elsewhere, at a few places of the file.
 * @returns the bytes, and what of the original was touched
 */
export function damage(whole: Uint8Array, dice: Dice): { bytes: Uint8Array; touched: Touched[] } {
  const touched: Touched[] = []
  // From the end on, so that places further ahead stay what they are.
  const places = Array.from({ length: dice.between(1, 8) }, () => dice.below(whole.length)).toSorted((a, b) => b - a)
  let bytes = whole
  for (const at of places) {
    const kind = dice.below(6)
    if (kind <= 1) {
      bytes = bytes.slice()
      bytes[at] = (bytes[at] ?? 0) ^ (1 << dice.below(8))
      touched.push({ from: at, to: at + 1 })
    } else if (kind === 2) {
      const put = patch(dice)
      bytes = bytes.slice()
      bytes.set(put.subarray(0, bytes.length - at), at)
      touched.push({ from: at, to: at + put.length })
    } else if (kind === 3) {
      bytes = joined(bytes.subarray(0, at), patch(dice), bytes.subarray(at))
      touched.push({ from: at, to: at + 1 })
    } else if (kind === 4) {
      const length = dice.between(1, 64)
      bytes = joined(bytes.subarray(0, at), bytes.subarray(at + length))
      touched.push({ from: at, to: at + length })
    } else {
      const from = dice.below(whole.length)
      const copied = whole.subarray(from, from + dice.between(1, 300))
      bytes = joined(bytes.subarray(0, at), copied, bytes.subarray(at))
      touched.push({ from: at, to: at + 1 })
    }
  }
  return { bytes, touched }
}

/** Whole pages of zeros, of noise, or of another place, as a failing disk leaves them. */
export function damagePages(whole: Uint8Array, pageBytes: number, dice: Dice): Uint8Array {
  const bytes = whole.slice()
  const pages = Math.max(1, Math.floor(bytes.length / pageBytes))
  for (let n = dice.between(1, 4); n > 0; n--) {
    const page = dice.below(pages) * pageBytes
    const part = bytes.subarray(page + (dice.oneIn(2) ? dice.below(pageBytes) : 0), page + pageBytes)
    const kind = dice.below(3)
    if (kind === 0) part.fill(0)
    else if (kind === 1) part.set(part.map(() => dice.below(256)))
    else part.set(bytes.slice(0, part.length))
  }
  return dice.oneIn(4) ? bytes.subarray(0, dice.below(bytes.length)) : bytes
}

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}
