const MOST_REASONS = 500

/** What could not be read: counted by reason, the first place of each kept. */
export class UnreadCounts {
  readonly #byReason = new Map<string, { count: number; firstAt: string }>()

  add(reason: string, where: string): void {
    const key = this.#byReason.has(reason) || this.#byReason.size < MOST_REASONS ? reason : 'other reasons'
    const known = this.#byReason.get(key)
    if (known) known.count++
    else this.#byReason.set(key, { count: 1, firstAt: where })
  }

  list(): { reason: string; count: number; firstAt: string }[] {
    return [...this.#byReason].map(([reason, counted]) => ({ reason, ...counted }))
  }
}
