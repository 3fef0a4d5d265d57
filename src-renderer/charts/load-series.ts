import { configurationName } from '#domain/configuration-name.ts'
import type { LatencyMs, PartsMs, Point } from '#domain/point.ts'

/** What a sweep varies along x. */
export type LoadAxis = 'batch' | 'concurrency' | 'requestRate'

export interface LoadPoint {
  /** Of the measured point, for a click on it. */
  pointId: string
  x: number
  /** What tells the point from its neighbours: "8", or "batch 4, 8" where both vary. */
  label: string
  latencyMs: LatencyMs
  inferPerSec?: number
  partsMs?: PartsMs
  /** Not steady, or otherwise to be doubted: drawn hollow. */
  doubted: boolean
}

/** A line of the charts over the load, by ascending x. */
export interface LoadSeries {
  id: string
  label: string
  points: LoadPoint[]
}

export const AXIS_TITLES: Readonly<Record<LoadAxis, string>> = {
  batch: 'batch',
  concurrency: 'concurrency',
  requestRate: 'requests per second',
}

const DOUBTS = ['unstable', 'client-bound', 'no-warm-state']

/** The load that has most values; a single point stands on its concurrency unless only its batch is more than 1. */
export function loadAxisOf(points: readonly Point[]): LoadAxis {
  const count = (of: (point: Point) => unknown) => new Set(points.map(of)).size
  if (points.some(point => point.requestRate !== undefined)) return 'requestRate'
  const [batches, concurrencies] = [count(point => point.batch), count(point => point.concurrency)]
  if (batches !== concurrencies) return batches > concurrencies ? 'batch' : 'concurrency'
  return points.some(point => point.batch > 1) && points.every(point => point.concurrency === 1)
    ? 'batch'
    : 'concurrency'
}

/** What tells series apart, each with the words it adds to a label. */
const FACETS: readonly { of: (point: Point) => string; axis?: LoadAxis }[] = [
  { of: point => point.transport?.protocol.toUpperCase().replace('GRPC', 'gRPC') ?? '' },
  { of: point => sharedMemoryText(point.transport?.sharedMemory) },
  { of: point => `batch ${point.batch}`, axis: 'batch' },
  { of: point => `concurrency ${point.concurrency}`, axis: 'concurrency' },
  { of: point => configurationName(point) ?? '' },
]

function sharedMemoryText(kind: string | undefined): string {
  return kind === undefined || kind === 'none' ? 'no shared memory' : `${kind} shared memory`
}

/**
 * A series per way to the server and per value of the load that is not on the axis, named by what tells them apart.
 * Of several repeats of a configuration the one with the middle median stands, as in the charts of benchmarks.
 */
export function loadSeriesOf(points: readonly Point[], axis: LoadAxis): LoadSeries[] {
  const measured = points.filter(point => point.status === 'done' && point.latencyMs !== undefined)
  // At a rate the concurrency is an outcome: it makes no series.
  const facets = FACETS.filter(
    facet => facet.axis !== axis && !(axis === 'requestRate' && facet.axis === 'concurrency'),
  )
  const telling = facets.filter(({ of }) => new Set(measured.map(of)).size > 1)
  const nameOf = (point: Point) =>
    telling
      .map(({ of }) => of(point))
      .filter(Boolean)
      .join(' · ')
  return [...Map.groupBy(measured, nameOf)].map(([label, own]) => ({
    id: label,
    label: label === '' ? 'all points' : label,
    points: [...Map.groupBy(own, point => placeOf(point, axis)).values()]
      .flatMap(middleOf)
      .map(point => asLoadPoint(point, axis))
      .toSorted((a, b) => a.x - b.x),
  }))
}

function placeOf(point: Point, axis: LoadAxis): number {
  return axis === 'requestRate' ? (point.requestRate ?? 0) : point[axis]
}

function middleOf(repeats: readonly Point[]): Point[] {
  const typical = ({ latencyMs }: Point) => latencyMs?.p50 ?? latencyMs?.mean ?? 0
  const middle = (repeats.length - 1) >> 1
  return repeats.toSorted((a, b) => typical(a) - typical(b)).slice(middle, middle + 1)
}

function asLoadPoint(point: Point, axis: LoadAxis): LoadPoint {
  const { id, latencyMs = {}, inferPerSec, partsMs, flags } = point
  const x = placeOf(point, axis)
  return {
    pointId: id,
    x,
    label: String(x),
    latencyMs,
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
    ...(partsMs === undefined ? {} : { partsMs }),
    doubted: flags.some(flag => DOUBTS.includes(flag)),
  }
}
