import { cannotTell, defineRule } from './define.ts'
import { type LoadSeries, percentText, rowsOf, seriesByLoad, whyNoRows } from './server-series.ts'

/** Fewer steps show no course to dip from. */
const MIN_STEPS = 3
/** Half of the last of three digits that tables print; whether a larger one is chance, the confidence says. */
const MIN_FALL = 0.0005
/** Two measurements of one load differ by some tenths of a percent; by this much they hardly do. */
const CERTAIN_FALL = 0.03
const SHOWN = 6

interface Dip {
  label: string
  concurrency: number
  /** Of the throughput at the load before. */
  fall: number
}

/**
 * Whether throughput falls from one load to the next higher. In a closed loop a server with more requests in flight is
 * idle less often, so its throughput does not fall, unless it was disturbed or overload itself costs.
 */
export const serverDips = defineRule({
  id: 'server-dips',
  title: 'Throughput falls where load rises',
  needs: ['server'],
  source: 'Closed queueing networks: throughput does not fall with the number of customers (Lazowska et al., 1984)',
  judge({ server: { points } }) {
    if (rowsOf(points).length === 0) return cannotTell(whyNoRows(points))
    const long = seriesByLoad(points).filter(({ rows }) => new Set(rows.map(loadOf)).size > MIN_STEPS)
    if (long.length === 0) return cannotTell(`A course takes more than ${MIN_STEPS} concurrencies of one batch`)
    const steps = long.reduce((sum, { rows }) => sum + rows.length - 1, 0)
    const dips = long.flatMap(dipsOf).toSorted((a, b) => b.fall - a.fall)
    const [deepest] = dips
    if (deepest === undefined) {
      return { verdict: 'no', confidence: 0.9, statement: `Throughput does not fall at any of ${steps} load steps` }
    }
    return {
      verdict: 'yes',
      confidence: Math.min(0.95, 0.3 + (0.65 * deepest.fall) / CERTAIN_FALL),
      statement: `Throughput falls at ${dips.length} of ${steps} load steps, most at concurrency ${deepest.concurrency}: ${percentText(deepest.fall)} less than before it`,
      detail:
        'These points are less steady than their digits, or overload itself costs. A best point among them may be chance.',
      evidence: dips.slice(0, SHOWN).map(({ label, concurrency, fall }) => ({
        label: `${label}, concurrency ${concurrency}`,
        value: -Math.round(1000 * fall) / 10,
        unit: '%',
      })),
      next: ['Measure again, longer or several times: --measurement-interval 10s, --repeat 3'],
    }
  },
})

function dipsOf({ label, rows }: LoadSeries): Dip[] {
  return rows.flatMap((row, index): Dip[] => {
    const before = rows[index - 1]
    if (before === undefined || loadOf(before) === loadOf(row)) return []
    const fall = 1 - row.inferPerSec / before.inferPerSec
    return fall > MIN_FALL ? [{ label, concurrency: loadOf(row), fall }] : []
  })
}

const loadOf = ({ point }: LoadSeries['rows'][number]) => point.concurrency
