import { IDLE_REASONS, type IdleReason } from '#domain/trace.ts'
import type { TraceIndex } from './define.ts'
import { walkDevice } from './device-walk.ts'
import { GapReasons } from './gaps.ts'
import { deviceLanesOf } from './threads.ts'

export interface IdleQuery {
  startNs: number
  endNs: number
  /** Shorter parts are left out. */
  leastNs: number
  /** The longest are kept where there are more. */
  limit: number
}

/** In order of time; `reason` is the position in IDLE_REASONS. */
export interface IdleColumns {
  startNs: Float64Array
  endNs: Float64Array
  reason: Uint8Array
}

const POSITION = Object.fromEntries(IDLE_REASONS.map((reason, at) => [reason, at])) as Record<IdleReason, number>

/**
 * When a device had nothing to do, and why, by the rules of `GapReasons`; a gap of several reasons is several rows that
 * touch. Without any launch in the trace every reason is `unknown`.
 */
export function idleGaps(
  index: TraceIndex,
  device: number,
  { startNs, endNs, leastNs, limit }: IdleQuery,
): IdleColumns {
  const stretch = { startNs, endNs }
  const longest = new Longest(limit)
  const reasons = index.manifest.linked > 0 ? new GapReasons(index, stretch) : undefined
  let openFromNs = Number.NaN
  let openToNs = Number.NaN
  let openReason = 0
  const flush = (): void => {
    if (openToNs - openFromNs >= Math.max(leastNs, 0) && openToNs > openFromNs)
      longest.add(openFromNs, openToNs, openReason)
  }
  const piece = (fromNs: number, toNs: number, reason: IdleReason): void => {
    if (fromNs !== openToNs || POSITION[reason] !== openReason) {
      flush()
      openFromNs = fromNs
      openReason = POSITION[reason]
    }
    openToNs = toNs
  }
  walkDevice(index, deviceLanesOf(index).get(device) ?? [], stretch, {
    idle: (fromNs, toNs, before, after) => {
      if (toNs - fromNs < leastNs) return
      if (reasons) reasons.explain(fromNs, toNs, before, after, piece)
      else piece(fromNs, toNs, 'unknown')
    },
  })
  flush()
  return longest.columns()
}

/** Keeps the longest of what is added: a heap with the shortest on top. */
class Longest {
  readonly #limit: number
  readonly #heap: { startNs: number; endNs: number; reason: number }[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  add(startNs: number, endNs: number, reason: number): void {
    const heap = this.#heap
    if (heap.length < this.#limit) {
      heap.push({ startNs, endNs, reason })
      this.#rise(heap.length - 1)
      return
    }
    const shortest = heap[0]
    if (shortest === undefined || endNs - startNs <= shortest.endNs - shortest.startNs) return
    heap[0] = { startNs, endNs, reason }
    this.#sink()
  }

  columns(): IdleColumns {
    const rows = this.#heap.toSorted((a, b) => a.startNs - b.startNs)
    return {
      startNs: Float64Array.from(rows, row => row.startNs),
      endNs: Float64Array.from(rows, row => row.endNs),
      reason: Uint8Array.from(rows, row => row.reason),
    }
  }

  #lengthAt(at: number): number {
    const gap = this.#heap[at]
    return gap === undefined ? Number.POSITIVE_INFINITY : gap.endNs - gap.startNs
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >>> 1
      if (this.#lengthAt(parent) <= this.#lengthAt(at)) return
      this.#swap(at, parent)
      at = parent
    }
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1
      const child = this.#lengthAt(left + 1) < this.#lengthAt(left) ? left + 1 : left
      if (this.#lengthAt(at) <= this.#lengthAt(child)) return
      this.#swap(at, child)
      at = child
    }
  }

  #swap(a: number, b: number): void {
    const [first, second] = [this.#heap[a], this.#heap[b]]
    if (first === undefined || second === undefined) return
    this.#heap[a] = second
    this.#heap[b] = first
  }
}
