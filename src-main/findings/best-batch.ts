import { formatRate } from '#domain/display.ts'
import { flagText } from '#domain/point-flags.ts'
import {
  type BatchRow,
  type BatchSeries,
  batchSeries,
  bestRow,
  misleadingFlags,
  rowText,
  shareText,
} from './batch-series.ts'
import { cannotTell, defineRule, type Judgement } from './define.ts'

/** Two batches show no knee: it needs a slope before and one after. */
const MIN_BATCHES = 3
/** A larger batch costs latency and memory in proportion; 5 % more throughput seldom pays for that. */
const GOOD_ENOUGH = 0.95
/** Three fresh processes agree (else the flag `repeats-differ` stands); one process has one placement in memory and on cores. */
const SURE_REPEATS = 3

/** Which batch gives the most throughput, and the smallest that gives nearly as much. */
export const bestBatch = defineRule({
  id: 'best-batch',
  title: 'Best batch',
  needs: ['points'],
  source: 'Knee of the throughput curve: smallest batch within 5 % of the best median throughput',
  judge({ points }) {
    const series = batchSeries(points).filter(({ rows }) => rows.length >= MIN_BATCHES)
    const [fastest] = series.toSorted((a, b) => rateOf(b) - rateOf(a))
    if (fastest === undefined) {
      return cannotTell(`Fewer than ${MIN_BATCHES} batches were measured`, {
        next: ['batchscope bench MODEL --batch 1,2,4,8,16,32'],
      })
    }
    return { ...judgeSeries(fastest), evidence: series.flatMap(evidenceOf) }
  },
})

function judgeSeries({ label, rows }: BatchSeries): Judgement {
  const { best, knee, last } = kneeOf(rows)
  if (best === undefined || knee === undefined || last === undefined) return cannotTell('No throughput was measured')
  const doubtful = misleadingFlags(knee) ?? misleadingFlags(best)
  if (doubtful !== undefined) {
    return cannotTell(`The deciding points can't be trusted: ${doubtful.map(id => flagText(id).title).join(', ')}`, {
      next: ['Close other programs', 'batchscope bench MODEL --repeat 3'],
    })
  }
  const confidence = Math.min(knee.repeats, best.repeats) >= SURE_REPEATS ? 0.9 : 0.7
  const on = label === '' ? '' : ` on ${label}`
  if (knee === last) {
    return {
      verdict: 'no',
      confidence,
      statement: `Throughput still rises at the largest batch${on} (${rowText(last)}): the best one is not reached`,
      next: [`batchscope bench MODEL --batch ${last.batch},${2 * last.batch},${4 * last.batch}`],
    }
  }
  const rest =
    knee === best ? 'the most of all' : `${shareText(knee.perSec / best.perSec)} of the most (${rowText(best)})`
  return {
    verdict: 'yes',
    confidence,
    statement: `Batch ${knee.batch}${on} gives ${formatRate(knee.perSec)} FPS, ${rest}`,
    detail: `The smallest batch within ${shareText(1 - GOOD_ENOUGH)} of the best median throughput.`,
  }
}

function kneeOf(rows: readonly BatchRow[]) {
  const best = bestRow(rows)
  const knee = rows.find(row => best !== undefined && row.perSec >= GOOD_ENOUGH * best.perSec)
  return { best, knee, last: rows.at(-1) }
}

function rateOf({ rows }: BatchSeries): number {
  return bestRow(rows)?.perSec ?? 0
}

function evidenceOf({ label, rows }: BatchSeries) {
  return rows.map(({ batch, perSec }) => ({
    label: `${label} batch ${batch}`.trim(),
    value: perSec,
    unit: 'FPS',
  }))
}
