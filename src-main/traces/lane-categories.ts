import type { Lane, TraceIndex } from './define.ts'

const BLOCK_SLICES = 65_536

const known = new WeakMap<TraceIndex, Uint32Array>()

/** Lanes that hold a slice of one of the categories: most passes need a few of many. @param accepts by position */
export function lanesHaving(index: TraceIndex, lanes: readonly Lane[], accepts: Uint8Array): Lane[] {
  let wanted = 0
  for (let category = 0; category < 32; category++) if (accepts[category] !== 0) wanted |= 1 << category
  const masks = masksOf(index)
  return lanes.filter(({ index: lane }) => ((masks[lane] ?? 0) & wanted) !== 0)
}

/** A bit for each category present, by lane; read once. */
function masksOf(index: TraceIndex): Uint32Array {
  const cached = known.get(index)
  if (cached) return cached
  const masks = Uint32Array.from(index.manifest.lanes, lane => maskOf(index, lane))
  known.set(index, masks)
  return masks
}

function maskOf(index: TraceIndex, { first, count }: Lane): number {
  let mask = 0
  for (let from = first; from < first + count; from += BLOCK_SLICES) {
    const categories = index.read('category', from, Math.min(BLOCK_SLICES, first + count - from))
    for (let i = 0; i < categories.length; i++) mask |= 1 << (categories[i] ?? 0)
  }
  return mask
}
