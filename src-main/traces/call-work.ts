import type { TraceIndex } from './define.ts'
import { IS_DEVICE_WORK } from './device-walk.ts'
import { eachSlice } from './slice-reader.ts'
import { deviceLanesOf } from './threads.ts'

const PAGE = 4096

interface Page {
  firstNs: Float64Array
  lastNs: Float64Array
  count: Uint32Array
}

/** What each call launched: first start, last end and number of pieces. 20 bytes a call that launched anything. */
export class CallWork {
  readonly #pages = new Map<number, Page>()

  constructor(index: TraceIndex, tracks?: ReadonlySet<number>) {
    for (const lanes of deviceLanesOf(index, tracks).values())
      eachSlice(index, lanes, undefined, ['link'], ({ category, start, duration, link, i }) => {
        const call = link[i] ?? 0
        if (call === 0 || IS_DEVICE_WORK[category[i] ?? 0] === 0) return
        const startNs = start[i] ?? 0
        this.#add(call - 1, startNs, startNs + (duration[i] ?? 0))
      })
  }

  countOf(call: number): number {
    return this.#pages.get(Math.floor(call / PAGE))?.count[call % PAGE] ?? 0
  }

  firstNs(call: number): number {
    return this.#pages.get(Math.floor(call / PAGE))?.firstNs[call % PAGE] ?? Number.POSITIVE_INFINITY
  }

  lastNs(call: number): number {
    return this.#pages.get(Math.floor(call / PAGE))?.lastNs[call % PAGE] ?? Number.NEGATIVE_INFINITY
  }

  #add(call: number, startNs: number, endNs: number): void {
    const number = Math.floor(call / PAGE)
    let page = this.#pages.get(number)
    if (page === undefined) {
      page = {
        firstNs: new Float64Array(PAGE).fill(Number.POSITIVE_INFINITY),
        lastNs: new Float64Array(PAGE).fill(Number.NEGATIVE_INFINITY),
        count: new Uint32Array(PAGE),
      }
      this.#pages.set(number, page)
    }
    const at = call % PAGE
    if (startNs < (page.firstNs[at] ?? 0)) page.firstNs[at] = startNs
    if (endNs > (page.lastNs[at] ?? 0)) page.lastNs[at] = endNs
    page.count[at] = (page.count[at] ?? 0) + 1
  }
}
