import { configurationName } from './configuration-name.ts'
import type { Point } from './point.ts'

/** Rows of a server table: their order, and which is best. No zod here. */

/** A point with one of these is not what a server can be relied on to do. */
const DISQUALIFIED: readonly string[] = ['over-threshold', 'server-lost', 'contradicts-itself', 'failed']

/**
 * Configuration by configuration in the order they were first measured, inside by load and repeat: a search jumps
 * between them. Points without configurations stay in the order of measurement.
 */
export function inReadingOrder(points: readonly Point[]): Point[] {
  const groups = [...Map.groupBy(points, configurationName).values()]
  if (groups.length < 2) return [...points]
  return groups.flatMap(group =>
    group.toSorted((a, b) => a.batch - b.batch || a.concurrency - b.concurrency || a.repeat - b.repeat),
  )
}

/** The points with most throughput: all repeats of the configuration and load whose median is highest. */
export function bestPoints(points: readonly Point[]): ReadonlySet<Point> {
  const groups = [...Map.groupBy(points, placeOf).values()].flatMap(repeats => {
    const fit = repeats.filter(({ flags }) => !flags.some(flag => DISQUALIFIED.includes(flag)))
    const rates = fit.flatMap(({ inferPerSec }) => inferPerSec ?? []).toSorted((a, b) => a - b)
    const [low, high] = [rates[(rates.length - 1) >> 1], rates[rates.length >> 1]]
    // As in a search: half of the runs over the constraint are as good as all.
    if (low === undefined || high === undefined || 2 * fit.length <= repeats.length) return []
    return [{ repeats: fit, median: (low + high) / 2 }]
  })
  const best = groups.toSorted((a, b) => b.median - a.median)[0]
  return new Set(best?.repeats)
}

function placeOf(point: Point): string {
  const { batch, concurrency, requestRate, transport, shapes } = point
  const { protocol, sharedMemory, url } = transport ?? {}
  const level = requestRate === undefined ? `c${concurrency}` : `r${requestRate}`
  return JSON.stringify([configurationName(point), batch, level, protocol, sharedMemory, url, shapes])
}
