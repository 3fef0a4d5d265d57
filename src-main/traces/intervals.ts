/**
 * Time covered by intervals that come in order of their starts. What touches or overlaps counts once: half-open
 * intervals, so [0, 5) and [5, 9) are one stretch of 9.
 */
export class Union {
  totalNs = 0
  /** End of what is covered so far. */
  endNs = Number.NEGATIVE_INFINITY

  /** @returns ns newly covered */
  add(startNs: number, endNs: number): number {
    const from = startNs > this.endNs ? startNs : this.endNs
    if (endNs <= from) return 0
    this.endNs = endNs
    const newNs = endNs - from
    this.totalNs += newNs
    return newNs
  }
}

/** Intervals that do not overlap, in order: [start, end) at 2i and 2i + 1. Grows as needed. */
export class IntervalList {
  #values = new Float64Array(8)
  #length = 0
  /** What `firstEndingAfter` found last. */
  hint = 0

  get count(): number {
    return this.#length / 2
  }

  push(startNs: number, endNs: number): void {
    if (this.#length + 2 > this.#values.length) {
      const larger = new Float64Array(this.#values.length * 2)
      larger.set(this.#values)
      this.#values = larger
    }
    this.#values[this.#length++] = startNs
    this.#values[this.#length++] = endNs
  }

  /** Joins the interval to the last one where they touch. Starts must not go back. */
  pushUnion(startNs: number, endNs: number): void {
    const last = this.#length - 1
    if (last > 0 && startNs <= (this.#values[last] ?? 0)) {
      if (endNs > (this.#values[last] ?? 0)) this.#values[last] = endNs
    } else this.push(startNs, endNs)
  }

  /** Infinity past the last. */
  startNs(i: number): number {
    return i < this.count ? (this.#values[2 * i] ?? 0) : Number.POSITIVE_INFINITY
  }

  endNs(i: number): number {
    return i < this.count ? (this.#values[2 * i + 1] ?? 0) : Number.POSITIVE_INFINITY
  }

  /** The values themselves: start, end, start, end… */
  values(): Float64Array {
    return this.#values.subarray(0, this.#length)
  }
}

const LOOKS_AHEAD = 4

/** First interval that ends after `atNs`; `count` where none does. */
export function firstEndingAfter(list: IntervalList, atNs: number): number {
  let low = 0
  let high = list.count
  // Moments mostly come in order: then it is the one found last, or soon after.
  const { hint } = list
  if (hint <= high && (hint === 0 || list.endNs(hint - 1) <= atNs)) {
    for (low = hint; low < hint + LOOKS_AHEAD; low++) {
      if (list.endNs(low) <= atNs) continue
      list.hint = low
      return low
    }
  }
  while (low < high) {
    const middle = (low + high) >>> 1
    if (list.endNs(middle) > atNs) high = middle
    else low = middle + 1
  }
  list.hint = low
  return low
}

/** Covered time of [startNs, endNs). */
export function coveredNs(list: IntervalList, startNs: number, endNs: number): number {
  let total = 0
  for (let i = firstEndingAfter(list, startNs); i < list.count && list.startNs(i) < endNs; i++)
    total += Math.min(list.endNs(i), endNs) - Math.max(list.startNs(i), startNs)
  return total
}
