import { ARGUMENT_KIND, ARGUMENT_NUMBER, ARGUMENT_TEXT, argumentAt, KIND } from './argument-table.ts'
import { NUMBER, TEXT } from './fields.ts'
import { CLOSE_OBJECT, COMMA, OPEN_OBJECT, QUOTE, skipSpace, stringEnd } from './json-bytes.ts'
import { ValueScanner } from './value-scanner.ts'

/** Names of an event's members as the word of their first letters, little-endian. */
const word = (text: string) => [...text].reduce((sum, letter, i) => sum | (letter.charCodeAt(0) << (8 * i)), 0)
const NAME = word('name')
const ARGS = word('args')
const CAT = word('cat')
const PID = word('pid')
const TID = word('tid')
const DUR = word('dur')
const ID2 = word('id2')
const PH = word('ph')
const TS = word('ts')
const ID = word('id')
const SCOPE = word('scop')

/**
 * Reads one event of a trace straight from its bytes, in one pass, whatever the order of its members and the layout.
 * What it finds stays in `numbers`, `from` and `to` until the next call: no objects, no strings.
 */
export class EventScanner extends ValueScanner {
  /** Letter of the phase, 0 where there is none. */
  phase = 0

  /** Reads the object that starts at `at`. @returns its end (exclusive), or −1 with the place in `stop` */
  scan(at: number): number {
    const { view } = this
    this.phase = 0
    this.clear()
    let p = at + 1
    for (;;) {
      let c = view.getUint8(p)
      if (c <= 0x20) {
        p = skipSpace(view, p)
        c = view.getUint8(p)
      }
      if (c !== QUOTE) return c === CLOSE_OBJECT ? p + 1 : this.fail(p)
      const keyFrom = p + 1
      p = stringEnd(view, keyFrom)
      const length = p - keyFrom
      p = this.afterColon(p + 1)
      if (p < 0) return -1
      const letters = view.getInt32(keyFrom, true)
      if (length === 4) {
        if (letters === NAME) p = this.text(p, TEXT.name)
        else if (letters === ARGS) p = this.#arguments(p)
        else p = this.skip(p)
      } else if (length === 3) {
        const three = letters & 0xffffff
        if (three === CAT) p = this.text(p, TEXT.category)
        else if (three === PID) p = this.number(p, NUMBER.pid, TEXT.pid)
        else if (three === TID) p = this.number(p, NUMBER.tid, TEXT.tid)
        else if (three === DUR) p = this.time(p, NUMBER.durationUs)
        else if (three === ID2) p = this.value(p, TEXT.id)
        else p = this.skip(p)
      } else if (length === 2) {
        const two = letters & 0xffff
        if (two === PH) p = this.#phase(p)
        else if (two === TS) p = this.time(p, NUMBER.startUs)
        else if (two === ID) p = this.value(p, TEXT.id)
        else p = this.skip(p)
      } else if (length === 5 && letters === SCOPE) p = this.value(p, TEXT.scope)
      else p = this.skip(p)
      if (p < 0) return -1
      c = view.getUint8(p)
      if (c === COMMA) p++
      else {
        p = skipSpace(view, p)
        c = view.getUint8(p)
        if (c === COMMA) p++
        else if (c === CLOSE_OBJECT) return p + 1
        else return this.fail(p)
      }
    }
  }

  #phase(at: number): number {
    const { view } = this
    if (view.getUint8(at) === QUOTE && view.getUint8(at + 2) === QUOTE) {
      this.phase = view.getUint8(at + 1)
      return at + 3
    }
    return this.skip(at)
  }

  #arguments(at: number): number {
    const { view } = this
    if (view.getUint8(at) !== OPEN_OBJECT) return this.value(at, TEXT.args)
    let p = at + 1
    for (;;) {
      let c = view.getUint8(p)
      if (c <= 0x20) {
        p = skipSpace(view, p)
        c = view.getUint8(p)
      }
      if (c !== QUOTE) {
        if (c !== CLOSE_OBJECT) return this.fail(p)
        break
      }
      const keyFrom = p + 1
      p = stringEnd(view, keyFrom)
      const argument = argumentAt(view, keyFrom, p - keyFrom)
      p = this.afterColon(p + 1)
      if (p < 0) return -1
      p = argument < 0 ? this.skip(p) : this.#argument(p, argument)
      if (p < 0) return -1
      c = view.getUint8(p)
      if (c <= 0x20) {
        p = skipSpace(view, p)
        c = view.getUint8(p)
      }
      if (c === COMMA) p++
      else if (c === CLOSE_OBJECT) break
      else return this.fail(p)
    }
    this.from[TEXT.args] = at
    this.to[TEXT.args] = p + 1
    return p + 1
  }

  #argument(at: number, argument: number): number {
    const kind = ARGUMENT_KIND[argument]
    const text = ARGUMENT_TEXT[argument] ?? -1
    if (kind === KIND.number) return this.number(at, ARGUMENT_NUMBER[argument] ?? 0, text)
    if (kind === KIND.product) return this.product(at, ARGUMENT_NUMBER[argument] ?? 0)
    if (kind === KIND.factor) return this.factor(at, ARGUMENT_NUMBER[argument] ?? 0)
    return kind === KIND.raw ? this.value(at, text) : this.text(at, text)
  }
}
