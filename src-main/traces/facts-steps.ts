import type { TraceWindow } from '#domain/trace.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import type { IndexedTrack, TraceIndex } from './define.ts'
import { median } from './duration-stats.ts'

/** With fewer, one slow step is half of the picture. */
const LEAST_STEPS = 3
const TENTHS = 10
/** Counters of what is allocated: those of torch and ONNX Runtime, and of nsys `--cuda-memory-usage`. */
const MEMORY = /^(?:Allocated|Memory in use)/

/** Length of the steps, and the first against the others: ns of their CPU ranges. */
export function stepFacts(steps: readonly TraceWindow[]): Pick<TraceFacts, 'steps' | 'coldStart'> {
  const [firstNs, ...later] = steps.map(({ startNs, endNs }) => endNs - startNs)
  if (firstNs === undefined) return {}
  const medianNs = median(Float64Array.of(firstNs, ...later))
  const deviationNs = median(Float64Array.from([firstNs, ...later], ns => Math.abs(ns - medianNs)))
  return {
    steps: { count: steps.length, medianNs, spread: medianNs > 0 ? deviationNs / medianNs : 0 },
    ...(steps.length >= LEAST_STEPS && {
      coldStart: { firstNs, laterMedianNs: median(Float64Array.from(later)), what: 'Length of a step' },
    }),
  }
}

/** Bytes allocated at the end of each step, or of each tenth of the window; from the first sample on. */
export function memoryFacts(
  index: TraceIndex,
  { startNs, endNs }: TraceFacts['window'],
  steps: readonly TraceWindow[],
): TraceFacts['memory'] {
  const tenthNs = (endNs - startNs) / TENTHS
  const moments =
    steps.length > 0
      ? steps.map(step => step.endNs)
      : Array.from({ length: TENTHS }, (_, tenth) => startNs + (tenth + 1) * tenthNs)
  const counters = index.manifest.tracks.filter(
    ({ kind, unit, title }) => kind === 'counter' && unit === 'bytes' && MEMORY.test(title),
  )
  const ofGroup = Map.groupBy(counters, ({ group }) => group)
  return counters.flatMap(track => {
    const bytes = valuesAt(index.samplesOf(track.index), moments)
    return bytes.length > 0 ? [{ device: labelOf(track, ofGroup.get(track.group)?.length ?? 1), bytes }] : []
  })
}

/** @param samples time, value, time, value…   @param moments ascending */
function valuesAt(samples: Float64Array, moments: readonly number[]): number[] {
  const values: number[] = []
  let at = 0
  for (const moment of moments) {
    while (at + 2 < samples.length && (samples[at + 2] ?? 0) <= moment) at += 2
    if ((samples[at] ?? Number.POSITIVE_INFINITY) <= moment) values.push(samples[at + 1] ?? 0)
  }
  return values
}

function labelOf({ group, title }: IndexedTrack, countersOfGroup: number): string {
  return countersOfGroup > 1 ? `${group}, ${title}` : group
}
