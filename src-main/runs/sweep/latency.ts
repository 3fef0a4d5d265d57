import { type LatencyMs, PERCENTILE_NAMES, PERCENTILES, type Point } from '#domain/point.ts'
import { percentileBounds } from '#stats/bounds.ts'
import { deviation, mean, nearestRank } from '#stats/load-windows.ts'

const NS_PER_MS = 1e6

export interface PooledLatency {
  latencyMs: LatencyMs
  boundsMs: NonNullable<Point['boundsMs']>
}

/**
 * Mean, sample standard deviation and perf_analyzer's nearest-rank percentiles of pooled latencies.
 * @param sortedNs ascending, n ≥ 1; not changed
 */
export function pooledLatency(sortedNs: Float64Array): PooledLatency {
  const sortedMs = sortedNs.map(ns => ns / NS_PER_MS)
  const std = deviation(sortedMs)
  const latencyMs: LatencyMs = {
    mean: mean(sortedMs),
    min: nearestRank(sortedMs, 0),
    max: nearestRank(sortedMs, 100),
    ...(std === undefined ? {} : { std }),
  }
  const boundsMs: PooledLatency['boundsMs'] = {}
  for (const name of PERCENTILE_NAMES) {
    latencyMs[name] = nearestRank(sortedMs, PERCENTILES[name])
    boundsMs[name] = percentileBounds(sortedMs, PERCENTILES[name])
  }
  return { latencyMs, boundsMs }
}
