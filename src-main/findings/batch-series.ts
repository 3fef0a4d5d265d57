import { formatRate, formatSignificant } from '#domain/display.ts'
import type { Point } from '#domain/point.ts'

/** All repeats of one batch of a series. Throughput is batch ÷ median latency, so that a few slow calls don't hide the trend. */
export interface BatchRow {
  batch: number
  /** Samples per second by the median of the repeats' medians. */
  perSec: number
  /** What perSec loses at p90: the widest of the repeats, and at least the distance between their medians. */
  spreadPerSec: number
  repeats: number
  flags: readonly string[]
}

/** What may be compared batch by batch: one runtime, device, precision and concurrency, batches ascending. */
export interface BatchSeries {
  label: string
  rows: BatchRow[]
}

/** Flags under which a throughput is no basis for a judgement. Few samples only blur the tail, not the median. */
const MISLEADING = new Set(['unstable', 'noisy-machine', 'swapped', 'repeats-differ', 'no-warm-state'])

/** Points without a median are left out. */
export function batchSeries(points: readonly Point[]): BatchSeries[] {
  const measured = points.filter(point => point.latencyMs?.p50)
  const groups = Map.groupBy(measured, ({ runtime, device, precision, concurrency }) =>
    [runtime, device, precision, concurrency].join('\n'),
  )
  return [...groups.values()].map(group => ({
    label: labelOf(group, groups.size),
    rows: [...Map.groupBy(group, point => point.batch)].map(rowOf).toSorted((a, b) => a.batch - b.batch),
  }))
}

/** The row with the most throughput. */
export function bestRow(rows: readonly BatchRow[]): BatchRow | undefined {
  return rows.toSorted((a, b) => b.perSec - a.perSec)[0]
}

/** Why a row can't carry a judgement; undefined when it can. */
export function misleadingFlags({ flags }: BatchRow): string[] | undefined {
  const found = flags.filter(flag => MISLEADING.has(flag))
  return found.length > 0 ? found : undefined
}

/** "batch 8: 5,776 FPS" */
export function rowText({ batch, perSec }: BatchRow): string {
  return `batch ${batch}: ${formatRate(perSec)} FPS`
}

/** 0.9713 → "97.1 %" */
export function shareText(share: number): string {
  return `${formatSignificant(100 * share)} %`
}

function labelOf([first]: readonly Point[], seriesCount: number): string {
  return first === undefined || seriesCount === 1 ? '' : `${first.runtime} ${first.precision}`
}

function rowOf([batch, points]: [number, Point[]]): BatchRow {
  const medians = points.map(({ latencyMs }) => latencyMs?.p50 ?? 0).toSorted((a, b) => a - b)
  const rate = (latencyMs: number) => (1000 * batch) / latencyMs
  const [least = 0, most = 0] = [medians[0], medians.at(-1)]
  const middle = ((medians[(medians.length - 1) >> 1] ?? 0) + (medians[medians.length >> 1] ?? 0)) / 2
  const tails = points.flatMap(({ latencyMs }) =>
    latencyMs?.p50 && latencyMs.p90 ? [rate(latencyMs.p50) - rate(latencyMs.p90)] : [],
  )
  return {
    batch,
    perSec: rate(middle),
    spreadPerSec: Math.max(rate(least) - rate(most), ...tails),
    repeats: points.length,
    flags: [...new Set(points.flatMap(point => point.flags))],
  }
}
