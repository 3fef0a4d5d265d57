import type { Progress } from '#domain/run.ts'

/** Fraction done and time left of a run of points, from the points already measured. */
export class RunClock {
  readonly #total: number
  #done = 0
  #spentMs = 0
  #startedAt = 0

  constructor(total: number) {
    this.#total = total
  }

  startPoint(): void {
    this.#startedAt = performance.now()
  }

  endPoint(): void {
    this.#done++
    this.#spentMs += performance.now() - this.#startedAt
  }

  /** Nothing is promised before the first point is through. */
  progress(index: number): Pick<Progress, 'fraction' | 'etaMs'> {
    const fraction = index / this.#total
    if (this.#done === 0) return { fraction }
    const perPointMs = this.#spentMs / this.#done
    const elapsedMs = performance.now() - this.#startedAt
    return { fraction, etaMs: Math.max(0, perPointMs * (this.#total - index) - elapsedMs) }
  }
}
