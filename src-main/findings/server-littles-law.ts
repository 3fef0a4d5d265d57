import { formatSignificant } from '#domain/display.ts'
import { cannotTell, defineRule } from './define.ts'
import { rowName, rowsOf, type ServerRow, whyNoRows } from './server-series.ts'

/** Edges of windows and the client's time between two requests make up a few percent; sound tables are within 3 %. */
const MOST_OFF = 0.05

/**
 * Little's law: requests in flight = requests per second × their mean latency. In a closed loop that must be the
 * concurrency; where it is not, throughput, latency or concurrency is not what its name says.
 */
export const serverLittlesLaw = defineRule({
  id: 'server-littles-law',
  title: 'Throughput, latency and concurrency contradict each other',
  needs: ['server'],
  source: 'J. Little: A proof for the queuing formula L = λW, Operations Research 9(3), 1961',
  judge({ server: { points } }) {
    // A request without answer occupies its slot and has no latency; a decoupled one ends with its last response.
    const closed = rowsOf(points).filter(
      ({ point }) => point.requestRate === undefined && (point.requests?.errors ?? 0) === 0,
    )
    if (rowsOf(points).length === 0) return cannotTell(whyNoRows(points))
    if (closed.length === 0) return cannotTell('No closed-loop point without errors was measured')
    const checked = closed.map(row => ({ row, inFlight: inFlightOf(row), off: offBy(row) }))
    const [worst] = checked.toSorted((a, b) => b.off - a.off)
    if (worst === undefined) return cannotTell('No closed-loop point was measured')
    const evidence = checked
      .toSorted((a, b) => b.off - a.off)
      .slice(0, 5)
      .map(({ row, inFlight }) => ({
        label: `${rowName(row)}, by throughput × latency`,
        value: Math.round(100 * inFlight) / 100,
      }))
    if (worst.off <= MOST_OFF) {
      return {
        verdict: 'no',
        confidence: 0.95,
        statement: `At every point throughput × latency gives the concurrency, within ${formatSignificant(100 * worst.off)} %`,
        evidence,
      }
    }
    const { concurrency } = worst.row.point
    const isMore = worst.inFlight > concurrency
    return {
      verdict: 'yes',
      confidence: Math.min(0.95, 0.5 + worst.off),
      statement: `At ${rowName(worst.row)} throughput × latency makes ${formatSignificant(worst.inFlight)} requests in flight, not ${concurrency}`,
      detail: isMore
        ? 'More was in flight than the table says: a batch or concurrency is misnamed, or threads of a former step still ran.'
        : 'Slots stood empty: the client did not send at once, or throughput was taken over a longer time than the requests.',
      evidence,
      next: isMore
        ? ['Check batch and concurrency of the table']
        : ['Is the client near its own limit? Look at its processor time'],
    }
  },
})

function inFlightOf({ point, inferPerSec, meanMs }: ServerRow): number {
  return ((inferPerSec / point.batch) * meanMs) / 1000
}

function offBy(row: ServerRow): number {
  return Math.abs(inFlightOf(row) / row.point.concurrency - 1)
}
