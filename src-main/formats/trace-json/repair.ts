import { unescapeJson } from './json-string.ts'

/** Values inside values beyond this are not looked into. */
const MAX_DEPTH = 100
/** How far ahead a quote may be judged by what follows it. */
const LOOK_AHEAD = 300
/** Members and values of one event. */
const MAX_PARTS = 100_000

/**
 * A broken JSON object as JSON, or undefined where it makes no sense. Mended: quotes and backslashes that were not
 * escaped, control characters, words that are no JSON (N/A, NaN, inf become null), commas too many. A quote ends a
 * string only where what follows can follow a string there.
 * @returns the object, whether anything but commas stands after it, and whether it is made of more than one: it has a
 *   member twice, or a string took the beginning of another event in
 */
export function mendObject(text: string): { json: string; hasRest: boolean; isSeveral: boolean } | undefined {
  const mender = new Mender(text)
  const json = mender.value(0)
  return json?.startsWith('{') ? { json, hasRest: !mender.isAtEnd(), isSeveral: mender.isSeveral } : undefined
}

const BEFORE_NAME = /\s*"[^"]{0,200}"\s*:/y
const BEFORE_VALUE = /\s*(?:["[{\-+0-9]|[A-Za-z]{1,9}\s*[,\]}])/y
const AFTER_MEMBER = /\s*(?:\}|,\s*(?:\}|"[^"]{0,200}"\s*:))/y
const AFTER_ITEM = /\s*(?:\]|,\s*(?:["[{\-+0-9\]]|[A-Za-z]{1,9}\s*[,\]]))/y
const EVENT_START = /\{\s*"(?:ph|name|cat|ts|pid|tid|dur|args)"\s*:/
const BARE = /[^\s,\]}"{[:]*/y
const JSON_WORD = /^(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)$/

function matchesAt(pattern: RegExp, text: string, at: number): boolean {
  pattern.lastIndex = at
  return pattern.test(text)
}

class Mender {
  /** The outermost object has a member twice, or a string holds the beginning of an event. */
  isSeveral = false
  readonly #text: string
  #at = 0
  #parts = 0

  constructor(text: string) {
    this.#text = text
  }

  isAtEnd(): boolean {
    this.#commas()
    return this.#at >= this.#text.length
  }

  value(depth: number, after?: RegExp): string | undefined {
    if (depth > MAX_DEPTH || ++this.#parts > MAX_PARTS) return undefined
    this.#space()
    const first = this.#text[this.#at]
    if (first === '{') return this.#object(depth)
    if (first === '[') return this.#list(depth)
    if (first === '"') return after === undefined ? undefined : this.#string(after)
    BARE.lastIndex = this.#at
    const bare = BARE.exec(this.#text)?.[0] ?? ''
    this.#at += bare.length
    return JSON_WORD.test(bare) ? bare : 'null'
  }

  #object(depth: number): string | undefined {
    const members: string[] = []
    const names = new Set<string>()
    this.#at++
    for (;;) {
      this.#commas()
      if (this.#text[this.#at] === '}') {
        this.#at++
        if (depth === 0 && names.size < members.length) this.isSeveral = true
        return `{${members.join(',')}}`
      }
      if (!matchesAt(BEFORE_NAME, this.#text, this.#at)) return undefined
      const end = this.#text.indexOf('"', this.#at + 1)
      const name = this.#text.slice(this.#at + 1, end)
      this.#at = this.#text.indexOf(':', end) + 1
      const value = this.value(depth + 1, AFTER_MEMBER)
      if (value === undefined) return undefined
      names.add(name)
      members.push(`${JSON.stringify(unescapeJson(name))}:${value}`)
      this.#space()
      if (this.#text[this.#at] !== ',' && this.#text[this.#at] !== '}') return undefined
    }
  }

  #list(depth: number): string | undefined {
    const items: string[] = []
    this.#at++
    for (;;) {
      this.#commas()
      if (this.#text[this.#at] === ']') {
        this.#at++
        return `[${items.join(',')}]`
      }
      if (!matchesAt(BEFORE_VALUE, this.#text, this.#at)) return undefined
      const value = this.value(depth + 1, AFTER_ITEM)
      if (value === undefined) return undefined
      items.push(value)
      this.#space()
      if (this.#text[this.#at] !== ',' && this.#text[this.#at] !== ']') return undefined
    }
  }

  /** A string from its opening quote on; it ends at the first quote that `after` lets end it. */
  #string(after: RegExp): string | undefined {
    const from = this.#at + 1
    for (let end = this.#text.indexOf('"', from); end >= 0; end = this.#text.indexOf('"', end + 1)) {
      if (++this.#parts > MAX_PARTS) return undefined
      if (!this.#canEnd(end, after)) continue
      this.#at = end + 1
      if (EVENT_START.test(this.#text.slice(from, end))) this.isSeveral = true
      return JSON.stringify(unescapeJson(this.#text.slice(from, end)))
    }
    return undefined
  }

  #canEnd(quote: number, after: RegExp): boolean {
    const ahead = this.#text.slice(quote + 1, quote + 1 + LOOK_AHEAD)
    return matchesAt(after, ahead, 0) && !this.#isEscaped(quote, ahead)
  }

  /** A backslash before a quote that could end the string all the same: a path's last one (`"C:\dir\", "pid"`). */
  #isEscaped(quote: number, ahead: string): boolean {
    let slashes = 0
    while (this.#text[quote - 1 - slashes] === '\\') slashes++
    return slashes % 2 === 1 && !/^\s*(?:\}|,\s*"[^"]{1,60}"\s*:)/.test(ahead)
  }

  #space(): void {
    while (/\s/.test(this.#text[this.#at] ?? '')) this.#at++
  }

  #commas(): void {
    while (/[\s,]/.test(this.#text[this.#at] ?? '')) this.#at++
  }
}
