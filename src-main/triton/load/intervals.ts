import type { LoadInput } from '../../workers/load-protocol.ts'

const MS_PER_S = 1000
const US_PER_MS = 1000

/**
 * Time from one request to the next, in ms. Poisson: exponential intervals of the mean 1 ÷ rate.
 * @param uniform 0 ≤ u < 1, seeded: the same schedule each run, as perf_analyzer has it
 */
export function intervalsOf(load: Exclude<LoadInput['load'], { kind: 'concurrency' }>, uniform: () => number) {
  if (load.kind === 'schedule') {
    const { intervalsUs } = load
    let next = 0
    return () => (intervalsUs[next++ % intervalsUs.length] ?? 0) / US_PER_MS
  }
  const meanMs = MS_PER_S / load.requestsPerSec
  return load.distribution === 'constant' ? () => meanMs : () => -Math.log(1 - uniform()) * meanMs
}
