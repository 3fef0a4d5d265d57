import { seededRandom } from '../../src-main/stats/random.ts'

/** An importer under fire: `test/fuzz/<id>.ts` and a line in `targets.ts`. */
export interface FuzzTarget {
  id: string
  /** The file of a seed; the same on every machine. */
  input(seed: number): Uint8Array
  /** Reads the file of a seed. @returns promises that were broken, as sentences; none: good */
  run(seed: number): Promise<string[]>
}

/** Choices from one seed. */
export class Dice {
  readonly #random: ReturnType<typeof seededRandom>

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  /** 0 … n − 1 */
  below(n: number): number {
    return n <= 0 ? 0 : this.#random.uint32() % n
  }

  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  /** Once in `n` times. */
  oneIn(n: number): boolean {
    return this.below(n) === 0
  }

  of<T>(choices: readonly T[]): T {
    const choice = choices[this.below(choices.length)]
    if (choice === undefined) throw new RangeError('no choices')
    return choice
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items]
    for (let i = shuffled.length - 1; i > 0; i--) {
      const j = this.below(i + 1)
      const [a, b] = [shuffled[i], shuffled[j]]
      if (a !== undefined && b !== undefined) [shuffled[i], shuffled[j]] = [b, a]
    }
    return shuffled
  }
}
