import { type Column, type PackedColumns, unpackColumns } from '#domain/packed.ts'
import type { Engine } from '../../../engine.ts'
import type { Cells } from '../../../timeline/tiles.ts'
import type { Gaps, TimelineSource } from '../../../timeline/timeline.svelte.ts'

export interface TraceRef {
  sessionId: string
  runId: string
}

/** What a timeline draws, asked of the engine. Without the index (`whole` false) gaps are not known: none are drawn. */
export function engineSource(traces: Engine['traces'], ref: TraceRef, whole: boolean): TimelineSource {
  return {
    async cells(request, signal) {
      return cellsOf(await traces.window({ ...ref, ...request }, { signal }))
    },
    names: ids => traces.names({ ...ref, ids }),
    async gaps(request, signal) {
      if (!whole) return { startNs: new Float64Array(), endNs: new Float64Array(), reason: new Uint8Array() }
      return gapsOf(await traces.idle({ ...ref, ...request }, { signal }))
    },
    slice: slice => traces.slice({ ...ref, slice }),
    at: (lane, atNs) => traces.at({ ...ref, lane, atNs }),
    beside: (slice, direction) => traces.beside({ ...ref, slice, direction }),
  }
}

export async function cellsOf(packed: PackedColumns): Promise<Cells> {
  const columns = await unpackColumns(packed)
  return {
    lane: numbers(columns, 'lane', Uint32Array),
    startNs: numbers(columns, 'startNs', Float64Array),
    endNs: numbers(columns, 'endNs', Float64Array),
    name: numbers(columns, 'name', Uint32Array),
    category: numbers(columns, 'category', Uint8Array),
    count: numbers(columns, 'count', Uint32Array),
    busy: numbers(columns, 'busy', Float32Array),
    slice: numbers(columns, 'slice', Uint32Array),
  }
}

async function gapsOf(packed: PackedColumns): Promise<Gaps> {
  const columns = await unpackColumns(packed)
  return {
    startNs: numbers(columns, 'startNs', Float64Array),
    endNs: numbers(columns, 'endNs', Float64Array),
    reason: numbers(columns, 'reason', Uint8Array),
  }
}

/** @throws TypeError when the engine sent other columns than the contract says */
export function numbers<Kind extends Column>(
  columns: ReadonlyMap<string, Column>,
  name: string,
  kind: abstract new (...args: never[]) => Kind,
): Kind {
  const column = columns.get(name)
  if (!(column instanceof kind)) throw new TypeError(`The engine sent no column ${name} of the agreed type`)
  return column
}
