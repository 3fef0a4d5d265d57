import type { Gaps, TimelineSource } from './timeline.svelte.ts'
import { spanNs, type Viewport } from './viewport.ts'

const SETTLE_MS = 120
/** Gaps narrower than this are not drawn, so they are not asked for. */
const LEAST_PX = 3

/** Gaps of the devices on the screen, asked for when the view has come to rest. */
export class GapStore {
  readonly #fetch: TimelineSource['gaps']
  readonly #changed: () => void
  readonly #failed: (thrown: unknown) => void
  readonly #gaps = new Map<number, Gaps>()
  #timer: ReturnType<typeof setTimeout> | undefined
  #abort = new AbortController()
  #asked = ''

  constructor(fetch: TimelineSource['gaps'], changed: () => void, failed: (thrown: unknown) => void) {
    this.#fetch = fetch
    this.#changed = changed
    this.#failed = failed
  }

  /** Those that came last; of another view until the new ones are there, which is right where they overlap. */
  get(device: number): Gaps | undefined {
    return this.#gaps.get(device)
  }

  want(view: Viewport, widthPx: number, devices: readonly number[]): void {
    const key = `${view.startNs} ${view.endNs} ${widthPx} ${devices.join()}`
    if (key === this.#asked || devices.length === 0) return
    this.#asked = key
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#ask(view, widthPx, devices), SETTLE_MS)
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#abort.abort()
  }

  async #ask(view: Viewport, widthPx: number, devices: readonly number[]): Promise<void> {
    this.#abort.abort()
    this.#abort = new AbortController()
    const { signal } = this.#abort
    const span = spanNs(view)
    const around = { startNs: view.startNs - span / 2, endNs: view.endNs + span / 2 }
    try {
      for (const device of devices) {
        const gaps = await this.#fetch({ ...around, device, leastNs: (span / widthPx) * LEAST_PX }, signal)
        if (signal.aborted) return
        this.#gaps.set(device, gaps)
      }
      this.#changed()
    } catch (thrown) {
      if (!signal.aborted) this.#failed(thrown)
    }
  }
}
