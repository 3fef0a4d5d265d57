import type { Cells } from '../../../src-renderer/timeline/tiles.ts'

export interface Cell {
  lane: number
  startNs: number
  endNs: number
  name?: number
  count?: number
  slice?: number
}

/** Columns as the engine sends them. */
export function cells(rows: readonly Cell[]): Cells {
  return {
    lane: Uint32Array.from(rows, ({ lane }) => lane),
    startNs: Float64Array.from(rows, ({ startNs }) => startNs),
    endNs: Float64Array.from(rows, ({ endNs }) => endNs),
    name: Uint32Array.from(rows, ({ name = 0 }) => name),
    category: Uint8Array.from(rows, () => 12),
    count: Uint32Array.from(rows, ({ count = 1 }) => count),
    busy: Float32Array.from(rows, () => 1),
    slice: Uint32Array.from(rows, ({ slice = 0 }) => slice),
  }
}
