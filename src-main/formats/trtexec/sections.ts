/** Keys of one section, and of all: trtexec has some hundred. */
const MAX_KEYS = 500

const HEADER = /^=== (.+ (?:Options|Information)) ===$/

/** "=== Build Options ===" and its `Key: value` lines. Values may hold colons themselves. */
export class SectionReader {
  readonly sections: Record<string, Record<string, string>> = Object.create(null)
  #open: string | undefined
  #afterBlank = false
  #keys = 0

  /** Whether the line was of a section. */
  line(text: string): boolean {
    const [, title] = HEADER.exec(text) ?? []
    if (title !== undefined) {
      this.#open = title
      this.#afterBlank = false
      this.sections[title] ??= Object.create(null)
      return true
    }
    if (this.#open === undefined) return false
    if (text.trim() === '') {
      // Device Information has a note after a blank line.
      if (this.#open === 'Device Information') this.#afterBlank = true
      else this.#open = undefined
      return true
    }
    if (this.#afterBlank && !text.startsWith('Note:')) {
      this.#open = undefined
      return false
    }
    return this.#entry(this.#open, text)
  }

  #entry(title: string, text: string): boolean {
    const colon = text.indexOf(':')
    const section = this.sections[title]
    if (colon < 1 || section === undefined) return false
    const key = text.slice(0, colon).trim()
    const value = text.slice(colon + 1).trim()
    const before = section[key]
    if (before === undefined && ++this.#keys > MAX_KEYS) return true
    section[key] = before === undefined || before === value ? value : `${before}, ${value}`
    return true
  }
}
