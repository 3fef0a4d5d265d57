import { at } from './percentile.ts'

/** perf_analyzer's arithmetic over measurement windows. Source: src/inference_profiler.cc, 2.51 and 2.60; checked digit by digit against its profile exports. */

/** Windows the verdict looks at, and the report merges. */
export const COUNTED_WINDOWS = 3

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
 * Stable: at least three windows, and over the last three no throughput is 0 and the ratio of highest to lowest is at
 * most 1 + s for throughput and for latency.
 * @param stabilityPercentage s in percent, perf_analyzer's --stability-percentage
 */
export function isStable(windows: readonly WindowOutcome[], stabilityPercentage: number): boolean {
  const last = windows.slice(-COUNTED_WINDOWS)
  if (last.length < COUNTED_WINDOWS) return false
  const latencies = last.flatMap(({ latency }) => (latency === undefined ? [] : [latency]))
  return (
    latencies.length === COUNTED_WINDOWS &&
    within(
      last.map(({ inferPerSec }) => inferPerSec),
      stabilityPercentage,
    ) &&
    within(latencies, stabilityPercentage)
  )
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
