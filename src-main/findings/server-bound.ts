import { formatLatency } from '#domain/display.ts'
import type { PartName } from '#domain/point.ts'
import { cannotTell, type Judgement, type ServerFacts } from './define.ts'
import { PART_TITLES, partShares, percentText, rowName, rowsOf, type ServerRow } from './server-series.ts'

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
  const rows = rowsOf(points)
  const known = rows.filter(({ point }) => point.partsMs?.queue !== undefined && !point.flags.includes('cache-parts'))
  if (known.length === 0) {
    return rows.length === 0
      ? cannotTell('No point was measured')
      : cannotTell('The server told no statistics, so the parts of a request are unknown', {
          next: ['Open the statistics of the server, or give --access-token'],
        })
  }
  const shares = known.map(row => ({ row, share: partShares([row], names) ?? 0 })).toSorted((a, b) => b.share - a.share)
  const bound = shares.filter(({ share }) => share > BOUND_SHARE)
  const [most] = shares
  if (most === undefined) return cannotTell('No point was measured')
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
