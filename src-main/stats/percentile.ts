/**
 * Quantile type 7 (linear between order statistics): rank h = (n−1)·p/100, x⌊h⌋ + (h−⌊h⌋)·(x⌊h⌋₊₁ − x⌊h⌋).
 * The default of numpy, R and Excel's PERCENTILE.INC.
 * @param sorted ascending values, n ≥ 1; not copied, not changed   @param p 0..100
 * @throws RangeError when empty or p is outside 0..100
 * @see R. Hyndman, Y. Fan: Sample quantiles in statistical packages, The American Statistician 50(4), 1996
 */
export function percentile(sorted: Float64Array, p: number): number {
  if (sorted.length === 0) throw new RangeError('No values to take a percentile of')
  if (!(p >= 0 && p <= 100)) throw new RangeError(`Percentile ${p} is outside 0..100`)
  const rank = ((sorted.length - 1) * p) / 100
  const below = Math.floor(rank)
  const low = at(sorted, below)
  return low + (rank - below) * (at(sorted, Math.min(below + 1, sorted.length - 1)) - low)
}

/** Median of a sorted series. @throws RangeError when empty */
export function median(sorted: Float64Array): number {
  return percentile(sorted, 50)
}

/** The value at an index that is known to be inside. @throws RangeError when it is not */
export function at(values: Float64Array, index: number): number {
  const value = values[index]
  if (value === undefined) throw new RangeError(`No value at ${index} of ${values.length}`)
  return value
}
