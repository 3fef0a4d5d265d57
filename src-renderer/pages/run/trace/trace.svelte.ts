import type { TraceFigures, TraceSummary, TraceTables } from '#domain/trace.ts'
import type { Engine as EngineClient } from '../../../engine.ts'
import { isAbort } from '../../../failure.ts'
import { TimelineState } from '../../../timeline/timeline.svelte.ts'
import { engineSource, type TraceRef } from './engine-source.ts'
import { SliceSearch } from './slice-search.svelte.ts'

export type TraceEngine = Pick<EngineClient, 'traces'>
type View = Awaited<ReturnType<EngineClient['traces']['view']>>

const ASK_AGAIN_MS = 500

/** Figures and tables over one stretch of time. */
export interface Selected {
  figures: TraceFigures
  tables: TraceTables
}

/** The trace of a run: its summary at once, its timeline as soon as there is an index. */
export class TraceView {
  readonly #engine: TraceEngine
  readonly #ref: TraceRef
  /** Figures of the whole trace, kept in the session. */
  summary = $state.raw<TraceSummary>()
  /** Why there is no summary. */
  error = $state.raw<unknown>()
  index = $state.raw<Pick<View, 'state' | 'why' | 'fraction'>>()
  timeline = $state.raw<TimelineState>()
  search = $state.raw<SliceSearch>()
  locating = $state(false)
  locateError = $state.raw<unknown>()
  /** Figures of the chosen range; those of before while the next ones are counted. */
  selected = $state.raw<Selected>()
  selecting = $state(false)
  selectError = $state.raw<unknown>()
  #selection = 0

  /** What overview and tables show. */
  readonly shown = $derived<Selected | undefined>(
    this.timeline?.range !== undefined && this.selected !== undefined
      ? this.selected
      : this.summary && { figures: this.summary, tables: this.summary },
  )

  constructor(engine: TraceEngine, ref: TraceRef) {
    this.#engine = engine
    this.#ref = ref
  }

  /** Reads the summary, then the rows; asks again while the index is being made. */
  async load(signal: AbortSignal): Promise<void> {
    try {
      this.error = undefined
      this.summary = await this.#engine.traces.summary(this.#ref, { signal })
      await this.#watchIndex(signal)
    } catch (thrown) {
      if (!signal.aborted && !isAbort(thrown)) this.error = thrown
    }
  }

  async #watchIndex(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const { tracks, startNs, endNs, ...index } = await this.#engine.traces.view(this.#ref, { signal })
      const before = this.index?.state
      this.index = index
      // Another answer to the same question: what was drawn of the coarse picture is drawn anew.
      if (this.timeline === undefined || (index.state === 'ready' && before !== 'ready')) {
        const source = engineSource(this.#engine.traces, this.#ref, index.state === 'ready')
        this.timeline?.close()
        this.timeline = new TimelineState(source, { startNs, endNs }, tracks)
        this.search = new SliceSearch(this.#engine.traces, this.#ref, this.timeline)
      }
      if (index.state !== 'building') return
      await new Promise(resolve => setTimeout(resolve, ASK_AGAIN_MS))
    }
  }

  /** The file is elsewhere now. */
  async locate(path: string, signal: AbortSignal): Promise<void> {
    this.locating = true
    this.locateError = undefined
    try {
      await this.#engine.traces.locate({ ...this.#ref, path })
      await this.#watchIndex(signal)
    } catch (thrown) {
      if (!isAbort(thrown)) this.locateError = thrown
    } finally {
      this.locating = false
    }
  }

  /** Counts figures and tables of a range; the answer to an older question is dropped. */
  async select(range: { startNs: number; endNs: number } | undefined): Promise<void> {
    const asked = ++this.#selection
    this.selectError = undefined
    if (range === undefined) {
      this.selected = undefined
      this.selecting = false
      return
    }
    this.selecting = true
    try {
      const selected = await this.#engine.traces.select({ ...this.#ref, startNs: range.startNs, endNs: range.endNs })
      if (asked === this.#selection) this.selected = selected
    } catch (thrown) {
      if (asked !== this.#selection || isAbort(thrown)) return
      this.selected = undefined
      this.selectError = thrown
    } finally {
      if (asked === this.#selection) this.selecting = false
    }
  }

  async operatorsByShape(): Promise<TraceTables['operators']> {
    return this.#engine.traces.operatorsByShape(this.#ref)
  }

  close(): void {
    this.timeline?.close()
  }
}
