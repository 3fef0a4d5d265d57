import type { CpuNs } from '#domain/trace.ts'
import { SLICE_CATEGORIES } from '#domain/trace-category.ts'
import type { TraceIndex } from './define.ts'
import { mergeSlices, openLanes, type Stretch } from './slice-reader.ts'
import { type Threads, threadsOf } from './threads.ts'

/** Which figure each category adds to, by position. Work of devices on a thread's track counts as other. */
const FIELD_OF: readonly (keyof CpuNs)[] = SLICE_CATEGORIES.map(category => {
  switch (category) {
    case 'op':
      return 'opNs'
    case 'node':
      return 'nodeNs'
    case 'annotation':
    case 'nvtx':
      return 'annotationNs'
    case 'python':
      return 'pythonNs'
    case 'data-loading':
      return 'dataLoadingNs'
    case 'runtime':
      return 'runtimeNs'
    case 'sync':
      return 'syncNs'
    case 'library':
      return 'libraryNs'
    case 'osrt':
      return 'osrtNs'
    case 'overhead':
      return 'overheadNs'
    default:
      return 'otherNs'
  }
})

export const noCpu = (): CpuNs => ({
  opNs: 0,
  nodeNs: 0,
  annotationNs: 0,
  pythonNs: 0,
  dataLoadingNs: 0,
  runtimeNs: 0,
  syncNs: 0,
  libraryNs: 0,
  osrtNs: 0,
  overheadNs: 0,
  otherNs: 0,
})

/**
 * What the threads spent a stretch of time on. Every ns of a thread counts once: for the slice that began last among
 * those open then, over all tracks of the thread. Where slices nest that is self time: own length less what lies
 * inside. Time in which no slice is open counts for nothing.
 */
export function cpuFigures(index: TraceIndex, stretch: Stretch, threads: Threads = threadsOf(index)): CpuNs {
  const byCategory = new Float64Array(256)
  for (const { lanes } of threads.all) addSelfTime(index, lanes, stretch, byCategory)
  const cpu = noCpu()
  FIELD_OF.forEach((field, category) => {
    cpu[field] += byCategory[category] ?? 0
  })
  return cpu
}

function addSelfTime(
  index: TraceIndex,
  lanes: Threads['all'][number]['lanes'],
  { startNs: fromNs, endNs: toNs }: Stretch,
  byCategory: Float64Array,
): void {
  // Open slices, the one that began last on top; those below that ended meanwhile go when they come up.
  const ends: number[] = []
  const categories: number[] = []
  let atNs = fromNs
  const runUntil = (untilNs: number): void => {
    while (ends.length > 0) {
      const top = ends.length - 1
      const endNs = ends[top] ?? 0
      const category = categories[top] ?? 0
      const stopNs = endNs < untilNs ? endNs : untilNs
      if (stopNs > atNs) {
        byCategory[category] = (byCategory[category] ?? 0) + stopNs - atNs
        atNs = stopNs
      }
      if (endNs > untilNs) return
      ends.pop()
      categories.pop()
    }
    atNs = untilNs > atNs ? untilNs : atNs
  }
  mergeSlices(openLanes(index, lanes, { startNs: fromNs, endNs: toNs }, []), reader => {
    const { startNs } = reader
    if (startNs >= toNs) return
    runUntil(startNs)
    ends.push(reader.endNs)
    categories.push(reader.category[reader.i] ?? 0)
  })
  runUntil(toNs)
}
