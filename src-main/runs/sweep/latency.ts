import { type LatencyMs, PERCENTILE_NAMES, PERCENTILES, type Point } from '#domain/point.ts'
import { percentileBounds } from '#stats/bounds.ts'
import { nearestRank } from '#stats/load-windows.ts'

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
  const count = sortedMs.length
  const mean = meanOf(sortedMs)
  const latencyMs: LatencyMs = { mean, min: nearestRank(sortedMs, 0), max: nearestRank(sortedMs, 100) }
  if (count > 1) {
    latencyMs.std = Math.sqrt(sortedMs.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1))
  }
  const boundsMs: PooledLatency['boundsMs'] = {}
  for (const name of PERCENTILE_NAMES) {
    latencyMs[name] = nearestRank(sortedMs, PERCENTILES[name])
    boundsMs[name] = percentileBounds(sortedMs, PERCENTILES[name])
  }
  return { latencyMs, boundsMs }
}

/** What the stability rule looks at in one window: mean or chosen percentile, ms. Absent where nothing ended in it. */
export function windowLatencyMs(latenciesNs: Float64Array, percentile: number | undefined): number | undefined {
  if (latenciesNs.length === 0) return undefined
  const ns = percentile === undefined ? meanOf(latenciesNs) : nearestRank(latenciesNs.toSorted(), percentile)
  return ns / NS_PER_MS
}

function meanOf(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
