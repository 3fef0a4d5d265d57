import type { TraceTrack } from '#domain/trace.ts'
import { type CoarseTrace, openCoarse } from '../traces/coarse.ts'
import { timelineTracks } from '../traces/query-tracks.ts'
import { windowOf } from '../traces/query-window.ts'
import type { Columns, QueryInput } from '../workers/trace-protocol.ts'

const MAX_OPEN = 32

/** Traces drawn from what their sessions keep of them; small enough for the engine's own thread. */
export class CoarseTraces {
  readonly #open = new Map<string, CoarsePicture>()

  /** @param bytes asked for once, `coarse` of the run's trace   @throws EngineError SESSION_DAMAGED */
  of(key: string, bytes: () => Uint8Array): CoarsePicture {
    const known = this.#open.get(key)
    if (known !== undefined) return known
    const picture = new CoarsePicture(openCoarse(bytes()))
    if (this.#open.size >= MAX_OPEN) this.#open.clear()
    this.#open.set(key, picture)
    return picture
  }
}

export class CoarsePicture {
  readonly #trace: CoarseTrace

  constructor(trace: CoarseTrace) {
    this.#trace = trace
  }

  view(): { startNs: number; endNs: number; tracks: TraceTrack[] } {
    const { startNs, endNs } = this.#trace
    return { startNs, endNs, tracks: timelineTracks(this.#trace) }
  }

  window(query: QueryInput<'window'>): Columns {
    return windowOf(this.#trace, query)
  }

  names(ids: readonly number[]): string[] {
    return ids.map(id => this.#trace.name(id))
  }
}
