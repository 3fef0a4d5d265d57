import { formatLatency } from '#domain/display.ts'
import type { PartName, Point } from '#domain/point.ts'
import { cannotTell, type Judgement, type ServerFacts } from './define.ts'
import { PART_TITLES, partShares, percentText, rowName, rowsOf, type ServerRow, whyNoRows } from './server-series.ts'

/** A part that takes more than half is the largest whatever the others are: halving it is worth more than removing any other. */
const BOUND_SHARE = 0.5

/**
 * Whether some of the parts together take most of a request's time at any point. The shared body of the rules
 * queue-, compute- and network-bound.
 */
export function judgeShare(
  { points }: ServerFacts,
  names: readonly PartName[],
  words: { what: string; detail: string; next: string[] },
): Judgement {
  const shares = knownShares(points, names)
  const [most] = shares
  if (most === undefined) {
    if (rowsOf(points).length === 0) return cannotTell(whyNoRows(points))
    return points.some(({ partsMs }) => partsMs?.queue !== undefined)
      ? cannotTell('The response cache answered: compute is of the misses alone, and the parts do not add up')
      : cannotTell('Without statistics of the server the parts of a request are unknown', {
          next: ['Measure where the server tells them, or give its key: batchscope sweep URL --access-token TOKEN'],
        })
  }
  const bound = shares.filter(({ share }) => share > BOUND_SHARE)
  const evidence = shares.slice(0, 5).map(({ row, share }) => ({
    label: rowName(row),
    value: Math.round(1000 * share) / 10,
    unit: '%',
  }))
  if (bound.length === 0) {
    return {
      verdict: 'no',
      confidence: clamp((BOUND_SHARE - most.share) * 2),
      statement: `At no point does ${words.what} take most of a request; at most ${percentText(most.share)}`,
      evidence,
    }
  }
  return {
    verdict: 'yes',
    confidence: clamp((most.share - BOUND_SHARE) * 2),
    statement: `${upper(words.what)} takes ${percentText(most.share)} of a request at ${rowName(most.row)}${others(bound.length)}`,
    detail: `${partsText(most.row, names)}. ${words.detail}`,
    evidence,
    next: words.next,
  }
}

/** Points whose parts add up, with the share of these parts, largest first. */
export function knownShares(points: readonly Point[], names: readonly PartName[]): { row: ServerRow; share: number }[] {
  return rowsOf(points)
    .filter(({ point }) => point.partsMs?.queue !== undefined && !point.flags.includes('cache-parts'))
    .map(row => ({ row, share: partShares([row], names) ?? 0 }))
    .toSorted((a, b) => b.share - a.share)
}

function others(count: number): string {
  return count === 1 ? '' : `, and more than half at ${count} points in all`
}

function partsText({ point, meanMs }: ServerRow, names: readonly PartName[]): string {
  const parts = names.flatMap(name => {
    const ms = point.partsMs?.[name]
    return ms === undefined ? [] : [`${PART_TITLES[name]} ${formatLatency(ms)}`]
  })
  return `${parts.join(', ')} of ${formatLatency(meanMs)}`
}

/** Never certain: parts are means, and a mean hides two kinds of requests. */
function clamp(confidence: number): number {
  return Math.min(0.95, Math.max(0.3, confidence))
}

function upper(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
