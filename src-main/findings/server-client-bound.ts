import { cannotTell, defineRule } from './define.ts'
import { rowName, rowsOf } from './server-series.ts'

/** Whether the load generator was the limit of any point. Thresholds and reasons: `runs/sweep/flags.ts`. */
export const serverClientBound = defineRule({
  id: 'server-client-bound',
  title: 'The load generator was the limit',
  needs: ['server'],
  source: "perf_analyzer's client overhead warning; own CPU share and loopback rate of the generator",
  judge({ server: { points } }) {
    const rows = rowsOf(points).filter(({ point }) => point.client?.cpuCores !== undefined)
    if (rows.length === 0) return cannotTell('The cost of the client is not known for any point')
    const bound = rows.filter(({ point }) => point.flags.includes('client-bound'))
    const evidence = (bound.length > 0 ? bound : rows).slice(0, 5).map(row => ({
      label: `${rowName(row)}, cores of the client`,
      value: Math.round(100 * (row.point.client?.cpuCores ?? 0)) / 100,
    }))
    const [first] = bound
    if (first === undefined) {
      return { verdict: 'no', confidence: 0.9, statement: 'The client had time to spare at every point', evidence }
    }
    return {
      verdict: 'yes',
      confidence: 0.8,
      statement: `At ${bound.length} of ${rows.length} points the client was near its own limit, first at ${rowName(first)}`,
      detail: 'The server may do more than these points show.',
      evidence,
      next: [
        'Measure from another machine',
        '--shared-memory system, so that the client moves less data',
        'Use several clients',
      ],
    }
  },
})
