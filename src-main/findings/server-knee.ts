import { formatLatency, formatRate } from '#domain/display.ts'
import { cannotTell, defineRule } from './define.ts'
import { isTrustworthy, type LoadSeries, percentText, type ServerRow, seriesByLoad } from './server-series.ts'

/** A curve takes so many points before a bend can be told from a line. */
const MIN_POINTS = 4
/** A load step that brings less than this of the ideal gain (throughput in proportion to load) is past the knee. */
const WORTH = 0.5
/** Without this loss of gain at the end the curve has not bent yet. */
const FLAT = 0.25

interface Knee {
  series: LoadSeries
  at: ServerRow
  last: ServerRow
  /** Of the throughput at the end, what the knee has. */
  share: number
  confidence: number
}

/**
 * Where more concurrency stops buying throughput and only buys latency. The knee is the last load up to which every
 * step gained at least half of what a step without queueing would have.
 */
export const serverKnee = defineRule({
  id: 'server-knee',
  title: 'The throughput–latency curve has a knee',
  needs: ['server'],
  source: 'Kleinrock: power and the knee, 1979; asymptotic bounds of closed queueing systems (Lazowska et al., 1984)',
  judge({ server: { points } }) {
    const long = seriesByLoad(points).filter(({ rows }) => rows.length >= MIN_POINTS)
    if (long.length === 0) {
      return cannotTell(`A curve takes at least ${MIN_POINTS} concurrencies of one batch`, {
        next: ['batchscope sweep URL --model MODEL --concurrency 1,2,4,8,16,32'],
      })
    }
    const knees = long.flatMap(kneeOf)
    const [best] = knees.toSorted((a, b) => b.confidence - a.confidence)
    if (best === undefined) {
      const top = Math.max(...long.flatMap(({ rows }) => rows.map(({ point }) => point.concurrency)))
      return {
        verdict: 'no',
        confidence: 0.6,
        statement: `Throughput still grows at concurrency ${top}: no knee in what was measured`,
        next: ['Measure with more concurrency'],
      }
    }
    const { at, last, share } = best
    return {
      verdict: 'yes',
      confidence: best.confidence,
      statement: `${best.series.label}: beyond concurrency ${at.point.concurrency} latency grows and throughput hardly does`,
      detail: `Concurrency ${at.point.concurrency} has ${percentText(share)} of the throughput at ${last.point.concurrency} with ${percentText(at.meanMs / last.meanMs)} of its latency.`,
      evidence: best.series.rows.map(({ point, inferPerSec, meanMs }) => ({
        label: `concurrency ${point.concurrency}`,
        value: `${formatRate(inferPerSec)} infer/s, ${formatLatency(meanMs)}`,
      })),
      next: [`Serve with about ${at.point.concurrency} requests in flight`],
    }
  },
})

function kneeOf(series: LoadSeries): Knee[] {
  const { rows } = series
  const gains = rows.slice(1).map((row, i) => gainOf(rows[i], row))
  const bend = gains.findIndex(gain => gain < WORTH)
  const [at, last] = [rows[bend], rows.at(-1)]
  if (bend < 0 || at === undefined || last === undefined) return []
  const after = gains.slice(bend)
  // One weak step may be noise: past a knee the others are weak too.
  const weak = after.filter(gain => gain < WORTH).length / after.length
  const lastGain = gains.at(-1) ?? 1
  if (weak < 1 && lastGain > FLAT) return []
  const trusted = rows.filter(isTrustworthy).length / rows.length
  const confidence = Math.min(0.95, 0.4 + 0.1 * after.length) * weak * trusted
  return [{ series, at, last, share: at.inferPerSec / last.inferPerSec, confidence }]
}

/** Gain of a load step: 1 where throughput grew in proportion to concurrency, 0 where not at all. */
function gainOf(before: ServerRow | undefined, after: ServerRow): number {
  if (before === undefined) return 1
  const load = after.point.concurrency / before.point.concurrency - 1
  return load === 0 ? 1 : (after.inferPerSec / before.inferPerSec - 1) / load
}
