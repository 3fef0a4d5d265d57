/**
 * Relative tolerances of a whole network by the candidate's precision, where the user gives none: some hundred times the
 * unit roundoff, which is what rounding in a deep network adds up to on the models measured here. INT8 has no such
 * bound: its figure only catches what is plainly wrong.
 */
const RTOL: Readonly<Record<string, number>> = {
  fp64: 1e-6,
  fp32: 1e-3,
  fp16: 2e-2,
  bf16: 1e-1,
  int8: 2e-1,
  int4: 5e-1,
}
const RTOL_OTHERWISE = 2e-2

/** Half the distance of 1 to the next number: the largest relative error of one rounding. */
const UNIT_ROUNDOFF: Readonly<Record<string, number>> = {
  fp64: 2 ** -53,
  fp32: 2 ** -24,
  fp16: 2 ** -11,
  bf16: 2 ** -8,
  int8: 2 ** -7,
  int4: 2 ** -3,
}
/** Rounding errors of either sign add up as their root; one node makes several, and its sums are long. */
const ROUNDINGS_PER_NODE = 16

/** @returns rtol and where it comes from */
export function relativeTolerance(asked: number | undefined, precision: string): { rtol: number; from: string } {
  if (asked !== undefined) return { rtol: asked, from: 'as asked' }
  const known = RTOL[precision]
  const rtol = known ?? RTOL_OTHERWISE
  return {
    rtol,
    from: known === undefined ? `default, weights of precision ${precision}` : `default for ${precision} weights`,
  }
}

/**
 * Highest drift (‖b − a‖ ÷ ‖a‖) that rounding explains `depth` nodes from the inputs: c·u·√(1 + depth), u the unit
 * roundoff. ResNet-18 in FP16 stays below 0.0006 over 40 nodes, a twentieth of it and less; cancellation can exceed it,
 * and the search then says where.
 * @param precisions of both models; the coarser one decides
 * @see N. Higham, T. Mary: A new approach to probabilistic rounding error analysis, SIAM J. Sci. Comput. 41(5), 2019
 */
export function allowedDrift(precisions: readonly string[], depth: number): number {
  const roundoff = Math.max(...precisions.map(name => UNIT_ROUNDOFF[name] ?? UNIT_ROUNDOFF.fp16 ?? 0))
  return ROUNDINGS_PER_NODE * roundoff * Math.sqrt(1 + depth)
}
