import { configurationName } from '#domain/configuration-name.ts'
import { formatSignificant } from '#domain/display.ts'
import { UNKNOWN } from '#domain/passport.ts'
import type { PartName, PartsMs, Point } from '#domain/point.ts'

/** A point with the two figures that every rule over a server needs. */
export interface ServerRow {
  point: Point
  inferPerSec: number
  meanMs: number
}

/** Points of one way to the server and one configuration that differ only in their load, ascending. */
export interface LoadSeries {
  /** What tells it from the others: "grpc batch 8", "instances 2, max batch 1, grpc batch 1". */
  label: string
  batch: number
  rows: ServerRow[]
}

/** Flags under which a point is no basis for a judgement. Few samples only blur the tail. */
const MISLEADING = new Set(['unstable', 'noisy-machine', 'server-lost', 'model-reloaded', 'repeats-differ'])

/** Points with throughput and mean latency; the others say nothing here. */
export function rowsOf(points: readonly Point[]): ServerRow[] {
  return points.flatMap(point => {
    const { inferPerSec, latencyMs } = point
    const meanMs = latencyMs?.mean ?? latencyMs?.p50
    return inferPerSec === undefined || meanMs === undefined || meanMs === 0 ? [] : [{ point, inferPerSec, meanMs }]
  })
}

/** Why there are no rows to judge: nothing was measured, or a table tells no mean and no median. */
export function whyNoRows(points: readonly Point[]): string {
  const isMeasured = points.some(point => point.inferPerSec !== undefined)
  return isMeasured ? 'No point tells its mean or median latency' : 'No point was measured'
}

export function isTrustworthy({ point }: ServerRow): boolean {
  return !point.flags.some(flag => MISLEADING.has(flag))
}

/** Closed-loop points by configuration, way and batch, concurrency ascending. */
export function seriesByLoad(points: readonly Point[]): LoadSeries[] {
  const closed = rowsOf(points).filter(({ point }) => point.requestRate === undefined)
  const groups = Map.groupBy(closed, ({ point }) =>
    [configurationName(point), wayOf(point), point.batch, point.repeat].join('\n'),
  )
  return [...groups.values()].flatMap(rows => {
    const [first] = rows
    if (first === undefined) return []
    const way = [wayOf(first.point), `batch ${first.point.batch}`].filter(Boolean).join(' ')
    const label = [configurationName(first.point), way].filter(Boolean).join(', ')
    return [
      {
        label,
        batch: first.point.batch,
        rows: rows.toSorted((a, b) => a.point.concurrency - b.point.concurrency),
      },
    ]
  })
}

/** "grpc", "http with system shared memory"; empty where a table does not tell. */
export function wayOf({ transport }: Point): string {
  if (transport === undefined) return ''
  const { protocol, sharedMemory } = transport
  const isKnown = sharedMemory !== 'none' && sharedMemory !== UNKNOWN
  return isKnown ? `${protocol} with ${sharedMemory} shared memory` : protocol
}

export const PART_TITLES: Readonly<Record<PartName, string>> = {
  clientSend: 'client send',
  network: 'network and server send/receive',
  queue: 'queue',
  computeInput: 'compute input',
  computeInfer: 'compute infer',
  computeOutput: 'compute output',
  cacheHit: 'cache hit',
  cacheMiss: 'cache miss',
  clientRecv: 'client receive',
}

/** Means over the rows of each part, as shares of the mean latency. undefined where no row knows the server's parts. */
export function partShares(rows: readonly ServerRow[], names: readonly PartName[]): number | undefined {
  const known = rows.flatMap(({ point, meanMs }) => {
    const { partsMs } = point
    return partsMs?.queue === undefined ? [] : [sumOf(partsMs, names) / meanMs]
  })
  return known.length === 0 ? undefined : known.reduce((sum, share) => sum + share, 0) / known.length
}

function sumOf(parts: PartsMs, names: readonly PartName[]): number {
  return names.reduce((sum, name) => sum + (parts[name] ?? 0), 0)
}

/** "batch 8, concurrency 16, grpc", the configuration in front where points tell theirs. */
export function rowName({ point }: ServerRow): string {
  const level = point.requestRate === undefined ? `concurrency ${point.concurrency}` : `${point.requestRate} requests/s`
  return [configurationName(point), `batch ${point.batch}`, level, wayOf(point)].filter(Boolean).join(', ')
}

/** 0.713 → "71.3 %" */
export function percentText(share: number): string {
  return `${formatSignificant(100 * share)} %`
}
