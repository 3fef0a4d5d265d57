/** Numbers beside each other in pieces, so that growing copies nothing. */
class Numbers {
  length = 0
  readonly #pieces: Float64Array[] = []

  push(value: number): void {
    const within = this.length % PIECE
    if (within === 0) this.#pieces.push(new Float64Array(PIECE))
    const piece = this.#pieces[this.#pieces.length - 1]
    if (piece !== undefined) piece[within] = value
    this.length++
  }

  at(i: number): number {
    return this.#pieces[Math.floor(i / PIECE)]?.[i % PIECE] ?? Number.NaN
  }

  sorted(): Float64Array {
    const all = new Float64Array(this.length)
    this.#pieces.forEach((piece, i) => {
      all.set(i < this.#pieces.length - 1 ? piece : piece.subarray(0, this.length - i * PIECE), i * PIECE)
    })
    return all.sort()
  }
}

const PIECE = 8192

/** Stretches that neither touch nor overlap, in order: start at 2i, end at 2i + 1. */
type Stretches = Numbers

/**
 * When something ran: intervals in any order, best by start, joined where they touch. Half-open, so that one without
 * length is none. 16 bytes for each stretch, however many intervals it is made of.
 */
export class BusyTime {
  readonly #inOrder: Stretches = new Numbers()
  #inOrderNs = 0
  /** The stretch that may still grow. */
  #fromNs = Number.NEGATIVE_INFINITY
  #untilNs = Number.NEGATIVE_INFINITY
  /** Of intervals that begin before it. */
  readonly #lateStarts = new Numbers()
  readonly #lateEnds = new Numbers()

  add(startNs: number, endNs: number): void {
    if (endNs <= startNs) return
    if (startNs > this.#untilNs) {
      this.#close()
      this.#fromNs = startNs
      this.#untilNs = endNs
    } else if (startNs >= this.#fromNs) {
      if (endNs > this.#untilNs) this.#untilNs = endNs
    } else {
      this.#lateStarts.push(startNs)
      this.#lateEnds.push(endNs)
    }
  }

  /** Nothing is added any more. */
  finish(): FinishedTime {
    this.#close()
    this.#fromNs = Number.NEGATIVE_INFINITY
    if (this.#lateStarts.length === 0) return { stretches: [this.#inOrder], ns: this.#inOrderNs }
    const stretches = [this.#inOrder, joined(this.#lateStarts.sorted(), this.#lateEnds.sorted())]
    return { stretches, ns: coveredNs(stretches) }
  }

  #close(): void {
    if (this.#fromNs === Number.NEGATIVE_INFINITY) return
    this.#inOrder.push(this.#fromNs)
    this.#inOrder.push(this.#untilNs)
    this.#inOrderNs += this.#untilNs - this.#fromNs
  }
}

export interface FinishedTime {
  readonly stretches: readonly Stretches[]
  readonly ns: number
}

/** Time in which any of them ran. */
export function unionNs(times: readonly FinishedTime[]): number {
  const some = times.filter(({ ns }) => ns > 0)
  const [only] = some
  return some.length === 1 && only !== undefined ? only.ns : coveredNs(some.flatMap(({ stretches }) => stretches))
}

/** A stretch ends where as many intervals have ended as begun: which end belongs to which start does not matter. */
function joined(starts: Float64Array, ends: Float64Array): Stretches {
  const stretches = new Numbers()
  let begun = 0
  let fromNs = starts[0] ?? Number.NaN
  ends.forEach((endNs, ended) => {
    while (begun < starts.length && (starts[begun] ?? 0) <= endNs) begun++
    if (begun !== ended + 1) return
    stretches.push(fromNs)
    stretches.push(endNs)
    fromNs = starts[begun] ?? Number.NaN
  })
  return stretches
}

function coveredNs(lists: readonly Stretches[]): number {
  const next = lists.map(() => 0)
  let untilNs = Number.NEGATIVE_INFINITY
  let total = 0
  for (;;) {
    let first = -1
    let startNs = Number.POSITIVE_INFINITY
    for (let i = 0; i < lists.length; i++) {
      const place = next[i] ?? 0
      const list = lists[i]
      if (list === undefined || place >= list.length || list.at(place) >= startNs) continue
      first = i
      startNs = list.at(place)
    }
    const list = lists[first]
    if (list === undefined) return total
    const place = next[first] ?? 0
    next[first] = place + 2
    const endNs = list.at(place + 1)
    if (endNs <= untilNs) continue
    total += endNs - Math.max(startNs, untilNs)
    untilNs = endNs
  }
}
