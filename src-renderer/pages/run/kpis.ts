import {
  ABSENT,
  formatLatency,
  formatMemory,
  formatRate,
  formatSignificant,
  type LatencyUnit,
  type MemoryUnit,
} from '#domain/display.ts'
import type { Point } from '#domain/point.ts'
import { flagText } from '#domain/point-flags.ts'

/** A figure of the strip above a run: always four, with "–" until there is something to say, so that nothing jumps. */
export interface Kpi {
  label: string
  value: string
  unit?: string
  /** Where the figure comes from. */
  note?: string
  /** What to know before trusting it, in two words. */
  flag?: string
}

type Figure = Omit<Kpi, 'label'>

const NOTHING: Figure = { value: ABSENT }

export interface DisplayUnits {
  latencyUnit: LatencyUnit
  memoryUnit: MemoryUnit
}

export function runKpis(points: readonly Point[], units: DisplayUnits): Kpi[] {
  const done = points.filter(point => point.status === 'done')
  return [
    { label: 'Best throughput', ...throughput(done, units) },
    { label: 'Lowest latency', ...lowestLatency(done, units) },
    { label: 'Tail, p99 ÷ median', ...tail(done) },
    { label: 'Peak memory', ...peakMemory(done, units) },
  ]
}

/** The point with the highest throughput. */
export function bestPoint(points: readonly Point[]): Point | undefined {
  return highest(points, point => (point.status === 'done' ? point.inferPerSec : undefined))
}

function throughput(points: readonly Point[], units: DisplayUnits): Figure {
  const best = bestPoint(points)
  if (best === undefined) return NOTHING
  const perBatch = best.latencyMs?.p50
  const cost = perBatch === undefined ? '' : `, ${formatLatency(perBatch, units.latencyUnit)} per batch`
  return { value: formatRate(best.inferPerSec), unit: 'FPS', note: `${where(best, points)}${cost}`, ...flagOf(best) }
}

function lowestLatency(points: readonly Point[], units: DisplayUnits): Figure {
  const best = highest(points, point => (point.latencyMs?.p50 === undefined ? undefined : -point.latencyMs.p50))
  if (best === undefined) return NOTHING
  const { value, unit } = split(formatLatency(best.latencyMs?.p50, units.latencyUnit))
  const p99 = best.latencyMs?.p99
  const note = p99 === undefined ? '' : `, p99 ${openEnded(best)}${formatLatency(p99, units.latencyUnit)}`
  return { value, unit, note: `${where(best, points)}${note}`, ...flagOf(best) }
}

/** At the best throughput, since that is the point people deploy; the worst is named beside it. */
function tail(points: readonly Point[]): Figure {
  const best = bestPoint(points)
  const ratio = best === undefined ? undefined : tailRatio(best)
  const worst = highest(points, tailRatio)
  const worstRatio = worst === undefined ? undefined : tailRatio(worst)
  if (best === undefined || ratio === undefined || worst === undefined || worstRatio === undefined) return NOTHING
  const note =
    worst === best
      ? `${where(best, points)}, the worst`
      : `${where(best, points)}; worst at ${where(worst, points)}: ${openEnded(worst)}${formatSignificant(worstRatio)}×`
  return { value: `${openEnded(best)}${formatSignificant(ratio)}×`, note }
}

function peakMemory(points: readonly Point[], units: DisplayUnits): Figure {
  const highestPoint = highest(points, point => point.peakBytes)
  if (highestPoint === undefined) return NOTHING
  return {
    value: formatMemory(highestPoint.peakBytes, units.memoryUnit),
    unit: units.memoryUnit,
    note: where(highestPoint, points),
  }
}

/** The first flag of the point, in words. */
export function flagOf({ flags }: Point): Pick<Figure, 'flag'> {
  const [first] = flags
  return first === undefined ? {} : { flag: flagText(first).title }
}

/** p99 ÷ median. */
function tailRatio({ latencyMs }: Point): number | undefined {
  if (latencyMs?.p50 === undefined || latencyMs.p99 === undefined || latencyMs.p50 === 0) return undefined
  return latencyMs.p99 / latencyMs.p50
}

/** "≥ " where the samples bound p99 only from below. */
function openEnded({ boundsMs }: Point): string {
  return boundsMs?.p99 !== undefined && boundsMs.p99.upperMs === undefined ? '≥ ' : ''
}

/** "batch 16", with the runtime where the run has more than one. */
function where(point: Point, points: readonly Point[]): string {
  const severalRuntimes = new Set(points.map(one => one.runtime)).size > 1
  return severalRuntimes ? `batch ${point.batch}, ${point.runtime}` : `batch ${point.batch}`
}

/** The point with the highest value; those without one are passed over. */
export function highest(points: readonly Point[], of: (point: Point) => number | undefined): Point | undefined {
  let best: { point: Point; value: number } | undefined
  for (const point of points) {
    const value = of(point)
    if (value !== undefined && (best === undefined || value > best.value)) best = { point, value }
  }
  return best?.point
}

/** "3.52 ms" → number and unit, for a figure with a smaller unit beside it. */
export function split(text: string): { value: string; unit: string } {
  const space = text.lastIndexOf(' ')
  return { value: text.slice(0, space), unit: text.slice(space + 1) }
}
