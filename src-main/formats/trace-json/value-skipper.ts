import { BACKSLASH, QUOTE } from './json-bytes.ts'

/** Steps over one value of any size, part by part, without keeping it. */
export class ValueSkipper {
  #depth = 0
  #isInString = false
  #isEscaped = false

  /**
   * @param to end of the bytes there are
   * @returns the end (exclusive) of the value, or −1 where it goes on after `to`
   */
  skip(bytes: Uint8Array, from: number, to: number): number {
    for (let p = from; p < to; p++) {
      const c = bytes[p]
      if (this.#isEscaped) this.#isEscaped = false
      else if (this.#isInString) {
        if (c === BACKSLASH) this.#isEscaped = true
        else if (c === QUOTE) {
          this.#isInString = false
          if (this.#depth === 0) return p + 1
        }
      } else if (c === QUOTE) this.#isInString = true
      else if (c === 0x7b || c === 0x5b) this.#depth++
      else if (c === 0x7d || c === 0x5d) {
        if (--this.#depth <= 0) return p + 1
      }
    }
    return -1
  }
}
