import { type LatencyMs, PERCENTILE_NAMES, PERCENTILES, type PercentileBounds } from '#domain/point.ts'
import { percentileBounds } from './bounds.ts'
import { at, percentile } from './percentile.ts'

/** A point's figures over its counted samples. What could not be computed is absent, never 0 or NaN. */
export interface LatencySummary {
  /** Samples counted: all but the warm-up. */
  count: number
  latencyMs: LatencyMs
  /** By percentile name. */
  boundsMs: Record<string, PercentileBounds>
  /** Sum of the counted latencies. */
  sumMs: number
  /** Batch items per second: batch × count ÷ their sum; absent where that sum is 0. */
  inferPerSec(batch: number): number | undefined
}

/**
 * Mean, sample standard deviation (n − 1, Welford), extremes, percentiles (type 7) and their 95 % bounds.
 * @param latenciesMs every latency in order of measurement, ms; not changed
 * @param warmup leading samples that are not counted; more than there are: none is left
 * @throws RangeError when a latency is negative or not a number, or `warmup` is not an integer ≥ 0
 */
export function summarizeLatencies(latenciesMs: Float64Array, warmup: number): LatencySummary {
  if (!Number.isInteger(warmup) || warmup < 0) throw new RangeError(`Warm-up of ${warmup} samples`)
  const counted = latenciesMs.subarray(warmup)
  let [mean, squares, sumMs] = [0, 0, 0]
  for (const [index, value] of counted.entries()) {
    if (!(value >= 0 && value < Number.POSITIVE_INFINITY)) throw new RangeError(`Latency ${value} ms at ${index}`)
    const step = value - mean
    mean += step / (index + 1)
    squares += step * (value - mean)
    sumMs += value
  }
  const count = counted.length
  const rate = (batch: number) => (sumMs === 0 ? undefined : (batch * count * 1000) / sumMs)
  if (count === 0) return { count, latencyMs: {}, boundsMs: {}, sumMs, inferPerSec: rate }

  const sorted = counted.toSorted()
  const latencyMs: LatencyMs = { mean, min: at(sorted, 0), max: at(sorted, count - 1) }
  if (count > 1) latencyMs.std = Math.sqrt(squares / (count - 1))
  const boundsMs: LatencySummary['boundsMs'] = {}
  for (const name of PERCENTILE_NAMES) {
    latencyMs[name] = percentile(sorted, PERCENTILES[name])
    boundsMs[name] = percentileBounds(sorted, PERCENTILES[name])
  }
  return { count, latencyMs, boundsMs, sumMs, inferPerSec: rate }
}
