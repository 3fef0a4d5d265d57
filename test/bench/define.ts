/** One measurement of `npm run bench`: a folder `test/bench/<id>/` and a line in `run.ts`. */
export interface Bench {
  id: string
  title: string
  /** @returns its section of the report, Markdown without the heading */
  run(options: BenchOptions): Promise<string>
}

export interface BenchOptions {
  /** A few minutes less, with fewer repeats: to look, not to quote. */
  quick: boolean
  /** What is happening, for whoever waits. */
  say(text: string): void
}

/** Median of numbers; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? Number.NaN
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? Number.NaN)) / 2
}
