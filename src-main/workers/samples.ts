/** Latencies in ms in order of measurement. Grows by doubling, between calls; a stored sample makes no garbage. */
export class Samples {
  #values = new Float64Array(1 << 16)
  #count = 0

  get count(): number {
    return this.#count
  }

  add(latencyMs: number): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(this.#values.length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#count++] = latencyMs
  }

  /** Sum of the samples from `start` on, in ms. */
  sumMs(start = 0): number {
    let sum = 0
    for (let at = start; at < this.#count; at++) sum += this.#values[at] ?? 0
    return sum
  }

  /** Median of the samples from `start` on, in ms; NaN when there is none. */
  medianMs(start = 0): number {
    const sorted = this.#values.slice(start, this.#count).sort()
    const middle = sorted.length >> 1
    const upper = sorted[middle] ?? Number.NaN
    return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2
  }

  /** All of them, without the spare room. */
  toArray(): Float64Array<ArrayBuffer> {
    return this.#values.slice(0, this.#count)
  }
}
