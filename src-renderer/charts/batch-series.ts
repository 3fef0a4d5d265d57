import type { Point } from '#domain/point.ts'

export interface BatchPoint {
  batch: number
  p50Ms?: number
  p99Ms?: number
  /** The samples bound p99 only from below. */
  p99AtLeast?: boolean
  inferPerSec?: number
  /** Of the measured point, for a click on it. */
  pointId?: string
}

/** What one line of the charts over the batch size shows, by ascending batch. */
export interface BatchSeries {
  id: string
  label: string
  points: BatchPoint[]
}

/**
 * A series per runtime and precision, named by what tells them apart. Of several repeats of a configuration the one
 * with the middle median stands: figures that were really measured, not a mean of runs.
 */
export function batchSeriesOf(
  points: readonly Point[],
  runtimeTitle: (id: string) => string = id => id,
): BatchSeries[] {
  const measured = points.filter(point => point.latencyMs?.p50 !== undefined)
  const severalRuntimes = new Set(measured.map(point => point.runtime)).size > 1
  const severalPrecisions = new Set(measured.map(point => point.precision)).size > 1
  return [...Map.groupBy(measured, point => `${point.runtime} ${point.precision}`)].map(([id, own]) => {
    const { runtime, precision } = own[0] ?? { runtime: '', precision: '' }
    const label = severalRuntimes || !severalPrecisions ? runtimeTitle(runtime) : precision
    return {
      id,
      label: severalRuntimes && severalPrecisions ? `${label} ${precision}` : label,
      points: [...Map.groupBy(own, point => point.batch).values()]
        .flatMap(middleOf)
        .toSorted((a, b) => a.batch - b.batch)
        .map(asBatchPoint),
    }
  })
}

function middleOf(repeats: readonly Point[]): Point[] {
  const ordered = repeats.toSorted((a, b) => (a.latencyMs?.p50 ?? 0) - (b.latencyMs?.p50 ?? 0))
  const middle = (ordered.length - 1) >> 1
  return ordered.slice(middle, middle + 1)
}

function asBatchPoint({ id, batch, latencyMs, boundsMs, inferPerSec }: Point): BatchPoint {
  const bounds = boundsMs?.p99
  return {
    pointId: id,
    batch,
    ...(latencyMs?.p50 === undefined ? {} : { p50Ms: latencyMs.p50 }),
    ...(latencyMs?.p99 === undefined ? {} : { p99Ms: latencyMs.p99 }),
    ...(bounds !== undefined && bounds.upperMs === undefined ? { p99AtLeast: true } : {}),
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
  }
}
