import type { TensorDifference, Tolerance } from '#domain/correctness.ts'
import { topAgreement } from './top-agreement.ts'

type Numbers = ArrayLike<number>

/**
 * How far `candidate` (b) is from `base` (a), element by element, in float64. Over pairs finite in both:
 * - absolute error |b − a|, relative error |b − a| ÷ |a| where a ≠ 0: maximum and mean
 * - cosine Σab ÷ (‖a‖·‖b‖); SNR 10·log₁₀(Σa² ÷ Σ(b − a)²) dB; drift ‖b − a‖ ÷ ‖a‖ = 10^(−SNR ÷ 20)
 *
 * The verdict is numpy.allclose's, |b − a| ≤ atol + rtol·|a| for every element, `equal_nan=False`: infinities of the same
 * sign are equal, a NaN equals nothing. Where the base itself has NaN nothing can be told.
 * @param base values in C order, `shape` elements   @param candidate as many
 * @throws RangeError when the lengths do not fit the shape
 * @see numpy.isclose; golden values by numpy in test/golden/stats/tensors.json
 */
export function tensorDifference(
  base: Numbers,
  candidate: Numbers,
  shape: readonly number[],
  tolerance: Tolerance,
): TensorDifference {
  const count = shape.reduce((product, size) => product * size, 1)
  if (base.length !== count || candidate.length !== count) {
    throw new RangeError(`${base.length} and ${candidate.length} values for ${count} elements`)
  }
  const sums = summed(base, candidate, tolerance)
  const { compared, signal, other, noise, product, relatives, maxAbs, maxRel, worstAt } = sums
  const norms = Math.sqrt(signal) * Math.sqrt(other)
  return {
    shape: [...shape],
    count,
    compared,
    ...(compared === 0 ? {} : { maxAbs, meanAbs: sums.absSum / compared }),
    ...(relatives === 0 ? {} : { maxRel, meanRel: sums.relSum / relatives }),
    baseZeros: compared - relatives,
    ...(norms > 0 ? { cosine: Math.max(-1, Math.min(1, product / norms)) } : {}),
    ...(signal > 0 && noise > 0 ? { snrDb: 10 * Math.log10(signal / noise) } : {}),
    ...(signal > 0 ? { drift: Math.sqrt(noise / signal) } : noise === 0 && compared > 0 ? { drift: 0 } : {}),
    ...topAgreement(base, candidate, shape),
    ...(worstAt < 0 ? {} : { worst: worstOf(base, candidate, shape, worstAt) }),
    nan: sums.nan,
    infinite: sums.infinite,
    tolerance,
    beyond: sums.beyond,
    ...verdictOf(sums, count),
  }
}

function summed(base: Numbers, candidate: Numbers, { atol, rtol }: Tolerance) {
  const sums = {
    compared: 0,
    absSum: 0,
    relSum: 0,
    relatives: 0,
    signal: 0,
    other: 0,
    noise: 0,
    product: 0,
    maxAbs: 0,
    maxRel: 0,
    beyond: 0,
    worstAt: -1,
    nan: { base: 0, candidate: 0 },
    infinite: { base: 0, candidate: 0 },
  }
  let torn = -1
  for (let i = 0; i < base.length; i++) {
    const a = base[i] ?? Number.NaN
    const b = candidate[i] ?? Number.NaN
    if (!Number.isFinite(a) || !Number.isFinite(b)) {
      countOdd(sums.nan, sums.infinite, a, b)
      if (a === b) continue
      sums.beyond++
      if (torn < 0) torn = i
      continue
    }
    const error = Math.abs(b - a)
    sums.compared++
    sums.absSum += error
    sums.signal += a * a
    sums.other += b * b
    sums.noise += error * error
    sums.product += a * b
    if (a !== 0) {
      const relative = error / Math.abs(a)
      sums.relatives++
      sums.relSum += relative
      if (relative > sums.maxRel) sums.maxRel = relative
    }
    if (error > sums.maxAbs || sums.worstAt < 0) {
      sums.maxAbs = error
      sums.worstAt = i
    }
    if (error > atol + rtol * Math.abs(a)) sums.beyond++
  }
  if (torn >= 0) sums.worstAt = torn
  return sums
}

interface PerSide {
  base: number
  candidate: number
}

function countOdd(nan: PerSide, infinite: PerSide, a: number, b: number): void {
  for (const [side, value] of [['base', a] as const, ['candidate', b] as const]) {
    if (Number.isNaN(value)) nan[side]++
    else if (!Number.isFinite(value)) infinite[side]++
  }
}

function verdictOf(
  { beyond, nan }: { beyond: number; nan: PerSide },
  count: number,
): Pick<TensorDifference, 'verdict' | 'why'> {
  if (count === 0) return { verdict: 'cannot-tell', why: 'The tensor has no elements' }
  if (nan.base > 0) {
    return { verdict: 'cannot-tell', why: `The base itself has ${nan.base} NaN: other inputs may do` }
  }
  return beyond === 0
    ? { verdict: 'pass' }
    : { verdict: 'fail', why: `${beyond} of ${count} elements are beyond the tolerance` }
}

function worstOf(base: Numbers, candidate: Numbers, shape: readonly number[], at: number): TensorDifference['worst'] {
  return { index: unravelled(at, shape), base: told(base[at]), candidate: told(candidate[at]) }
}

/** Position in a C-order tensor as one index a dimension, as numpy.unravel_index. */
export function unravelled(at: number, shape: readonly number[]): number[] {
  const index: number[] = []
  let rest = at
  for (const size of shape.toReversed()) {
    index.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return index
}

function told(value = Number.NaN): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return 'Infinity'
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : value
}
