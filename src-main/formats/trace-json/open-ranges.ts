/** A range that has begun and not ended. */
export interface OpenRange {
  track: number
  startNs: number
  name: number
  category: number
  correlation: number
  operator: number
  detail: number
  source: number
}

const MAX_OPEN = 200_000

/**
 * Ranges told by two events, begin and end: of a thread (B, E: the last begun ends first), or of an id (b, e). Pairs
 * are found in the order of the file.
 */
export class OpenRanges {
  readonly #stacks = new Map<string | number, OpenRange[]>()
  #count = 0

  /** @returns false where so many are open that no more are kept */
  begin(key: string | number, range: OpenRange): boolean {
    if (this.#count >= MAX_OPEN) return false
    const stack = this.#stacks.get(key)
    if (stack) stack.push(range)
    else this.#stacks.set(key, [range])
    this.#count++
    return true
  }

  end(key: string | number): OpenRange | undefined {
    const stack = this.#stacks.get(key)
    const range = stack?.pop()
    if (range === undefined) return undefined
    this.#count--
    if (stack?.length === 0) this.#stacks.delete(key)
    return range
  }

  /** The rest, in the order of the file; nothing is open after. */
  rest(): OpenRange[] {
    const ranges = [...this.#stacks.values()].flat().toSorted((a, b) => a.source - b.source)
    this.#stacks.clear()
    this.#count = 0
    return ranges
  }
}
