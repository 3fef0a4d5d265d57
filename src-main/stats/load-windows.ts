import { at } from './percentile.ts'

/** perf_analyzer's arithmetic over measurement windows. Source: src/inference_profiler.cc, 2.51 and 2.60; checked digit by digit against its profile exports. */

/** Windows the verdict looks at, and the report merges. */
export const COUNTED_WINDOWS = 3

const NS_PER_S = 1e9

/**
 * Quantile by nearest rank as perf_analyzer reports it: index floor(p/100·(n−1)+0.5), no interpolation.
 * @param sorted ascending, n ≥ 1   @param p 0..100   @returns one of the samples   @throws RangeError when empty
 */
export function nearestRank(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) throw new RangeError('No values to take a percentile of')
  return at(sorted, Math.floor((p / 100) * (sorted.length - 1) + 0.5))
}

export interface WindowOutcome {
  inferPerSec: number
  /** Mean or the chosen percentile; absent when no request ended in the window. */
  latency?: number
}

/**
 * A window as the stability rule sees it. Latency in the unit of `latencies`.
 * @param latencies of the requests that ended in it, any order   @param batch items a request
 * @param percentile absent: the mean
 */
export function windowOutcome(
  latencies: Float64Array,
  { batch, durationNs, percentile }: { batch: number; durationNs: number; percentile?: number | undefined },
): WindowOutcome {
  if (latencies.length === 0) return { inferPerSec: 0 }
  const inferPerSec = (latencies.length * batch * NS_PER_S) / durationNs
  const latency = percentile === undefined ? mean(latencies) : nearestRank(latencies.toSorted(), percentile)
  return { inferPerSec, latency }
}

/**
 * Stable: at least three windows, and over the last three no throughput is 0 and the ratio of highest to lowest is at
 * most 1 + s for throughput and for latency.
 * @param stabilityPercentage s in percent, perf_analyzer's --stability-percentage
 */
export function isStable(windows: readonly WindowOutcome[], stabilityPercentage: number): boolean {
  const last = windows.slice(-COUNTED_WINDOWS)
  if (last.length < COUNTED_WINDOWS) return false
  const latencies = last.flatMap(({ latency }) => (latency === undefined ? [] : [latency]))
  const rates = last.map(({ inferPerSec }) => inferPerSec)
  return (
    latencies.length === COUNTED_WINDOWS && within(rates, stabilityPercentage) && within(latencies, stabilityPercentage)
  )
}

/** With three windows measured, one of the last three is over the limit: no need to go on. */
export function isOverThreshold(windows: readonly WindowOutcome[], threshold: number | undefined): boolean {
  if (threshold === undefined || windows.length < COUNTED_WINDOWS) return false
  return windows.slice(-COUNTED_WINDOWS).some(({ latency = 0 }) => latency > threshold)
}

function within(values: readonly number[], percentage: number): boolean {
  const lowest = Math.min(...values)
  return lowest > 0 && Math.max(...values) / lowest <= 1 + percentage / 100
}

/** Latencies of several windows in one ascending array. */
export function pooled(windows: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(windows.reduce((sum, { length }) => sum + length, 0))
  let end = 0
  for (const window of windows) {
    all.set(window, end)
    end += window.length
  }
  return all.sort()
}

/** @throws RangeError when empty */
export function mean(values: Float64Array): number {
  if (values.length === 0) throw new RangeError('No values to take a mean of')
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}

/** Sample standard deviation, Σ(x−mean)² ÷ (n−1); undefined below two values. */
export function deviation(values: Float64Array): number | undefined {
  if (values.length < 2) return undefined
  const middle = mean(values)
  let sum = 0
  for (const value of values) sum += (value - middle) ** 2
  return Math.sqrt(sum / (values.length - 1))
}
