import { blockMedians } from './blocks.ts'
import { at, median } from './percentile.ts'

/** How steady a series was. Absent where there are too few samples (2, 3 for lag 1) or the figure has no meaning. */
export interface Stability {
  /** Robust change of the level from first to last counted sample, in percent of the median; negative: faster. */
  driftPercent?: number
  /** Standard deviation ÷ mean, in percent. */
  cvPercent?: number
  /** Autocorrelation of neighbours, −1..1. Near 1: slow changes of level, so samples are not independent. */
  lag1?: number
}

/** Pairs for the slope grow with the square: 64 blocks make 2,016. */
const MAX_BLOCKS = 64

/**
 * Drift (Theil–Sen slope over block medians × span), coefficient of variation, autocorrelation at lag 1.
 * @param latenciesMs every latency in order, ms   @param warmup leading samples that are not counted
 * @see P. Sen: Estimates of the regression coefficient based on Kendall's tau, JASA 63, 1968 (unmoved by 29 % outliers)
 */
export function seriesStability(latenciesMs: Float64Array, warmup: number): Stability {
  const counted = latenciesMs.subarray(warmup)
  const count = counted.length
  if (count < 2) return {}
  let sum = 0
  for (const value of counted) sum += value
  const mean = sum / count
  let [squares, products] = [0, 0]
  for (const [index, value] of counted.entries()) {
    squares += (value - mean) ** 2
    if (index > 0) products += (value - mean) * (at(counted, index - 1) - mean)
  }
  const { medians } = blockMedians(counted, MAX_BLOCKS)
  const middle = median(medians.toSorted())
  const result: Stability = {}
  if (middle > 0) result.driftPercent = (100 * theilSen(medians) * (medians.length - 1)) / middle
  if (mean > 0) result.cvPercent = (100 * Math.sqrt(squares / (count - 1))) / mean
  if (count > 2 && squares > 0) result.lag1 = products / squares
  return result
}

/** Median of the slopes of all pairs, per step. @throws RangeError under two values */
export function theilSen(values: Float64Array): number {
  const slopes: number[] = []
  for (let i = 0; i < values.length; i++) {
    for (let j = i + 1; j < values.length; j++) slopes.push((at(values, j) - at(values, i)) / (j - i))
  }
  return median(Float64Array.from(slopes).sort())
}
