import { formatMs, formatRate } from './display.ts'
import { msPerSample } from './latency-table.ts'
import type { Point } from './point.ts'
import {
  type ColumnBadge,
  type ColumnSource,
  columnBadges,
  type RuntimeColumn,
  runtimeColumns,
} from './runtime-columns.ts'
import { isServerPoint } from './server-table.ts'
import { type BoundedMs, type SpeedUp, speedUp } from './speed-up.ts'

/** Batches × runtimes: the same table in page, terminal, CSV and Markdown. No zod here. */
export interface RuntimeTable {
  columns: readonly (RuntimeColumn & { badges: readonly ColumnBadge[] })[]
  rows: readonly RuntimeRow[]
  /** The column that speed-ups refer to; absent where nothing was measured. */
  baseId?: string
}

export interface RuntimeRow {
  batch: number
  /** By the column's id; absent where nothing was measured. */
  cells: ReadonlyMap<string, RuntimeCell>
}

/** A runtime in a precision at a batch: its fresh processes together. */
export interface RuntimeCell {
  /** Done ones, in order of repeats. */
  points: readonly Point[]
  /** The last that failed, where none was done. */
  failed?: Point
  /** Against the base, by their medians and by their p95; absent in the base itself. */
  speedUp?: SpeedUp
  speedUpP95?: SpeedUp
}

export type RuntimeMetricId = 'p50' | 'p95' | 'mean' | 'fps' | 'ms-per-sample'

/** A figure of a cell. Over several processes it is the middle one of theirs. */
export interface RuntimeMetric {
  id: RuntimeMetricId
  title: string
  unit: string
  means: string
  of(point: Point): number | undefined
  text(value: number | undefined): string
}

export const RUNTIME_METRICS: readonly RuntimeMetric[] = [
  {
    id: 'p50',
    title: 'Median',
    unit: 'ms',
    means: 'Half of the calls were faster.',
    of: point => point.latencyMs?.p50,
    text: formatMs,
  },
  {
    id: 'p95',
    title: 'p95',
    unit: 'ms',
    means: '95 % of the calls were faster.',
    of: point => point.latencyMs?.p95,
    text: formatMs,
  },
  {
    id: 'mean',
    title: 'Mean',
    unit: 'ms',
    means: 'Arithmetic mean of the counted calls.',
    of: point => point.latencyMs?.mean,
    text: formatMs,
  },
  {
    id: 'fps',
    title: 'FPS',
    unit: 'samples/s',
    means: 'Samples per second: batch × calls ÷ their summed latency.',
    of: point => point.inferPerSec,
    text: formatRate,
  },
  { id: 'ms-per-sample', title: 'ms/sample', unit: 'ms', means: 'Median ÷ batch.', of: msPerSample, text: formatMs },
]

/** @returns undefined for points at a server, and where there is but one column: the latency table says it all */
export function runtimeTable(source: ColumnSource, wantedBase?: string): RuntimeTable | undefined {
  if (source.points.some(isServerPoint)) return undefined
  const columns = runtimeColumns(source)
  if (columns.length < 2) return undefined
  const measured = columns.filter(({ points }) => points.some(({ status }) => status === 'done'))
  const base = measured.find(({ id }) => id === wantedBase) ?? measured[0]
  const batches = [...new Set(source.points.map(({ batch }) => batch))].toSorted((a, b) => a - b)
  return {
    columns: columns.map(column => ({ ...column, badges: columnBadges(column, base) })),
    rows: batches.map(batch => rowOf(batch, columns, base)),
    ...(base === undefined ? {} : { baseId: base.id }),
  }
}

function rowOf(batch: number, columns: readonly RuntimeColumn[], base: RuntimeColumn | undefined): RuntimeRow {
  const baseCell = base === undefined ? undefined : cellOf(base, batch)
  const cells = new Map<string, RuntimeCell>()
  for (const column of columns) {
    const cell = cellOf(column, batch)
    if (cell === undefined) continue
    const isBase = column.id === base?.id
    cells.set(column.id, baseCell === undefined || isBase ? cell : { ...cell, ...against(baseCell, cell) })
  }
  return { batch, cells }
}

function cellOf({ points }: RuntimeColumn, batch: number): RuntimeCell | undefined {
  const here = points.filter(point => point.batch === batch).toSorted((a, b) => a.repeat - b.repeat)
  const done = here.filter(({ status }) => status === 'done')
  const failed = here.findLast(({ status }) => status === 'failed')
  if (done.length > 0) return { points: done }
  return failed === undefined ? undefined : { points: [], failed }
}

function against(base: RuntimeCell, cell: RuntimeCell): Pick<RuntimeCell, 'speedUp' | 'speedUpP95'> {
  const byName = (name: 'p50' | 'p95') => {
    const [from, to] = [boundedMs(base.points, name), boundedMs(cell.points, name)]
    return from === undefined || to === undefined ? undefined : speedUp(from, to)
  }
  const [median, tail] = [byName('p50') ?? byMeans(base, cell), byName('p95')]
  return {
    ...(median === undefined ? {} : { speedUp: median }),
    ...(tail === undefined ? {} : { speedUpP95: tail }),
  }
}

/** Imported tables often have means alone: a ratio without an interval. */
function byMeans(base: RuntimeCell, cell: RuntimeCell): SpeedUp | undefined {
  const mean = ({ points }: RuntimeCell) => middle(points.flatMap(point => point.latencyMs?.mean ?? []))
  const [from, to] = [mean(base), mean(cell)]
  return from === undefined || to === undefined ? undefined : speedUp({ valueMs: from }, { valueMs: to })
}

/** The middle of the processes' percentiles; its bounds are the widest of theirs, so that processes that differ widen it. */
function boundedMs(points: readonly Point[], name: 'p50' | 'p95'): BoundedMs | undefined {
  const valueMs = middle(points.flatMap(({ latencyMs }) => latencyMs?.[name] ?? []))
  if (valueMs === undefined) return undefined
  const bounds = points.map(({ boundsMs }) => boundsMs?.[name])
  const lowers = bounds.flatMap(bound => bound?.lowerMs ?? [])
  const uppers = bounds.flatMap(bound => bound?.upperMs ?? [])
  return {
    valueMs,
    ...(lowers.length < points.length ? {} : { lowerMs: Math.min(...lowers) }),
    ...(uppers.length < points.length ? {} : { upperMs: Math.max(...uppers) }),
  }
}

/** A cell's figure: the middle one of its processes'. */
export function metricValue(cell: RuntimeCell | undefined, metric: RuntimeMetric): number | undefined {
  return middle((cell?.points ?? []).flatMap(point => metric.of(point) ?? []))
}

/** The speed-up that goes with a metric: by p95 beside p95, else by the medians. */
export function speedUpOf(cell: RuntimeCell | undefined, metric: RuntimeMetric): SpeedUp | undefined {
  return metric.id === 'p95' ? cell?.speedUpP95 : cell?.speedUp
}

/** Metrics that have a figure somewhere in the table. */
export function metricsOf({ rows }: RuntimeTable): RuntimeMetric[] {
  const cells = rows.flatMap(row => [...row.cells.values()])
  return RUNTIME_METRICS.filter(metric => cells.some(cell => metricValue(cell, metric) !== undefined))
}

/** The median; of an even number the mean of the two in the middle. */
function middle(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b)
  const [low, high] = [sorted[Math.ceil(sorted.length / 2) - 1], sorted[Math.floor(sorted.length / 2)]]
  return low === undefined || high === undefined ? undefined : (low + high) / 2
}
