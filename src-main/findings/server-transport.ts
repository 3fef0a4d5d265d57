import { configurationName } from '#domain/configuration-name.ts'
import { formatLatency } from '#domain/display.ts'
import type { Point } from '#domain/point.ts'
import { cannotTell, defineRule } from './define.ts'
import { isTrustworthy, percentText, rowsOf, type ServerRow, wayOf } from './server-series.ts'

/** Differences below this are within what two measurements of the same way differ by. */
const MIN_SHARE = 0.1

interface Pair {
  at: string
  best: ServerRow
  worst: ServerRow
  /** Of the slower latency, what the faster way saves. */
  saved: number
}

/** What HTTP, gRPC and shared memory cost, from points that differ in nothing else. */
export const serverTransport = defineRule({
  id: 'server-transport',
  title: 'Another way to the server is faster',
  needs: ['server'],
  source: 'Triton docs: inference protocols and shared-memory extensions',
  judge({ server: { points } }) {
    const groups = [...Map.groupBy(rowsOf(points), ({ point }) => placeOf(point)).values()]
    const pairs = groups.flatMap(pairOf)
    if (pairs.length === 0) {
      return cannotTell('No two points differ only in protocol or shared memory', {
        next: ['batchscope sweep http://HOST:8000 grpc://HOST:8001 --model MODEL --shared-memory none,system'],
      })
    }
    const [widest] = pairs.toSorted((a, b) => b.saved - a.saved)
    const evidence = pairs.slice(0, 4).flatMap(({ at, best, worst }) => [
      { label: `${at}, ${wayOf(best.point)}`, value: round(best.meanMs), unit: 'ms' },
      { label: `${at}, ${wayOf(worst.point)}`, value: round(worst.meanMs), unit: 'ms' },
    ])
    if (widest === undefined || widest.saved < MIN_SHARE) {
      return { verdict: 'no', confidence: 0.7, statement: 'All ways to the server take about as long', evidence }
    }
    const { at, best, worst, saved } = widest
    const statement = `${upper(wayOf(best.point))} takes ${formatLatency(best.meanMs)} at ${at}, ${wayOf(worst.point)} ${formatLatency(worst.meanMs)}: ${percentText(saved)} less`
    if (!isTrustworthy(best) || !isTrustworthy(worst)) {
      return cannotTell(`${statement}; but these points have reservations`, {
        evidence,
        next: ['Measure again: --repeat 3'],
      })
    }
    return {
      verdict: 'yes',
      confidence: Math.min(0.95, 0.5 + saved),
      statement,
      evidence,
      next: [`Use ${wayOf(best.point)} where the client can`],
    }
  },
})

/** All that must be equal. Another repeat is another measurement of the same place. */
function placeOf(point: Point): string {
  const { batch, concurrency, requestRate, repeat, shapes } = point
  const level = requestRate === undefined ? `c${concurrency}` : `r${requestRate}`
  return JSON.stringify([configurationName(point) ?? '', batch, level, repeat, shapes])
}

function pairOf(rows: readonly ServerRow[]): Pair[] {
  const ways = new Set(rows.map(({ point }) => wayOf(point)))
  const ascending = rows.toSorted((a, b) => a.meanMs - b.meanMs)
  const [best, worst] = [ascending[0], ascending.at(-1)]
  if (best === undefined || worst === undefined || ways.size < 2 || ways.has('')) return []
  const { batch, concurrency, requestRate } = best.point
  const at = `batch ${batch}, ${requestRate === undefined ? `concurrency ${concurrency}` : `${requestRate} requests/s`}`
  return [{ at, best, worst, saved: 1 - best.meanMs / worst.meanMs }]
}

function round(ms: number): number {
  return Math.round(1000 * ms) / 1000
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
