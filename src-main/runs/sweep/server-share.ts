import type { PartsMs, Point } from '#domain/point.ts'
import type { ModelStatistics } from '#domain/server.ts'
import { ensembleParts, serverCounts, serverParts, statisticsDelta } from '#stats/server-parts.ts'

/** What the server says of the counted windows. */
export interface ServerShare {
  partsMs?: PartsMs
  server?: NonNullable<Point['server']>
  /** Its counts fell: the model was loaded again meanwhile. */
  reloaded: boolean
}

/**
 * Growth of the statistics over the counted windows, and the parts of a request in it.
 * Nothing where a snapshot is missing or no request of the model was counted.
 * @param before,after snapshots at both ends: the model and, of an ensemble, the models it is made of
 */
export function serverShare(
  model: string,
  before: readonly ModelStatistics[],
  after: readonly ModelStatistics[],
): ServerShare {
  try {
    const deltas = after.flatMap(end => {
      const start = before.find(({ name, version }) => name === end.name && version === end.version)
      return start === undefined ? [] : [statisticsDelta(start, end)]
    })
    const own = busiest(deltas.filter(({ name }) => name === model))
    if (own === undefined || own.success.count === 0) return { reloaded: false }
    const composing = deltas.filter(({ name, success }) => name !== model && success.count > 0)
    return {
      partsMs: composing.length > 0 ? ensembleParts(own, composing) : serverParts(own),
      server: { model: serverCounts(own), composing: composing.map(serverCounts) },
      reloaded: false,
    }
  } catch (thrown) {
    if (thrown instanceof RangeError) return { reloaded: true }
    throw thrown
  }
}

/** Without a version asked for, the one that answered: as perf_analyzer takes the one whose counts moved. */
function busiest(deltas: readonly ModelStatistics[]): ModelStatistics | undefined {
  return deltas.toSorted((a, b) => b.success.count - a.success.count)[0]
}
