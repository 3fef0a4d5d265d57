import { SLICE_CATEGORIES } from '../../../src-main/domain/trace-category.ts'
import type { TraceSink } from '../../../src-main/domain/trace-feed.ts'

const SLOTS = 2 ** 16

/** Interns names by their bytes and adds up: the least that anyone who listens to a reader does. */
export class CountingSink implements TraceSink {
  readonly count = new Float64Array(SLICE_CATEGORIES.length)
  readonly totalNs = new Float64Array(SLICE_CATEGORIES.length)
  unreads = 0
  #tracks = 0
  readonly #texts = new Map<string, number>()
  readonly #bytes: (Uint8Array | undefined)[] = [undefined]
  readonly #slots = new Int32Array(SLOTS)

  track(): number {
    return this.#tracks++
  }

  name(text: string): number {
    const known = this.#texts.get(text) ?? this.#bytes.length
    if (known === this.#bytes.length) {
      this.#texts.set(text, known)
      this.#bytes.push(undefined)
    }
    return known
  }

  nameOfBytes(bytes: Uint8Array, from: number, to: number): number {
    let hash = to - from
    for (let i = from; i < to; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193)
    for (let slot = (hash ^ (hash >>> 15)) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const id = this.#slots[slot] ?? 0
      if (id === 0) {
        this.#slots[slot] = this.#bytes.length
        return this.#bytes.push(bytes.slice(from, to)) - 1
      }
      const known = this.#bytes[id]
      if (known?.length !== to - from) continue
      let same = 0
      while (same < known.length && known[same] === bytes[from + same]) same++
      if (same === known.length) return id
    }
  }

  slice(_track: number, _startNs: number, durationNs: number, _name: number, category: number): void {
    this.count[category] = (this.count[category] ?? 0) + 1
    this.totalNs[category] = (this.totalNs[category] ?? 0) + durationNs
  }

  bytes(): void {}
  launch(): void {}
  flow(): void {}
  counter(): void {}
  device(): void {}
  origin(): void {}
  notice(): void {}

  unread(): void {
    this.unreads++
  }
}
