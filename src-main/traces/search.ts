import { ColumnCursor } from './columns-read.ts'
import { sortByRuns } from './lanes-order.ts'
import type { OpenIndex } from './open-index.ts'

const STRIDE = 1 << 16

export interface Hits {
  /** All there are, also beyond the limit. */
  total: number
  /** The first ones by start, at most `limit`. */
  slice: Uint32Array
  lane: Uint32Array
  startNs: Float64Array
  durationNs: Float64Array
}

/** Slices whose name contains the text, any case, or (`exact`) is the text; in order of start, then of id. */
export function findSlices(
  index: OpenIndex,
  { text, exact, limit }: { text: string; exact: boolean; limit: number },
): Hits {
  const wanted = text.toLowerCase()
  const ids = index.namesWhere(name => (exact ? name === text : name.toLowerCase().includes(wanted)))
  const found = ids.length === 0 ? { total: 0, slices: [], lanes: [] } : slicesNamed(index, ids, limit)
  return inOrderOfStart(index, found, limit)
}

/** Of each lane the first `limit`, which the first of all lanes are among. */
function slicesNamed(index: OpenIndex, ids: readonly number[], limit: number) {
  const isWanted = new Uint8Array(index.manifest.names + 1)
  for (const id of ids) isWanted[id] = 1
  const slices: number[] = []
  const lanes: number[] = []
  let total = 0
  for (const { index: lane, first, count } of index.manifest.lanes) {
    let left = limit
    for (let from = first; from < first + count; from += STRIDE) {
      const names = index.read('name', from, Math.min(STRIDE, first + count - from))
      for (let at = 0; at < names.length; at++) {
        if (isWanted[names[at] ?? 0] !== 1) continue
        total++
        if (left <= 0) continue
        left--
        slices.push(from + at)
        lanes.push(lane)
      }
    }
  }
  return { total, slices, lanes }
}

function inOrderOfStart(
  { storage, manifest }: OpenIndex,
  { total, slices, lanes }: { total: number; slices: number[]; lanes: number[] },
  limit: number,
): Hits {
  const count = slices.length
  const start = new ColumnCursor(storage, 'start', 8, manifest.slices)
  const duration = new ColumnCursor(storage, 'duration', 8, manifest.slices)
  const startNs = new Float64Array(count)
  const durationNs = new Float64Array(count)
  const order = new Uint32Array(count)
  for (let at = 0; at < count; at++) {
    startNs[at] = start.at(slices[at] ?? 0)
    durationNs[at] = duration.at(slices[at] ?? 0)
    order[at] = at
  }
  sortByRuns(order, new Uint32Array(count), startNs)
  const first = order.subarray(0, Math.max(0, limit))
  const hits: Hits = {
    total,
    slice: new Uint32Array(first.length),
    lane: new Uint32Array(first.length),
    startNs: new Float64Array(first.length),
    durationNs: new Float64Array(first.length),
  }
  first.forEach((from, to) => {
    hits.slice[to] = slices[from] ?? 0
    hits.lane[to] = lanes[from] ?? 0
    hits.startNs[to] = startNs[from] ?? 0
    hits.durationNs[to] = durationNs[from] ?? 0
  })
  return hits
}
