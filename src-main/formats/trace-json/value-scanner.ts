import { nanosecondsOf } from './decimal-time.ts'
import { NUMBERS, ODD, TEXTS } from './fields.ts'
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  OPEN_LIST,
  QUOTE,
  quoteOrEscape,
  skipSpace,
  stringEnd,
  valueEnd,
} from './json-bytes.ts'
import { plainText } from './json-string.ts'

const MAX_EXACT = 2 ** 53

/** Reads single values straight from bytes and keeps what it finds: no objects, no strings but for what is odd. */
export class ValueScanner {
  bytes: Uint8Array = new Uint8Array(0)
  view: DataView = new DataView(new ArrayBuffer(0))
  readonly numbers = new Float64Array(NUMBERS)
  readonly from = new Int32Array(TEXTS)
  readonly to = new Int32Array(TEXTS)
  /** Bits of ODD. */
  odd = 0
  /** Texts with a backslash in them: bit 1 << TEXT.x. */
  escaped = 0
  /** Where the last `scan` failed. */
  stop = 0

  /** @param bytes followed by PAD_BYTES quotes in the same memory */
  use(bytes: Uint8Array): void {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  protected clear(): void {
    this.odd = 0
    this.escaped = 0
    this.numbers.fill(Number.NaN)
    this.from.fill(0)
    this.to.fill(0)
  }

  protected fail(at: number): -1 {
    this.stop = at
    return -1
  }

  protected afterColon(at: number): number {
    const { view } = this
    let p = at
    if (view.getUint8(p) !== COLON) {
      p = skipSpace(view, p)
      if (view.getUint8(p) !== COLON) return this.fail(p)
    }
    p++
    let c = view.getUint8(p)
    if (c === 0x20) c = view.getUint8(++p)
    return c <= 0x20 ? skipSpace(view, p) : p
  }

  protected skip(at: number): number {
    const end = valueEnd(this.view, at)
    return end < 0 ? this.fail(-1 - end) : end
  }

  /** The inside of a string; a value of another kind is stepped over. */
  protected text(at: number, field: number): number {
    if (this.view.getUint8(at) !== QUOTE) return this.skip(at)
    let end = quoteOrEscape(this.view, at + 1)
    if (this.view.getUint8(end) === BACKSLASH) {
      end = stringEnd(this.view, end)
      this.escaped |= 1 << field
    }
    this.from[field] = at + 1
    this.to[field] = end
    return end + 1
  }

  /** Any value as it stands, quotes included. */
  protected value(at: number, field: number): number {
    const end = this.skip(at)
    if (end >= 0) {
      this.from[field] = at
      this.to[field] = end
    }
    return end
  }

  /** A number, in quotes or not. Where a double cannot hold it or it is none: NaN, and the text as it stands. */
  protected number(at: number, field: number, textField: number): number {
    const { view } = this
    let p = at
    let c = view.getUint8(p)
    const isQuoted = c === QUOTE
    if (isQuoted) c = view.getUint8(++p)
    const isNegative = c === 0x2d
    if (isNegative) c = view.getUint8(++p)
    const digitsFrom = p
    let value = 0
    while (c >= 0x30 && c <= 0x39 && p - digitsFrom < 9) {
      value = (Math.imul(value, 10) + c - 0x30) | 0
      c = view.getUint8(++p)
    }
    let exact: number = value
    while (c >= 0x30 && c <= 0x39) {
      exact = exact * 10 + (c - 0x30)
      c = view.getUint8(++p)
    }
    const isWhole =
      p > digitsFrom && exact < MAX_EXACT && (isQuoted ? c === QUOTE : c === COMMA || c === CLOSE_OBJECT || c <= 0x20)
    if (isWhole) {
      this.numbers[field] = isNegative ? -exact : exact
      if (isQuoted) p++
      if (textField >= 0) {
        this.from[textField] = at
        this.to[textField] = p
      }
      return p
    }
    return this.otherNumber(at, field, textField)
  }

  protected otherNumber(at: number, field: number, textField: number): number {
    const end = this.skip(at)
    if (end < 0) return -1
    const isQuoted = this.view.getUint8(at) === QUOTE
    const text = isQuoted ? plainText(this.bytes, at + 1, end - 1) : plainText(this.bytes, at, end)
    const value = text.trim() === '' ? Number.NaN : Number(text)
    const isLossy = Number.isInteger(value) && Math.abs(value) >= MAX_EXACT
    if (Number.isFinite(value) && !isLossy) this.numbers[field] = value
    else if (!isQuoted) this.countOdd(text)
    if (textField >= 0) {
      this.from[textField] = at
      this.to[textField] = end
    }
    return end
  }

  /** A word where a number belongs. Numbers beyond a double, and null, are JSON. */
  protected countOdd(text: string): void {
    if (text === '') this.odd |= ODD.noValue
    else if (text !== 'null' && !/^-?[\d.]/.test(text)) this.odd |= ODD.notANumber
  }

  /** Microseconds, in quotes or not, exact to the nanosecond. */
  protected time(at: number, field: number): number {
    const { view } = this
    let p = at
    let c = view.getUint8(p)
    const isNegative = c === 0x2d
    if (isNegative) c = view.getUint8(++p)
    const digitsFrom = p
    let high = 0
    while (c >= 0x30 && c <= 0x39 && p - digitsFrom < 9) {
      high = (Math.imul(high, 10) + c - 0x30) | 0
      c = view.getUint8(++p)
    }
    let micros: number = high
    if (c >= 0x30 && c <= 0x39) {
      let low = 0
      let scale = 1
      while (c >= 0x30 && c <= 0x39 && p - digitsFrom < 16) {
        low = (Math.imul(low, 10) + c - 0x30) | 0
        scale = Math.imul(scale, 10)
        c = view.getUint8(++p)
      }
      micros = high * scale + low
    }
    if (p === digitsFrom || micros >= MAX_EXACT) return this.otherTime(at, field)
    let nanos = 0
    if (c === 0x2e) {
      const fractionFrom = ++p
      c = view.getUint8(p)
      let unit = 100
      while (c >= 0x30 && c <= 0x39) {
        if (p - fractionFrom === 3) return this.otherTime(at, field)
        nanos += (c - 0x30) * unit
        unit = unit === 100 ? 10 : 1
        c = view.getUint8(++p)
      }
    }
    if (c !== COMMA && c !== CLOSE_OBJECT && c > 0x20) return this.otherTime(at, field)
    this.numbers[field] = isNegative ? -micros : micros
    this.numbers[field + 1] = isNegative ? -nanos : nanos
    return p
  }

  protected otherTime(at: number, field: number): number {
    const end = this.skip(at)
    if (end < 0) return -1
    const isQuoted = this.view.getUint8(at) === QUOTE
    const text = isQuoted ? plainText(this.bytes, at + 1, end - 1) : plainText(this.bytes, at, end)
    const ns = nanosecondsOf(text)
    if (ns === undefined) {
      if (/^\s*[-+]?[\d.]/.test(text))
        this.numbers[field] = /^\s*-/.test(text) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
      else this.countOdd(text)
    } else {
      const micros = Number(ns / 1000n)
      this.numbers[field] = Math.abs(micros) < MAX_EXACT ? micros : Math.sign(micros) * Number.POSITIVE_INFINITY
      this.numbers[field + 1] = Number(ns % 1000n)
    }
    return end
  }

  /** One of several numbers that are told as their product. */
  protected factor(at: number, field: number): number {
    const before = this.numbers[field] ?? Number.NaN
    const end = this.number(at, field, -1)
    if (!Number.isNaN(before)) this.numbers[field] = before * (this.numbers[field] ?? Number.NaN)
    return end
  }

  /** `[5, 1, 1]` as 5; NaN for a list of anything but whole numbers. */
  protected product(at: number, field: number): number {
    const { view } = this
    if (view.getUint8(at) !== OPEN_LIST) return this.skip(at)
    let product = 1
    let factors = 0
    let p = at + 1
    for (;;) {
      p = skipSpace(view, p)
      const from = p
      let factor = 0
      let c = view.getUint8(p)
      while (c >= 0x30 && c <= 0x39 && p - from < 15) {
        factor = factor * 10 + (c - 0x30)
        c = view.getUint8(++p)
      }
      if (p === from) return this.skip(at)
      product *= factor
      factors++
      p = skipSpace(view, p)
      c = view.getUint8(p)
      if (c === CLOSE_LIST) break
      if (c !== COMMA || factors > 8) return this.skip(at)
      p++
    }
    this.numbers[field] = product
    return p + 1
  }
}
