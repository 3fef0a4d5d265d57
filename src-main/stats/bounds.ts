import type { PercentileBounds } from '#domain/point.ts'
import { at } from './percentile.ts'

/** Probability that a stated bound misses: 95 % confidence. */
const MISS = 0.05

/**
 * Samples that a one-sided 95 % upper bound of a percentile takes: the largest of n exceeds the true percentile with
 * probability 1 − (p/100)^n, so n = ⌈ln 0.05 ÷ ln(p/100)⌉: p50 5, p90 29, p95 59, p99 299.
 * @param p inside 0..100, ends excluded
 * @see S. Wilks: Determination of sample sizes for setting tolerance limits, Ann. Math. Statist. 12(1), 1941
 */
export function samplesNeeded(p: number): number {
  return Math.ceil(Math.log(MISS) / Math.log(p / 100))
}

/**
 * Distribution-free 95 % bounds of a percentile, both of them samples: with K ~ Binomial(n, p/100) samples below the
 * true percentile, it lies under x(l) with probability P(K < l) and over x(u) with P(K ≥ u) (ranks from 1).
 *
 * Two-sided where the samples allow it: each bound misses with at most 2.5 %. Where they don't, each bound stands
 * alone and misses with at most 5 % (one-sided): so 299 samples bound p99 from above, where two-sided takes 368.
 * Where not even the largest sample does, there is no upper bound and `needsSamples` says how many would be enough;
 * where not even the smallest does, the lower bound is 0, for no latency is negative.
 * Like every such bound it takes the samples as independent draws of one state; drift and `lag1` say when they are not.
 * @param sortedMs ascending latencies in ms, n ≥ 1   @param p inside 0..100, ends excluded   @throws RangeError when empty
 * @see H. David, H. Nagaraja: Order Statistics, 3rd edition, §7.1
 */
export function percentileBounds(sortedMs: Float64Array, p: number): PercentileBounds {
  const count = sortedMs.length
  if (count === 0) throw new RangeError('No values to bound a percentile of')
  const tails = binomialTerms(count, p / 100)
  const twoSided = { lower: lowerRank(tails, MISS / 2), upper: upperRank(tails, MISS / 2) }
  const bothFound = twoSided.lower >= 1 && twoSided.upper <= count
  const { lower, upper } = bothFound ? twoSided : { lower: lowerRank(tails, MISS), upper: upperRank(tails, MISS) }
  return {
    lowerMs: lower === 0 ? 0 : at(sortedMs, lower - 1),
    ...(upper > count ? { needsSamples: samplesNeeded(p) } : { upperMs: at(sortedMs, upper - 1) }),
  }
}

/** P(K = first + i), for the values of K that matter. */
interface Terms {
  first: number
  probability: Float64Array
}

/** The largest l with P(K < l) ≤ miss; 0: none. */
function lowerRank({ first, probability }: Terms, miss: number): number {
  let sum = 0
  for (let i = 0; i < probability.length; i++) {
    sum += at(probability, i)
    if (sum > miss) return first + i
  }
  return first
}

/** The smallest u with P(K ≥ u) ≤ miss; more than the count: none. */
function upperRank({ first, probability }: Terms, miss: number): number {
  let sum = 0
  for (let i = probability.length - 1; i >= 0; i--) {
    sum += at(probability, i)
    if (sum > miss) return first + i + 1
  }
  return first
}

/** Terms under this share of the largest change no bound. */
const NEGLIGIBLE = 1e-18

/** Binomial(count, share) by recurrence from its mode outwards, in units of the mode's term: nothing over- or underflows. */
function binomialTerms(count: number, share: number): Terms {
  const mode = Math.min(count, Math.floor((count + 1) * share))
  const odds = share / (1 - share)
  const above = [1]
  for (let k = mode, term = 1; k < count; k++) {
    term *= ((count - k) * odds) / (k + 1)
    if (term < NEGLIGIBLE) break
    above.push(term)
  }
  const under: number[] = []
  for (let k = mode, term = 1; k > 0; k--) {
    term *= k / ((count - k + 1) * odds)
    if (term < NEGLIGIBLE) break
    under.push(term)
  }
  const terms = Float64Array.from([...under.reverse(), ...above])
  let total = 0
  for (const term of terms) total += term
  return { first: mode - under.length, probability: terms.map(term => term / total) }
}
