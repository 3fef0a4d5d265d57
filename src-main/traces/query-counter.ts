import { GROUP_SAMPLES } from './counters.ts'
import type { WindowRows } from './query-rows.ts'
import type { CounterLane, WindowSource } from './query-source.ts'
import type { Scale } from './query-window.ts'

/**
 * A counter holds its value until the next sample. Samples within one pixel become two rows: the largest before the last,
 * then the last, which holds on. `busy` is the value as a share of the counter's largest magnitude. Where a pixel has
 * more samples than a group, groups stand for them.
 */
export function drawCounter(source: WindowSource, lane: CounterLane, rows: WindowRows, scale: Scale): void {
  const { first, count } = lane
  if (count === 0) return
  const { startNs, endNs, pixelNs } = scale
  const timeAt = (at: number) => source.readSamples(first + at, 1)[0] ?? 0
  const from = Math.max(0, firstWhere(count, at => timeAt(at) > startNs) - 1)
  const to = firstWhere(count, at => timeAt(at) >= endNs)
  if (to <= from) return
  const drawer = new StepDrawer(lane, rows, pixelNs)
  const drawSamples = (begin: number, end: number) => {
    const samples = source.readSamples(first + begin, end - begin)
    for (let at = 0; at < end - begin; at++) drawer.add(samples[at * 2] ?? 0, samples[at * 2 + 1] ?? 0)
  }
  if (lane.firstGroup === undefined || (to - from) * pixelNs < GROUP_SAMPLES * (endNs - startNs)) drawSamples(from, to)
  else {
    const [begin, end] = [Math.floor(from / GROUP_SAMPLES), Math.floor(to / GROUP_SAMPLES)]
    const groups = source.readGroups(lane.firstGroup + begin, end - begin)
    for (let at = 0; at < end - begin; at++) {
      const [fromNs = 0, largest = 0, lastNs = 0, last = 0] = groups.subarray(at * 4, at * 4 + 4)
      if (lastNs - fromNs > pixelNs) drawSamples((begin + at) * GROUP_SAMPLES, (begin + at + 1) * GROUP_SAMPLES)
      else {
        drawer.add(fromNs, largest)
        drawer.add(lastNs, last)
      }
    }
    drawSamples(end * GROUP_SAMPLES, to)
  }
  drawer.finish(to < count ? timeAt(to) : endNs)
}

/** Samples in time order as rows. */
class StepDrawer {
  readonly #lane: CounterLane
  readonly #rows: WindowRows
  readonly #pixelNs: number
  #samples = 0
  #fromNs = 0
  #largest = 0
  #lastNs = 0
  #last = 0

  constructor(lane: CounterLane, rows: WindowRows, pixelNs: number) {
    this.#lane = lane
    this.#rows = rows
    this.#pixelNs = pixelNs
  }

  add(atNs: number, value: number): void {
    if (this.#samples > 0 && atNs - this.#fromNs <= this.#pixelNs) {
      this.#largest = this.#samples === 1 ? this.#last : Math.max(this.#largest, this.#last)
      this.#samples++
    } else {
      this.finish(atNs)
      this.#fromNs = atNs
      this.#samples = 1
    }
    this.#lastNs = atNs
    this.#last = value
  }

  finish(untilNs: number): void {
    if (this.#samples > 1) this.#push(this.#fromNs, this.#lastNs, this.#largest)
    if (this.#samples > 0) this.#push(this.#lastNs, Math.max(untilNs, this.#lastNs), this.#last)
    this.#samples = 0
  }

  #push(fromNs: number, toNs: number, value: number): void {
    const { index, scale } = this.#lane
    this.#rows.push(index, fromNs, toNs, 0, 0, 1, scale === 0 ? 0 : value / scale, 0)
  }
}

function firstWhere(count: number, holds: (at: number) => boolean): number {
  let low = 0
  let high = count
  while (low < high) {
    const middle = (low + high) >>> 1
    if (holds(middle)) high = middle
    else low = middle + 1
  }
  return low
}
