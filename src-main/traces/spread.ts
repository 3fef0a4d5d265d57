import type { Spread } from '#domain/trace-facts.ts'
import { select } from './duration-stats.ts'

/** Collects durations for a distribution in five numbers. */
export class SpreadSums {
  #values = new Float64Array(1024)
  #count = 0
  #totalNs = 0
  #maxNs = 0

  add(ns: number): void {
    if (this.#count === this.#values.length) {
      const larger = new Float64Array(this.#count * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#count++] = ns
    this.#totalNs += ns
    if (ns > this.#maxNs) this.#maxNs = ns
  }

  /** By nearest rank: index floor(p·(n − 1) + 0.5). Undefined where nothing was added. Reorders what it holds. */
  spread(): Spread | undefined {
    const count = this.#count
    if (count === 0) return undefined
    const values = this.#values.subarray(0, count)
    const rank = (share: number) => select(values, Math.floor(share * (count - 1) + 0.5))
    return {
      count,
      totalNs: this.#totalNs,
      p10Ns: rank(0.1),
      medianNs: rank(0.5),
      p90Ns: rank(0.9),
      maxNs: this.#maxNs,
    }
  }
}
