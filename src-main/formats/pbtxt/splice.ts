/** A text and what is to change in it. */
export interface Edit {
  text: string
  splices: Splices
}

/** Replacements in a text, given by offsets of the text as it was; inserting at one place keeps the order of calls. */
export class Splices {
  readonly #text: string
  readonly #list: { start: number; end: number; text: string }[] = []

  constructor(text: string) {
    this.#text = text
  }

  replace(start: number, end: number, text: string): void {
    this.#list.push({ start, end, text })
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text)
  }

  /**
   * Removes what stands there, and its line where nothing else is on it. A comment beside it stays: it is the user's.
   */
  remove(start: number, end: number): void {
    const text = this.#text
    const before = startOfBlank(text, start)
    const after = endOfBlank(text, end)
    const startsLine = before === 0 || text[before - 1] === '\n'
    if (startsLine && text[after] === '\n') this.replace(before, after + 1, '')
    else if (startsLine && after === text.length) this.replace(before, after, '')
    else this.replace(start, text[after] === '#' ? end : after, '')
  }

  result(): string {
    let result = ''
    let at = 0
    for (const { start, end, text } of this.#list.toSorted((a, b) => a.start - b.start || a.end - b.end)) {
      result += this.#text.slice(at, Math.max(at, start)) + text
      at = Math.max(at, end)
    }
    return result + this.#text.slice(at)
  }
}

export function startOfBlank(text: string, at: number): number {
  while (at > 0 && /[ \t\r]/.test(text[at - 1] ?? '')) at--
  return at
}

export function endOfBlank(text: string, at: number): number {
  while (/[ \t\r]/.test(text[at] ?? '')) at++
  return at
}

/** Blanks at the beginning of the line that holds `at`. */
export function indentAt(text: string, at: number): string {
  const lineStart = text.lastIndexOf('\n', at - 1) + 1
  return /^[ \t]*/.exec(text.slice(lineStart, at))?.[0] ?? ''
}
