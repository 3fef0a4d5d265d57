import { formatMs, formatRate } from '#domain/display.ts'
import type { Notice } from '#domain/run.ts'
import type { SearchSpec } from '#domain/search-spec.ts'
import { type Measurement, ranking, type Space, untried } from './explore.ts'

type Limits = Pick<SearchSpec, 'top' | 'percentile' | 'latencyThresholdMs'>

/** What a search found, for the reader: the best in order, or the nearest where none keeps the constraint. Pure. */
export function outcomeNotices(space: Space, measured: readonly Measurement[], spec: Limits): Notice[] {
  const notices: Notice[] = []
  const best = ranking(space, measured).slice(0, spec.top)
  if (best.length > 0) {
    const rows = best.map(({ candidate, concurrency, inferPerSec, latencyMs, runs }, index) => {
      const tail = latencyMs === undefined ? '' : `, p${spec.percentile} ${formatMs(latencyMs)} ms`
      const times = runs.length === 1 ? 'one run' : `median of ${runs.length} runs`
      return `${index + 1}. ${candidate.id} at concurrency ${concurrency}: ${formatRate(inferPerSec)} infer/s${tail} (${times})`
    })
    const within =
      spec.latencyThresholdMs === undefined
        ? ''
        : ` with p${spec.percentile} at most ${formatMs(spec.latencyThresholdMs)} ms`
    notices.push({ level: 'info', text: `Most throughput${within}: ${rows.join('; ')}.` })
  } else {
    notices.push({ level: 'warning', text: nearestText(measured, spec) })
  }
  const missing = untried(space, measured)
  if (missing.length > 0) {
    const names = missing.map(({ id }) => id).join('; ')
    notices.push({
      level: 'warning',
      text: `Not tried within ${space.maxMeasurements} measurements: ${names}. Allow more with --max-measurements.`,
    })
  }
  return notices
}

function nearestText(measured: readonly Measurement[], spec: Limits): string {
  const nearest = measured
    .flatMap(one => (one.latencyMs === undefined ? [] : [{ ...one, latencyMs: one.latencyMs }]))
    .toSorted((a, b) => a.latencyMs - b.latencyMs)[0]
  if (nearest === undefined || spec.latencyThresholdMs === undefined) return 'No configuration could be measured.'
  const { candidateId, concurrency, latencyMs, inferPerSec } = nearest
  const rate = inferPerSec === undefined ? '' : `, ${formatRate(inferPerSec)} infer/s`
  // A point ends with the first window that breaks the limit, even where its windows together keep it.
  const but = latencyMs <= spec.latencyThresholdMs ? ' over all its windows, but one of them broke the limit' : ''
  return (
    `No configuration keeps p${spec.percentile} at or under ${formatMs(spec.latencyThresholdMs)} ms. ` +
    `Nearest: ${candidateId} at concurrency ${concurrency}: p${spec.percentile} ${formatMs(latencyMs)} ms${but}${rate}.`
  )
}
