import type { TraceFacts } from '#domain/trace-facts.ts'
import { BOUND_SHARE } from './trace-part.ts'
import type { DeviceTime } from './trace-time.ts'

/** Above half of it, a wait is explained by what it holds. */
const EXPLAINS = 0.5
/** First calls load modules, choose algorithms and fill caches; steady steps differ by tens of percent. */
const SLOWER = 2
/** Of the window; below it neither start-up nor compiling moves what one sees. */
export const START_UP_SHARE = 0.05

export type StartUp = 'compile' | 'cold-start'

/** Time in compile ranges, module loading and JIT, ns. */
export function compileNs({ compile }: TraceFacts): number {
  return compile.reduce((sum, { totalNs }) => sum + totalNs, 0)
}

/** What the first step or tenth took beyond the later ones, ns. */
export function coldStartNs({ coldStart }: TraceFacts): number {
  return coldStart === undefined ? 0 : Math.max(0, coldStart.firstNs - coldStart.laterMedianNs)
}

/** Whether the beginning is slower than the rest, and long enough to matter. */
export function isColdStart(trace: TraceFacts): boolean {
  const { coldStart, window } = trace
  if (coldStart === undefined) return false
  const isLong = coldStartNs(trace) >= START_UP_SHARE * (window.endNs - window.startNs)
  return isLong && coldStart.firstNs >= SLOWER * coldStart.laterMedianNs
}

/**
 * Which start-up cause claims the time that the device waited: then the rules for steady state do not. Compiling
 * before cold start, since it says more.
 */
export function startUpOf(trace: TraceFacts, { windowNs, shares }: DeviceTime): StartUp | undefined {
  const waitNs = (shares.host + shares.sync + shares.unknown) * windowNs
  if (waitNs < BOUND_SHARE * windowNs) return undefined
  const explains = (ns: number) => ns >= EXPLAINS * waitNs
  if (explains(compileNs(trace))) return 'compile'
  return isColdStart(trace) && explains(coldStartNs(trace)) ? 'cold-start' : undefined
}
