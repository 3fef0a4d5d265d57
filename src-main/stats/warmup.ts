import { formatSignificant } from '#domain/display.ts'
import { blockMedians } from './blocks.ts'
import { at, median } from './percentile.ts'

/** How many leading samples don't count, why, and whether what follows is one steady state. */
export interface Warmup {
  warmup: number
  /** For people: "first 5 calls and 40 more: …". */
  rule: string
  /** False where the level still changes after the first half: then no cut would leave a steady state. */
  steady: boolean
}

/** Fewer samples tell no level from noise; they get the fixed cut only. */
const MIN_SAMPLES = 20
/** Resolution of the search: a cut is right to within 1/256 of the series, and the search stays under 20 ms. */
const MAX_BLOCKS = 256
/** A smaller change moves no figure that people act on, and drifting clocks reach 1 % on any machine. */
const MIN_CHANGE = 0.02
/** Gain in log-likelihood a change must have, times ln(blocks); 4: under 1 % false cuts, white or AR(1) 0.5 noise (tests). */
const PENALTY = 4
/** A late change below what `unstable` calls drift moves no conclusion: virtual machines wander by 2 to 4 % all the time. */
const MIN_LATE_CHANGE = 0.05
/** A change after the first half must last this share of the series: a burst of other load at the end is not a new state. */
const LASTING_SHARE = 0.1
/** Slow starts end in steps; each takes one search. */
const MAX_CHANGES = 8

/**
 * Cuts the start where its level differs from the rest: two segments with one median each, split where the sum of
 * absolute deviations is least (L1 is the likelihood of heavy-tailed latency noise, and a burst in the middle doesn't
 * pull a median), accepted by a penalised likelihood ratio, then searched again in what is left.
 * A split in the first half is warm-up. One after it is not: the series changed while it was measured (throttling, a
 * neighbour), nothing beyond the fixed warm-up and the changes before it is cut, and `steady` is false.
 * @param latenciesMs every latency in order, ms   @param fixedWarmup leading samples never counted
 * @see E. Barrett et al.: Virtual machine warmup blows hot and cold, OOPSLA 2017 (change points instead of a fixed count);
 *   J. Bai: Estimation of a change-point by least absolute deviations, Econometric Theory 11(3), 1995
 */
export function detectWarmup(latenciesMs: Float64Array, fixedWarmup: number): Warmup {
  const fixed = Math.min(fixedWarmup, latenciesMs.length)
  const rest = latenciesMs.subarray(fixed)
  if (rest.length < MIN_SAMPLES) {
    return {
      warmup: fixed,
      rule: `${calls(fixed)}; ${rest.length} more are too few to look for a change`,
      steady: true,
    }
  }
  const { size, medians } = blockMedians(rest, MAX_BLOCKS)
  const half = medians.length / 2
  let [start, end] = [0, medians.length]
  let late: Change | undefined
  for (let round = 0; round < MAX_CHANGES; round++) {
    const change = findChange(medians.subarray(start, end))
    if (change === undefined) break
    const at = start + change.index
    if (at <= half) start = at
    else if (late === undefined && (medians.length - at < LASTING_SHARE * medians.length || isSmall(change))) end = at
    else {
      late = { ...change, index: at }
      end = at
    }
  }
  const cut = start * size
  const rules = [cut === 0 ? calls(fixed) : `${calls(fixed)} and ${cut} more: ${levels(medians, start, end)}`]
  if (late !== undefined) rules.push(`not steady: ${percent(late.ratio)} from call ${fixed + late.index * size} on`)
  else if (cut === 0) rules.push('no change of level after them')
  return { warmup: fixed + cut, rule: rules.join('; '), steady: late === undefined }
}

interface Change {
  /** First block of the second level. */
  index: number
  /** Second level ÷ first level. */
  ratio: number
}

function isSmall({ ratio }: Change): boolean {
  return Math.abs(ratio - 1) < MIN_LATE_CHANGE
}

/** The best split of a series into two levels, if it is better than one level by enough. */
function findChange(values: Float64Array): Change | undefined {
  const count = values.length
  if (count < 4) return undefined
  const before = runningDeviation(values)
  const after = runningDeviation(values.toReversed())
  const whole = at(before, count)
  let [index, least] = [0, whole]
  for (let split = 1; split < count; split++) {
    const cost = at(before, split) + at(after, count - split)
    if (cost < least) [index, least] = [split, cost]
  }
  if (index === 0) return undefined
  const gain = least === 0 ? Number.POSITIVE_INFINITY : count * Math.log(whole / least)
  const [first, second] = [median(values.slice(0, index).sort()), median(values.slice(index).sort())]
  const changed = Math.abs(second - first) >= MIN_CHANGE * Math.max(first, second)
  return changed && gain >= PENALTY * Math.log(count) ? { index, ratio: second / first } : undefined
}

/** Sum of absolute deviations from their median of the first k values, k = 0..n. Sorted insertion: O(n²), n ≤ 256. */
function runningDeviation(values: Float64Array): Float64Array {
  const result = new Float64Array(values.length + 1)
  const sorted: number[] = []
  for (const [index, value] of values.entries()) {
    let place = sorted.length
    while (place > 0 && (sorted[place - 1] ?? 0) > value) place--
    sorted.splice(place, 0, value)
    const middle = sorted[sorted.length >> 1] ?? value
    let sum = 0
    for (const other of sorted) sum += Math.abs(other - middle)
    result[index + 1] = sum
  }
  return result
}

function calls(count: number): string {
  return count === 1 ? 'first call' : `first ${count} calls`
}

function levels(medians: Float64Array, start: number, end: number): string {
  const [before, after] = [medians.slice(0, start).sort(), medians.slice(start, end).sort()]
  return `median ${formatSignificant(median(before))} ms before, ${formatSignificant(median(after))} ms after`
}

function percent(ratio: number): string {
  const change = 100 * (ratio - 1)
  return `${change < 0 ? '−' : '+'}${formatSignificant(Math.abs(change), 2)} %`
}
