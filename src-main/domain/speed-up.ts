/** How many times as fast, as a ratio of two latencies with bounds. No zod: page, terminal and reports share it. */

/** A latency statistic with its 95 % bounds, in ms. `upperMs` is absent where the samples give none. */
export interface BoundedMs {
  valueMs: number
  lowerMs?: number
  upperMs?: number
}

export interface SpeedUp {
  /** Base ÷ other: 2 is twice as fast as the base. */
  ratio: number
  /** Absent where the samples bound one of the two from one side only. */
  lower?: number
  upper?: number
  /** 'unclear': the interval holds 1, or has an open end there. */
  verdict: 'faster' | 'slower' | 'unclear'
}

/** What the interval of a speed-up is, for a tooltip or a footnote. */
export const SPEED_UP_METHOD =
  'Ratio of the two medians (or p95). Its interval is made of the 95 % order-statistic bounds of both, base lower ÷ other upper to base upper ÷ other lower, so it holds with at least 90 % for the samples of one process each. It does not know how far a fresh process would land elsewhere: of several repeats the middle one counts, with the widest of their bounds.'

/**
 * @param base latency of the base   @param other latency of what is compared with it
 * @returns undefined where either is 0: a ratio would say nothing
 */
export function speedUp(base: BoundedMs, other: BoundedMs): SpeedUp | undefined {
  if (base.valueMs <= 0 || other.valueMs <= 0) return undefined
  const lower = quotient(base.lowerMs, other.upperMs)
  const upper = quotient(base.upperMs, other.lowerMs)
  return {
    ratio: base.valueMs / other.valueMs,
    ...(lower === undefined ? {} : { lower }),
    ...(upper === undefined ? {} : { upper }),
    verdict: lower !== undefined && lower > 1 ? 'faster' : upper !== undefined && upper < 1 ? 'slower' : 'unclear',
  }
}

function quotient(a: number | undefined, b: number | undefined): number | undefined {
  return a === undefined || b === undefined || b === 0 ? undefined : a / b
}
