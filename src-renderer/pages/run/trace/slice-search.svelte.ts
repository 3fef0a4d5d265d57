import { unpackColumns } from '#domain/packed.ts'
import type { Engine as EngineClient } from '../../../engine.ts'
import { readable } from '../../../timeline/name-text.ts'
import type { TimelineState } from '../../../timeline/timeline.svelte.ts'
import { numbers, type TraceRef } from './engine-source.ts'

const SETTLE_MS = 180

interface Hits {
  slice: Uint32Array
  startNs: Float64Array
  durationNs: Float64Array
}
const NONE: Hits = { slice: new Uint32Array(), startNs: new Float64Array(), durationNs: new Float64Array() }

/** Slices by name: how many there are, and a walk through them in order of time. */
export class SliceSearch {
  readonly #traces: Pick<EngineClient['traces'], 'find'>
  readonly #ref: TraceRef
  readonly #timeline: TimelineState
  text = $state('')
  /** Only slices of exactly this name, as from a row of a table. */
  exact = $state(false)
  /** All there are, also beyond those that were sent. */
  total = $state<number>()
  busy = $state(false)
  /** Place of the walk, from 0; -1 before the first step. */
  at = $state(-1)
  error = $state.raw<unknown>()
  #hits = $state.raw<Hits>(NONE)
  #asked = 0
  #timer: ReturnType<typeof setTimeout> | undefined

  /** How many can be walked through. */
  readonly count = $derived(this.#hits.slice.length)

  constructor(traces: Pick<EngineClient['traces'], 'find'>, ref: TraceRef, timeline: TimelineState) {
    this.#traces = traces
    this.#ref = ref
    this.#timeline = timeline
  }

  /** As it is typed. */
  type(text: string): void {
    this.text = text
    this.exact = false
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#find(), SETTLE_MS)
  }

  /** All slices of one name, drawn out of the others; goes to the first in the chosen range or the view. */
  async showName(name: string): Promise<void> {
    clearTimeout(this.#timer)
    this.text = name
    this.exact = true
    this.#timeline.highlight = readable(name)
    await this.#find()
    await this.step(1)
  }

  clear(): void {
    clearTimeout(this.#timer)
    this.#asked++
    this.text = ''
    this.exact = false
    this.busy = false
    this.#take(NONE, undefined)
    this.#timeline.highlight = undefined
  }

  /** To the next hit or the one before; round at the ends. The first step goes to what the view shows. */
  async step(by: 1 | -1): Promise<void> {
    if (this.busy || this.total === undefined) await this.#find()
    if (this.count === 0) return
    this.at = this.at === -1 ? this.#firstInView(by) : (this.at + by + this.count) % this.count
    const slice = this.#hits.slice[this.at]
    if (slice !== undefined) await this.#timeline.choose(slice, { show: true })
  }

  #firstInView(by: 1 | -1): number {
    const { startNs } = this.#timeline.range ?? this.#timeline.view
    const from = this.#hits.startNs.findIndex(each => each >= startNs)
    return by === 1 ? Math.max(0, from) : (from - 1 + this.count) % this.count
  }

  async #find(): Promise<void> {
    clearTimeout(this.#timer)
    const asked = ++this.#asked
    const { text, exact } = this
    if (text.trim() === '') return this.#take(NONE, undefined)
    this.busy = true
    this.error = undefined
    try {
      const { total, hits } = await this.#traces.find({ ...this.#ref, text, exact })
      const columns = await unpackColumns(hits)
      if (asked !== this.#asked) return
      const found = {
        slice: numbers(columns, 'slice', Uint32Array),
        startNs: numbers(columns, 'startNs', Float64Array),
        durationNs: numbers(columns, 'durationNs', Float64Array),
      }
      this.#take(found, total)
    } catch (thrown) {
      if (asked !== this.#asked) return
      this.error = thrown
      this.#take(NONE, undefined)
    } finally {
      if (asked === this.#asked) this.busy = false
    }
  }

  #take(hits: Hits, total: number | undefined): void {
    this.#hits = hits
    this.total = total
    this.at = -1
    this.#timeline.hits = hits.startNs
  }
}
