import { ABSENT, formatLatency, formatPercent, formatRate, groupThousands } from '#domain/display.ts'
import { sumOfParts } from '#domain/part-titles.ts'
import type { Point } from '#domain/point.ts'
import { PART_LOOKS } from '../../../charts/parts.ts'
import { bestPoint, type DisplayUnits, flagOf, highest, type Kpi, split } from '../kpis.ts'
import { pointWords } from './point-words.ts'

type Figure = Omit<Kpi, 'label'>
const NOTHING: Figure = { value: ABSENT }

/** @param thresholdMs latency limit of the sweep, and the percentile it is about; absent: the mean */
export interface Threshold {
  limitMs: number
  percentile?: number
}

/** Always four figures, with "–" until there is something to say, so that nothing jumps. */
export function sweepKpis(points: readonly Point[], units: DisplayUnits, threshold?: Threshold): Kpi[] {
  const done = points.filter(point => point.status === 'done')
  const kpis: Kpi[] = [
    { label: 'Best throughput', ...throughput(bestPoint(done), done, units) },
    { label: 'Lowest latency', ...lowestLatency(done, units) },
  ]
  if (threshold !== undefined) {
    const label = `Best under ${formatLatency(threshold.limitMs, units.latencyUnit)} ${thresholdName(threshold)}`
    kpis.push({ label, ...throughput(bestUnder(done, threshold), done, units) })
  }
  kpis.push({ label: 'Largest part, at best throughput', ...largestPart(bestPoint(done), units) })
  // Of imported points no request is known.
  const isImported = done.length > 0 && done.every(point => point.requests === undefined)
  if (threshold === undefined && !isImported) {
    kpis.push({ label: 'Requests', ...requests(done) })
  }
  return kpis
}

function thresholdName({ percentile }: Threshold): string {
  return percentile === undefined ? 'average' : `p${percentile}`
}

/** The fastest point whose latency keeps the limit. */
export function bestUnder(points: readonly Point[], { limitMs, percentile }: Threshold): Point | undefined {
  const latency = ({ latencyMs = {}, otherPercentilesMs = {} }: Point) =>
    percentile === undefined
      ? latencyMs.mean
      : ({ ...otherPercentilesMs, ...latencyMs } as Readonly<Record<string, number | undefined>>)[`p${percentile}`]
  return bestPoint(points.filter(point => (latency(point) ?? Number.POSITIVE_INFINITY) <= limitMs))
}

function throughput(best: Point | undefined, points: readonly Point[], units: DisplayUnits): Figure {
  if (best === undefined) return NOTHING
  const p95 = best.latencyMs?.p95
  const cost = p95 === undefined ? '' : `, p95 ${formatLatency(p95, units.latencyUnit)}`
  return {
    value: formatRate(best.inferPerSec),
    unit: 'infer/s',
    note: `${pointWords(best, points)}${cost}`,
    ...flagOf(best),
  }
}

function lowestLatency(points: readonly Point[], units: DisplayUnits): Figure {
  const typical = ({ latencyMs }: Point) => latencyMs?.p50 ?? latencyMs?.mean
  const best = highest(points, point => {
    const ms = typical(point)
    return ms === undefined ? undefined : -ms
  })
  if (best === undefined) return NOTHING
  const p99 = best.latencyMs?.p99
  const note = p99 === undefined ? '' : `, p99 ${formatLatency(p99, units.latencyUnit)}`
  return {
    ...split(formatLatency(typical(best), units.latencyUnit)),
    note: `${pointWords(best, points)}${note}`,
    ...flagOf(best),
  }
}

/** Where the time goes at the point people look at first. */
function largestPart(best: Point | undefined, units: DisplayUnits): Figure {
  const sum = sumOfParts(best?.partsMs)
  if (best?.partsMs?.queue === undefined || sum === undefined || sum === 0) return NOTHING
  const { partsMs } = best
  const [largest] = PART_LOOKS.map(({ name, title }) => ({ title, ms: partsMs[name] ?? 0 })).toSorted(
    (a, b) => b.ms - a.ms,
  )
  if (largest === undefined) return NOTHING
  const { value, unit } = split(formatPercent((100 * largest.ms) / sum))
  return { value, unit, note: `${largest.title}, ${formatLatency(largest.ms, units.latencyUnit)}` }
}

function requests(points: readonly Point[]): Figure {
  const counted = points.flatMap(({ requests: own }) => own ?? [])
  if (counted.length === 0) return NOTHING
  const sum = (of: (own: (typeof counted)[number]) => number) => counted.reduce((total, own) => total + of(own), 0)
  const errors = sum(own => own.errors)
  return {
    value: groupThousands(String(sum(own => own.completed))),
    note: errors === 0 ? 'counted, none failed' : `counted; ${groupThousands(String(errors))} more failed`,
    ...(errors === 0 ? {} : { flag: 'errors' }),
  }
}
