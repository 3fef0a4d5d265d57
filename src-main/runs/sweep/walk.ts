import type { Point } from '#domain/point.ts'
import { atLevel, levelOf, loadTitle, type SweepSeries, type SweepStep } from './step.ts'

/**
 * Which steps of a series to measure, one after the other: each yields a step and is given its point.
 * @returns what to tell the reader when the series ends before its last step, or finds something
 */
export type Walk = Generator<SweepStep, string | undefined, Point>

export function walk(series: SweepSeries, thresholdMs: number | undefined): Walk {
  return series.searchStep === undefined ? upward(series.steps, thresholdMs) : bisect(series.steps, series.searchStep)
}

/** Ascending load, until a latency is over the threshold: more load does not lower it. */
function* upward(steps: readonly SweepStep[], thresholdMs: number | undefined): Walk {
  for (const [index, step] of steps.entries()) {
    const point = yield step
    const left = steps.slice(index + 1)
    if (point.flags.includes('over-threshold') && left.length > 0) {
      const levels = left.map(({ load }) => levelOf(load)).join(', ')
      return `${placeTitle(step)}: ${loadTitle(step.load)} is over ${thresholdMs} ms; not measured: ${levels}.`
    }
  }
  return undefined
}

/**
 * perf_analyzer's binary search: both ends, then the middle of what is between the highest that passes and the lowest
 * that does not, until they are at most `searchStep` apart. A point passes when it is stable and not over the threshold.
 * Every point has exactly its own requests in flight; perf_analyzer keeps the threads of a higher one.
 * @see perf_analyzer src/inference_profiler.h, Profile(start, end, step, SearchMode::BINARY)
 */
function* bisect(steps: readonly SweepStep[], searchStep: number): Walk {
  const [first, last] = [steps[0], steps.at(-1)]
  if (first === undefined || last === undefined) return undefined
  const where = placeTitle(first)
  if (!passes(yield first)) return `${where}: even ${loadTitle(first.load)} does not stay under the threshold.`
  if (passes(yield last)) return `${where}: all up to ${loadTitle(last.load)} stay under the threshold.`
  let [low, high] = [levelOf(first.load), levelOf(last.load)]
  while (high - low > searchStep) {
    const middle = middleOf(low, high, first)
    if (middle === low || middle === high) break
    if (passes(yield { ...first, load: atLevel(first.load, middle) })) low = middle
    else high = middle
  }
  return `${where}: ${loadTitle(atLevel(first.load, low))} is the highest load found under the threshold.`
}

function passes({ status, flags }: Point): boolean {
  return status === 'done' && !['unstable', 'over-threshold', 'server-lost'].some(flag => flags.includes(flag))
}

/** Requests in flight are whole; rates need not be. */
function middleOf(low: number, high: number, { load }: SweepStep): number {
  return load.kind === 'concurrency' ? Math.floor((low + high) / 2) : (low + high) / 2
}

function placeTitle({ protocol, sharedMemory, batch }: SweepStep): string {
  return `Batch ${batch}, ${protocol}${sharedMemory === 'none' ? '' : `, ${sharedMemory} shared memory`}`
}
