import { formatLatency, formatRate } from '#domain/display.ts'
import { cannotTell, defineRule, type Judgement } from './define.ts'
import {
  isTrustworthy,
  type LoadSeries,
  percentText,
  rowsOf,
  type ServerRow,
  seriesByLoad,
  whyNoRows,
} from './server-series.ts'

/** A curve takes so many points before a peak can be told from an end. */
const MIN_POINTS = 4
/** Two measurements of one load differ by less; loads within this of the best power are as good. */
const AS_GOOD = 0.1
/** More of the loads than this as good as the best: there is a plain, no knee. */
const PLAIN = 0.6

interface Knee {
  series: LoadSeries
  /** Loads whose power is as good as the best, ascending, the best among them. */
  near: ServerRow[]
  best: ServerRow
  confidence: number
}

/**
 * Where more concurrency begins to buy more latency than throughput: the load of the greatest power, throughput ÷
 * latency. Below it a server is idle part of the time, above it requests wait.
 */
export const serverKnee = defineRule({
  id: 'server-knee',
  title: 'The throughput–latency curve has a knee',
  needs: ['server'],
  source: 'L. Kleinrock: Power and deterministic rules of thumb for probabilistic problems, ICC 1979',
  judge({ server: { points } }) {
    const series = seriesByLoad(points)
    if (rowsOf(points).length === 0) return cannotTell(whyNoRows(points))
    const long = series.filter(({ rows }) => new Set(rows.map(loadOf)).size >= MIN_POINTS)
    if (long.length === 0) {
      return cannotTell(`A curve takes at least ${MIN_POINTS} concurrencies of one batch`, {
        next: ['batchscope sweep URL --model MODEL --concurrency 1,2,4,8,16,32'],
      })
    }
    const [best] = long.flatMap(kneeOf).toSorted((a, b) => b.confidence - a.confidence)
    return best === undefined ? noKnee(long) : kneeFound(best)
  },
})

function power({ inferPerSec, meanMs }: ServerRow): number {
  return inferPerSec / meanMs
}

function kneeOf(series: LoadSeries): Knee[] {
  const { rows } = series
  const [best] = rows.toSorted((a, b) => power(b) - power(a))
  if (best === undefined) return []
  const near = rows.filter(row => power(row) >= (1 - AS_GOOD) * power(best))
  const share = near.length / rows.length
  // Where the last is as good as the best, the curve has not bent yet.
  if (near.at(-1) === rows.at(-1) || share > PLAIN) return []
  const trusted = rows.filter(isTrustworthy).length / rows.length
  return [{ series, near, best, confidence: Math.min(0.95, 1 - share) * trusted }]
}

function kneeFound({ series, near, best, confidence }: Knee): Judgement {
  const { rows, label } = series
  const [from, to, last] = [near[0] ?? best, near.at(-1) ?? best, rows.at(-1) ?? best]
  const levels = from === to ? String(loadOf(best)) : `${loadOf(best)} (${loadOf(from)} to ${loadOf(to)} are as good)`
  const isFirst = from === rows[0] && loadOf(from) > 1
  return {
    verdict: 'yes',
    confidence,
    statement: `${label}: throughput for its latency is best at concurrency ${levels}; beyond, latency grows faster`,
    detail: `Concurrency ${loadOf(best)} has ${percentText(best.inferPerSec / last.inferPerSec)} of the throughput at ${loadOf(last)} with ${percentText(best.meanMs / last.meanMs)} of its latency.`,
    evidence: rows.map(row => ({
      label: `concurrency ${loadOf(row)}`,
      value: `${formatRate(row.inferPerSec)} infer/s, ${formatLatency(row.meanMs)}`,
    })),
    next: [
      `For short latency keep about ${loadOf(best) === 1 ? 'one request' : `${loadOf(best)} requests`} in flight; more only where throughput matters alone`,
      ...(isFirst ? [`Measure below concurrency ${loadOf(from)}: the knee may lie there`] : []),
    ],
  }
}

function noKnee(long: readonly LoadSeries[]): Judgement {
  const rows = long.flatMap(series => series.rows)
  const top = Math.max(...rows.map(loadOf))
  if (!long.every(isRising)) return cannotTell(`Up to concurrency ${top} no load is clearly better than its neighbours`)
  return {
    verdict: 'no',
    confidence: 0.6,
    statement: `Up to concurrency ${top} throughput grows faster than latency: no knee in what was measured`,
    next: ['Measure with more concurrency'],
  }
}

function isRising({ rows }: LoadSeries): boolean {
  const [first, last] = [rows[0], rows.at(-1)]
  return first !== undefined && last !== undefined && power(last) >= power(first)
}

const loadOf = ({ point }: Pick<ServerRow, 'point'>) => point.concurrency
