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

/** A smaller loss is inside what placement in memory changes from process to process. */
const MIN_LOSS = 0.05

const MEASURE_AGAIN = ['Close other programs', 'batchscope bench MODEL --repeat 3']

interface Fall {
  label: string
  best: BatchRow
  worst: BatchRow
}

/** Whether a larger batch is slower per sample than a smaller one, beyond the spread of both. */
export const throughputFalls = defineRule({
  id: 'throughput-falls',
  title: 'Throughput falls at large batches',
  needs: ['points'],
  source:
    'Working set beyond the cache, or memory bandwidth: the roofline of Williams, Waterman and Patterson, CACM 52(4), 2009',
  judge({ points }) {
    const series = batchSeries(points).filter(({ rows }) => rows.length > 1)
    if (series.length === 0) return cannotTell('Fewer than two batches were measured')
    const falls = series.flatMap(({ label, rows }) => fallOf(label, rows))
    const [deepest] = falls.toSorted((a, b) => lossOf(b) - lossOf(a))
    if (deepest === undefined) return noFall(series)
    return judgeFall(deepest)
  },
})

function noFall(series: readonly BatchSeries[]): Judgement {
  const doubtful = series.flatMap(({ rows }) => rows.flatMap(row => misleadingFlags(row) ?? []))
  if (doubtful.length > 0) {
    const why = [...new Set(doubtful)].map(id => flagText(id).title).join(', ')
    return cannotTell(`No clear fall, but the points can't be trusted: ${why}`, { next: MEASURE_AGAIN })
  }
  return {
    verdict: 'no',
    confidence: 0.8,
    statement: 'No batch falls below a smaller one by more than the spread of both',
  }
}

function judgeFall({ label, best, worst }: Fall): Judgement {
  const evidence = [best, worst].flatMap(({ batch, perSec, spreadPerSec }) => [
    { label: `${label} batch ${batch}`.trim(), value: perSec, unit: 'FPS' },
    { label: `${label} batch ${batch}, spread to p90`.trim(), value: spreadPerSec, unit: 'FPS' },
  ])
  const doubtful = misleadingFlags(best) ?? misleadingFlags(worst)
  if (doubtful !== undefined) {
    const why = doubtful.map(id => flagText(id).title).join(', ')
    return cannotTell(`${upper(rowText(worst))} after ${rowText(best)}, but the points can't be trusted: ${why}`, {
      evidence,
      next: MEASURE_AGAIN,
    })
  }
  const on = label === '' ? '' : ` on ${label}`
  const [loss, spread] = [best.perSec - worst.perSec, Math.max(best.spreadPerSec, worst.spreadPerSec)]
  return {
    verdict: 'yes',
    confidence: Math.min(0.95, 1 - spread / (2 * loss)),
    statement: `Batch ${worst.batch}${on} gives ${shareText(loss / best.perSec)} less throughput than batch ${best.batch}`,
    detail: 'Activations of a large batch often leave the cache; memory then sets the pace.',
    evidence,
    next: [`Use batch ${best.batch}`, 'Compare the peak memory of both points with the size of the last-level cache'],
  }
}

/** The lowest batch behind the best one, when it is lower by more than both spreads. */
function fallOf(label: string, rows: readonly BatchRow[]): Fall[] {
  const best = bestRow(rows)
  const [worst] = rows.filter(row => best && row.batch > best.batch).toSorted((a, b) => a.perSec - b.perSec)
  if (best === undefined || worst === undefined) return []
  const loss = best.perSec - worst.perSec
  const clear = loss > MIN_LOSS * best.perSec && loss > Math.max(best.spreadPerSec, worst.spreadPerSec)
  return clear ? [{ label, best, worst }] : []
}

function lossOf({ best, worst }: Fall): number {
  return 1 - worst.perSec / best.perSec
}

function upper(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}
