import { CATEGORY } from '../../../src-main/domain/trace-category.ts'
import type { TraceSink } from '../../../src-main/domain/trace-feed.ts'

/** What an overview needs of a trace and nothing more: counts, time by kernel, when a device was busy. */
export class Overview implements TraceSink {
  kernels = 0
  calls = 0
  totalNs = 0
  /** By name id. */
  byName = new Float64Array(1024)
  readonly names = new Map<string, number>()
  readonly said: string[] = []
  #tracks = 0
  #busyNs = 0
  #busyFromNs = Number.NaN
  #busyUntilNs = Number.NaN
  #isSorted = true

  /** Union of all device work, which must come in order of start. */
  get busyNs(): number {
    if (!this.#isSorted) throw new Error('device work came out of order')
    return this.#busyNs + (this.#busyUntilNs - this.#busyFromNs || 0)
  }

  track(): number {
    return this.#tracks++
  }

  name(text: string): number {
    const known = this.names.get(text)
    if (known !== undefined) return known
    this.names.set(text, this.names.size + 1)
    return this.names.size
  }

  nameOfBytes(): number {
    throw new Error('databases have texts')
  }

  slice(_track: number, startNs: number, durationNs: number, name: number, category: number): void {
    if (category !== CATEGORY.kernel) {
      this.calls++
      return
    }
    this.kernels++
    this.totalNs += durationNs
    this.byName[name] = (this.byName[name] ?? 0) + durationNs
    const endNs = startNs + durationNs
    if (startNs <= this.#busyUntilNs) {
      if (startNs < this.#busyFromNs) this.#isSorted = false
      if (endNs > this.#busyUntilNs) this.#busyUntilNs = endNs
      return
    }
    this.#busyNs += this.#busyUntilNs - this.#busyFromNs || 0
    this.#busyFromNs = startNs
    this.#busyUntilNs = endNs
  }

  unread(reason: string, where: string): void {
    this.said.push(`${reason}: ${where}`)
  }

  notice(text: string): void {
    this.said.push(text)
  }

  bytes(): void {}
  launch(): void {}
  flow(): void {}
  counter(): void {}
  device(): void {}
  origin(): void {}
}
