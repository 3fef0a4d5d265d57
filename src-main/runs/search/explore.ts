/** A model configuration to try; `current` is the one the server came with. */
export interface Candidate {
  id: string
  /** Absent: as the server has it. */
  instanceCount?: number
  maxBatchSize?: number
}

export interface Measurement {
  candidateId: string
  concurrency: number
  /** Absent where the point failed. */
  inferPerSec?: number
  /** The constraint's percentile. */
  latencyMs?: number
  /** A window broke the constraint, whatever all of them together say. */
  isOver?: boolean
}

export interface Space {
  candidates: readonly Candidate[]
  /** Ascending. */
  concurrencies: readonly number[]
  latencyThresholdMs?: number
  maxMeasurements: number
}

/** Less gain than this from a larger concurrency or batch is none: runs of one configuration differ by about as much. */
const LEAST_GAIN = 0.05
/** Below this share of the best known at each of its loads, a candidate is not followed to others. */
const DOMINATED = 0.8
const DOMINATED_AFTER = 2
/** Each of the two best is measured this often, so that their own spread is known. */
const CONFIRMATIONS = 3
/** Kept for them; of a small budget a quarter. */
const RESERVED = 2 * (CONFIRMATIONS - 1)

/** Instances outer, batches inner, so that a series over the batch can end early; the present configuration first. */
export function candidatesOf(
  instanceCounts: readonly number[],
  maxBatchSizes: readonly number[],
  includeCurrent: boolean,
): Candidate[] {
  const ascending = (values: readonly number[]) => [...new Set(values)].toSorted((a, b) => a - b)
  const grid = ascending(instanceCounts).flatMap(instanceCount =>
    ascending(maxBatchSizes).map(maxBatchSize => ({
      id: `instances ${instanceCount}, max batch ${maxBatchSize}`,
      instanceCount,
      maxBatchSize,
    })),
  )
  return includeCurrent ? [{ id: 'current' }, ...grid] : grid
}

/**
 * What to measure next, or undefined when the search is over. The first candidate goes over rising concurrency until
 * the constraint is broken or two steps bring no gain. Each further one begins where the best so far was found, goes up
 * while that pays, else looks below; it is left when another serves far more at every load so far, and a larger batch is
 * not tried once one brought nothing. What is left of the budget goes to the two best in turn.
 */
export function nextMeasurement(
  space: Space,
  measured: readonly Measurement[],
): { candidate: Candidate; concurrency: number } | undefined {
  if (measured.length >= space.maxMeasurements) return undefined
  return nextToExplore(space, measured) ?? nextConfirmation(space, measured)
}

/** Candidates the budget did not reach. */
export function untried(space: Space, measured: readonly Measurement[]): Candidate[] {
  return space.candidates.filter(one => !isPointless(space, one, measured) && of(measured, one).length === 0)
}

/** Best points under the constraint, one per candidate, most throughput (median of its repeats) first. */
export function ranking(
  space: Space,
  measured: readonly Measurement[],
): { candidate: Candidate; concurrency: number; inferPerSec: number; runs: number[]; latencyMs?: number }[] {
  return space.candidates
    .flatMap(candidate => {
      const groups = Map.groupBy(of(measured, candidate), ({ concurrency }) => concurrency)
      const points = [...groups].flatMap(([concurrency, repeats]) => {
        const fitting = repeats.filter(one => one.inferPerSec !== undefined)
        const runs = fitting.map(({ inferPerSec = 0 }) => inferPerSec)
        const latencyMs = median(fitting.flatMap(one => (one.latencyMs === undefined ? [] : [one.latencyMs])))
        const inferPerSec = median(runs)
        const over = fitting.filter(one => isOver(space, one))
        // Half of the runs over the constraint are as good as all.
        if (inferPerSec === undefined || 2 * over.length >= Math.max(1, fitting.length)) return []
        return [{ candidate, concurrency, inferPerSec, runs, ...(latencyMs === undefined ? {} : { latencyMs }) }]
      })
      return points.toSorted((a, b) => b.inferPerSec - a.inferPerSec).slice(0, 1)
    })
    .toSorted((a, b) => b.inferPerSec - a.inferPerSec)
}

