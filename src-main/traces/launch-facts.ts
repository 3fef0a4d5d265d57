import type { LaunchFacts } from './define.ts'

/** Blocks are counted one by one up to here: more than any device has multiprocessors. */
const MOST_BLOCKS = 1024
/** What a launch without duration weighs, so that a kernel of such launches only still has a mean. */
const WEIGHT_OF_ZERO_NS = 1e-9
const FACTS = ['blocks', 'threadsPerBlock', 'registersPerThread', 'sharedBytes', 'occupancy'] as const

/** Sums over the launches of each kernel name, for means weighted by duration. */
export class LaunchSums {
  /** By name: sum and weight of each fact. */
  readonly #byName = new Map<number, Float64Array>()
  readonly #nsByBlocks = new Float64Array(MOST_BLOCKS + 1)
  #blocksTold = false

  add(name: number, durationNs: number, values: readonly [number, number, number, number, number]): void {
    let sums = this.#byName.get(name)
    if (sums === undefined) {
      sums = new Float64Array(FACTS.length * 2)
      this.#byName.set(name, sums)
    }
    const weight = durationNs > 0 ? durationNs : WEIGHT_OF_ZERO_NS
    for (let fact = 0; fact < FACTS.length; fact++) {
      const value = values[fact] ?? Number.NaN
      if (!Number.isFinite(value)) continue
      sums[fact * 2] = (sums[fact * 2] ?? 0) + value * weight
      sums[fact * 2 + 1] = (sums[fact * 2 + 1] ?? 0) + weight
    }
    const blocks = values[0]
    if (!(blocks >= 0 && blocks < Number.POSITIVE_INFINITY)) return
    this.#blocksTold = true
    const at = Math.min(MOST_BLOCKS, Math.floor(blocks))
    this.#nsByBlocks[at] = (this.#nsByBlocks[at] ?? 0) + durationNs
  }

  facts(): LaunchFacts[] {
    return [...this.#byName].map(([name, sums]) => {
      const mean = (fact: number) => (sums[fact * 2] ?? 0) / (sums[fact * 2 + 1] ?? 0)
      return {
        name,
        blocks: mean(0),
        threadsPerBlock: mean(1),
        registersPerThread: mean(2),
        sharedBytes: mean(3),
        occupancy: mean(4),
      }
    })
  }

  kernelNsByBlocks(): number[] {
    return this.#blocksTold ? [...this.#nsByBlocks] : []
  }
}
