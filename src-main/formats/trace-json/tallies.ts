import type { TraceSink } from '#domain/trace-feed.ts'

/** What was repaired or assumed while reading, counted; told once at the end. */
const TEXTS = {
  notANumber: (n: string) => `${n} with values that are no JSON (NaN, inf, N/A) read; those values are left out.`,
  noValue: (n: string) => `${n} with a member without a value read; those members are left out.`,
  badEscape: (n: string) => `${n} with backslashes that were not escaped: read as they stand.`,
  mended: (n: string) => `${n} with broken JSON mended (quotes, backslashes, control characters).`,
  negative: (n: string) => `${n} with a negative duration: read as 0.`,
  noDuration: (n: string) => `${n} without a duration: read as 0.`,
  unended: (n: string) => `${n} begun that never end: drawn to the end of the trace.`,
  endsFirst: (n: string) => `${n} ending before the begin: read as 0.`,
} satisfies Record<string, (events: string) => string>
export type Tally = keyof typeof TEXTS

export class Tallies {
  readonly #counts = new Map<Tally, number>()

  add(tally: Tally): void {
    this.#counts.set(tally, (this.#counts.get(tally) ?? 0) + 1)
  }

  tell(sink: TraceSink): void {
    for (const [tally, count] of this.#counts) sink.notice(TEXTS[tally](`${count} ${count === 1 ? 'event' : 'events'}`))
  }
}
