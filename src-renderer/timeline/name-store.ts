import { readable } from './name-text.ts'

const MOST_AT_ONCE = 2000

/** Texts of name ids, readable, asked for in one call a frame and kept. */
export class NameStore {
  readonly #names = new Map<number, string>()
  readonly #wanted = new Set<number>()
  readonly #fetch: (ids: number[]) => Promise<string[]>
  readonly #changed: () => void
  readonly #failed: (thrown: unknown) => void
  #asking = false

  constructor(fetch: (ids: number[]) => Promise<string[]>, changed: () => void, failed: (thrown: unknown) => void) {
    this.#fetch = fetch
    this.#changed = changed
    this.#failed = failed
  }

  /** Undefined until it has come; `changed` is called then. */
  get(id: number): string | undefined {
    const name = this.#names.get(id)
    if (name === undefined && !this.#wanted.has(id)) {
      this.#wanted.add(id)
      if (!this.#asking) void this.#ask()
    }
    return name
  }

  async #ask(): Promise<void> {
    this.#asking = true
    try {
      await Promise.resolve() // all names of one painting in one call
      while (this.#wanted.size > 0) {
        const ids = [...this.#wanted].slice(0, MOST_AT_ONCE)
        const texts = await this.#fetch(ids)
        for (const [index, id] of ids.entries()) {
          this.#names.set(id, readable(texts[index] ?? ''))
          this.#wanted.delete(id)
        }
        this.#changed()
      }
    } catch (thrown) {
      this.#wanted.clear()
      this.#failed(thrown)
    } finally {
      this.#asking = false
    }
  }
}
