import { unpackColumns } from '#domain/packed.ts'
import type { TraceOverview } from '#domain/trace-overview.ts'
import type { Engine as EngineClient } from '../../../engine.ts'
import { failureOf, isAbort } from '../../../failure.ts'
import { readable } from '../../../timeline/name-text.ts'
import { numbers, type TraceRef } from './engine-source.ts'

const ASK_AGAIN_MS = 700

/** One track of the picture: how full each stretch of it is. */
export interface PreviewRow {
  index: number
  kind: string
  title: string
  cells: { startNs: number; endNs: number; busy: number }[]
}

/** What an import has read so far, asked for again and again while it reads. */
export class Preview {
  rows = $state.raw<readonly PreviewRow[]>([])
  startNs = $state(0)
  endNs = $state(1)
  /** Figures of the whole trace that are known already, where its format tells them early. */
  overview = $state.raw<TraceOverview>()
  error = $state.raw<unknown>()

  async follow(traces: Pick<EngineClient['traces'], 'preview'>, ref: TraceRef, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        const { startNs, endNs, tracks, cells, overview } = await traces.preview(ref, { signal })
        const columns = await unpackColumns(cells)
        this.startNs = startNs
        this.endNs = endNs
        this.rows = rowsOf(tracks, columns)
        this.overview = overview
        this.error = undefined
      } catch (thrown) {
        if (isAbort(thrown)) return
        // Before the first byte and after the last nothing is being read: that is no failure.
        if (failureOf(thrown).code !== 'NOT_FOUND') this.error = thrown
      }
      await new Promise(resolve => setTimeout(resolve, ASK_AGAIN_MS))
    }
  }
}

function rowsOf(
  tracks: readonly { index: number; kind: string; title: string; group: string }[],
  columns: Awaited<ReturnType<typeof unpackColumns>>,
): PreviewRow[] {
  const track = numbers(columns, 'track', Uint32Array)
  const startNs = numbers(columns, 'startNs', Float64Array)
  const endNs = numbers(columns, 'endNs', Float64Array)
  const busy = numbers(columns, 'busy', Float32Array)
  const rows = new Map(
    tracks.map(({ index, kind, title, group }) => [
      index,
      { index, kind, title: readable(`${title} · ${group}`), cells: [] as PreviewRow['cells'] },
    ]),
  )
  for (let cell = 0; cell < track.length; cell++) {
    rows
      .get(track[cell] ?? -1)
      ?.cells.push({ startNs: startNs[cell] ?? 0, endNs: endNs[cell] ?? 0, busy: busy[cell] ?? 0 })
  }
  return [...rows.values()].filter(({ cells }) => cells.length > 0)
}
