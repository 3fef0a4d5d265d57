/** Raw samples of a point as what the charts draw. Pure; all times in ms. */

export interface SampleSeries {
  label: string
  /** Every call in order, warm-up first. */
  latenciesMs: Float64Array
  /** Leading calls that no figure counts. */
  warmup: number
  /** What those calls are; absent: warm-up. */
  uncountedAs?: string
}

export function counted({ latenciesMs, warmup }: SampleSeries): Float64Array {
  return latenciesMs.subarray(warmup)
}

/** Latencies that a log axis can show, ascending. A clock that did not tick gives zeros: they are on no log axis. */
export function sortedPositive(samplesMs: Float64Array): Float64Array {
  return samplesMs.filter(sample => sample > 0).toSorted()
}

/** Bins of equal width in log latency; `shares` are of all samples given, and sum to 1. */
export interface LogHistogram {
  /** Bin i spans edgesMs[i]..edgesMs[i+1]. */
  edgesMs: number[]
  shares: number[]
}

const MOST_BINS = 60
const FEWEST_BINS = 8
/** Narrower than this is one value as far as a chart can show. */
const SAME_RATIO = 1.0001

/**
 * Histogram over a log axis, so that the tail does not squeeze the body into one bar. √n bins, 8 to 60.
 * @param sortedMs ascending, all > 0   @param rangeMs drawn over this range instead of its own, to overlay several
 */
export function logHistogram(sortedMs: Float64Array, rangeMs?: readonly [number, number]): LogHistogram {
  const [low, high] = rangeMs ?? [sortedMs[0] ?? 0, sortedMs.at(-1) ?? 0]
  const total = sortedMs.length
  if (total === 0 || low <= 0) return { edgesMs: [], shares: [] }
  if (high / low < SAME_RATIO) return { edgesMs: [low, high], shares: [1] }
  const bins = Math.min(MOST_BINS, Math.max(FEWEST_BINS, Math.ceil(Math.sqrt(total))))
  const step = Math.log(high / low) / bins
  const counts = new Array<number>(bins).fill(0)
  for (const sample of sortedMs) {
    const bin = Math.min(bins - 1, Math.max(0, Math.floor(Math.log(sample / low) / step)))
    counts[bin] = (counts[bin] ?? 0) + 1
  }
  return {
    edgesMs: Array.from({ length: bins + 1 }, (_, edge) => low * Math.exp(step * edge)),
    shares: counts.map(count => count / total),
  }
}

export interface CdfPoint {
  latencyMs: number
  /** Share of the samples at or below this latency, 0..1. */
  share: number
}

/** The cumulative distribution at up to `most` ranks; the first and the last sample are always among them. */
export function cdf(sortedMs: Float64Array, most = 200): CdfPoint[] {
  const total = sortedMs.length
  const points = Math.min(total, most)
  return Array.from({ length: points }, (_, index) => {
    const rank = points === 1 ? total - 1 : Math.round((index * (total - 1)) / (points - 1))
    return { latencyMs: sortedMs[rank] ?? 0, share: (rank + 1) / total }
  })
}

/** Quantile by nearest rank, as everywhere in Batchscope: index floor(p/100·(n−1)+0.5). @param sortedMs n ≥ 1, ascending */
export function nearestRank(sortedMs: Float64Array, percent: number): number {
  return sortedMs[Math.floor((percent / 100) * (sortedMs.length - 1) + 0.5)] ?? Number.NaN
}

/** One drawn sample: its place in the order of calls, from 0. */
export interface DrawnSample {
  call: number
  latencyMs: number
}

/**
 * Lowest and highest call of each of `columns` equal stretches, in order of measurement: every spike stays, whatever
 * the width. All samples when there are no more than two a column.
 */
export function minMaxPerColumn(samplesMs: Float64Array, columns: number): DrawnSample[] {
  const total = samplesMs.length
  if (total <= 2 * columns) return Array.from(samplesMs, (latencyMs, call) => ({ call, latencyMs }))
  const drawn: DrawnSample[] = []
  for (let column = 0; column < columns; column++) {
    const from = Math.floor((column * total) / columns)
    const to = Math.floor(((column + 1) * total) / columns)
    let low = from
    let high = from
    for (let call = from + 1; call < to; call++) {
      const latencyMs = samplesMs[call] ?? 0
      if (latencyMs < (samplesMs[low] ?? 0)) low = call
      if (latencyMs > (samplesMs[high] ?? 0)) high = call
    }
    for (const call of low === high ? [low] : [Math.min(low, high), Math.max(low, high)]) {
      drawn.push({ call, latencyMs: samplesMs[call] ?? 0 })
    }
  }
  return drawn
}
