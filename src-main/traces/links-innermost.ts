import { ColumnCursor } from './columns-read.ts'
import type { IndexStorage, Lane } from './define.ts'

/**
 * The deepest slice around each moment on one track.
 * @param lanes of the track, by depth   @param timesNs ascending   @param accepts by category position
 * @returns slice + 1 for each time, 0 where there is none
 */
export function innermostAt(
  storage: IndexStorage,
  lanes: readonly Lane[],
  timesNs: Float64Array,
  accepts: (category: number) => boolean,
): Uint32Array {
  const found = new Uint32Array(timesNs.length)
  for (const { first, count } of lanes) {
    const end = first + count
    const start = new ColumnCursor(storage, 'start', 8, end)
    const duration = new ColumnCursor(storage, 'duration', 8, end)
    const category = new ColumnCursor(storage, 'category', 1, end)
    let slice = first
    for (let at = 0; at < timesNs.length; at++) {
      const timeNs = timesNs[at] ?? 0
      while (slice + 1 < end && start.at(slice + 1) <= timeNs) slice++
      const startNs = start.at(slice)
      if (startNs > timeNs || (startNs < timeNs && startNs + duration.at(slice) <= timeNs)) continue
      if (accepts(category.at(slice))) found[at] = slice + 1
    }
  }
  return found
}
