import type { TraceWindow } from '#domain/trace.ts'
import { CATEGORY } from '#domain/trace-category.ts'
import type { TraceIndex } from './define.ts'
import { IS_DEVICE_WORK } from './device-walk.ts'
import { lanesHaving } from './lane-categories.ts'
import { nameTraits } from './name-traits.ts'
import { eachSlice, type Stretch } from './slice-reader.ts'
import { deviceLanesOf, lanesOfTracks } from './threads.ts'

/** First start to last end of all but the profiler's own cost. */
export function wholeWindow({ manifest: { startNs, endNs } }: TraceIndex): TraceWindow {
  const isEmpty = !(startNs <= endNs)
  return { kind: 'whole', name: 'Whole trace', startNs: isEmpty ? 0 : startNs, endNs: isEmpty ? 0 : endNs }
}

/** First start to last end of the work of all devices; undefined where there is none. */
export function gpuWindow(index: TraceIndex): TraceWindow | undefined {
  let startNs = Number.POSITIVE_INFINITY
  let endNs = Number.NEGATIVE_INFINITY
  for (const lanes of deviceLanesOf(index).values())
    eachSlice(index, lanes, undefined, [], ({ category, start, duration, i }) => {
      if (IS_DEVICE_WORK[category[i] ?? 0] === 0) return
      const from = start[i] ?? 0
      const to = from + (duration[i] ?? 0)
      if (from < startNs) startNs = from
      if (to > endNs) endNs = to
    })
  return startNs <= endNs ? { kind: 'gpu', name: 'First to last device work', startNs, endNs } : undefined
}

/**
 * The steps a program marked: ranges `ProfilerStep#N` of the thread that called `prof.step()`, by start. They are the
 * CPU ranges as they stand, as torch's own tables count them, so they follow each other without overlap; the
 * TensorBoard plug-in instead lets a step last until the last kernel it launched has ended.
 */
export function stepWindows(index: TraceIndex): TraceWindow[] {
  const traits = nameTraits(index)
  if (!traits.hasSteps) return []
  const steps: TraceWindow[] = []
  const onThreads = lanesOfTracks(index).filter(lane => index.manifest.tracks[lane.track]?.device === undefined)
  eachSlice(
    index,
    lanesHaving(index, onThreads, STEP_CATEGORIES),
    undefined,
    ['name'],
    ({ category, name, start, duration, i }) => {
      const id = name[i] ?? 0
      if (!traits.isStep(id) || STEP_CATEGORIES[category[i] ?? 0] === 0) return
      const startNs = start[i] ?? 0
      steps.push({ kind: 'step', name: index.name(id), startNs, endNs: startNs + (duration[i] ?? 0) })
    },
  )
  return steps.toSorted((a, b) => a.startNs - b.startNs)
}

/** Before torch 1.10 a step was an operator like others. */
const STEP_CATEGORIES = new Uint8Array(256)
for (const category of ['annotation', 'op', 'nvtx'] as const) STEP_CATEGORIES[CATEGORY[category]] = 1

/** What figures are computed over. */
export function stretchOf({ kind, startNs, endNs }: TraceWindow): Stretch {
  return kind === 'whole' ? { startNs, endNs, whole: true } : { startNs, endNs }
}