function nextToExplore(
  space: Space,
  measured: readonly Measurement[],
): { candidate: Candidate; concurrency: number } | undefined {
  const reserved = Math.min(RESERVED, Math.floor(space.maxMeasurements / 4))
  if (measured.length >= space.maxMeasurements - reserved) return undefined
  for (const candidate of space.candidates) {
    if (isPointless(space, candidate, measured) || isDominated(candidate, measured)) continue
    const series = of(measured, candidate)
    const concurrency = series.length === 0 ? startOf(space, measured) : nextConcurrency(space, series)
    if (concurrency !== undefined) return { candidate, concurrency }
  }
  return undefined
}

/** The load at which the best so far was found: others are likely to have theirs near it. */
function startOf(space: Space, measured: readonly Measurement[]): number | undefined {
  return ranking(space, measured)[0]?.concurrency ?? space.concurrencies[0]
}

function nextConcurrency(space: Space, series: readonly Measurement[]): number | undefined {
  // Confirmations come later and must not count as steps.
  const explored = series.filter((one, at) => series.findIndex(same => same.concurrency === one.concurrency) === at)
  const ascending = explored.toSorted((a, b) => a.concurrency - b.concurrency)
  const [lowest, highest] = [ascending[0], ascending.at(-1)]
  if (lowest === undefined || highest === undefined || series.some(one => one.inferPerSec === undefined)) {
    return undefined
  }
  if (!isOver(space, highest) && !isPlateau(space, ascending)) {
    const above = space.concurrencies.find(level => level > highest.concurrency)
    if (above !== undefined) return above
  }
  const allowed = ascending.filter(one => !isOver(space, one))
  const best = allowed.toSorted((a, b) => (b.inferPerSec ?? 0) - (a.inferPerSec ?? 0))[0]
  if (best !== undefined && best !== lowest) return undefined
  return space.concurrencies.findLast(level => level < lowest.concurrency)
}

/** The last steps brought less than LEAST_GAIN: two of a series from the bottom, one where the best load was known. */
function isPlateau({ concurrencies }: Space, ascending: readonly Measurement[]): boolean {
  const patience = ascending[0]?.concurrency === concurrencies[0] ? 2 : 1
  if (ascending.length <= patience) return false
  const most = (series: readonly Measurement[]) => Math.max(...series.map(({ inferPerSec = 0 }) => inferPerSec))
  return most(ascending.slice(-patience)) < most(ascending.slice(0, -patience)) * (1 + LEAST_GAIN)
}

function isDominated(candidate: Candidate, measured: readonly Measurement[]): boolean {
  const series = of(measured, candidate)
  if (series.length < DOMINATED_AFTER) return false
  return series.every(({ concurrency, inferPerSec = 0 }) => {
    const others = measured.filter(one => one.candidateId !== candidate.id && one.concurrency === concurrency)
    return inferPerSec < DOMINATED * Math.max(0, ...others.map(one => one.inferPerSec ?? 0))
  })
}

/** A larger batch where the next smaller one already brought no gain over its own smaller neighbour. */
function isPointless(space: Space, candidate: Candidate, measured: readonly Measurement[]): boolean {
  const siblings = space.candidates.filter(
    ({ instanceCount, maxBatchSize }) => instanceCount === candidate.instanceCount && maxBatchSize !== undefined,
  )
  const at = siblings.indexOf(candidate)
  const [smaller, small] = [siblings[at - 2], siblings[at - 1]]
  if (smaller === undefined || small === undefined) return false
  const best = (one: Candidate) => Math.max(0, ...of(measured, one).map(({ inferPerSec = 0 }) => inferPerSec))
  return best(small) < best(smaller) * (1 + LEAST_GAIN)
}

function nextConfirmation(
  space: Space,
  measured: readonly Measurement[],
): { candidate: Candidate; concurrency: number } | undefined {
  const open = ranking(space, measured)
    .slice(0, 2)
    .filter(({ runs }) => runs.length < CONFIRMATIONS)
    .toSorted((a, b) => a.runs.length - b.runs.length)
  return open[0]
}

function of(measured: readonly Measurement[], { id }: Candidate): Measurement[] {
  return measured.filter(({ candidateId }) => candidateId === id)
}

function isOver({ latencyThresholdMs }: Space, { isOver: was, latencyMs }: Measurement): boolean {
  if (latencyThresholdMs === undefined) return false
  return was === true || (latencyMs !== undefined && latencyMs > latencyThresholdMs)
}

function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
