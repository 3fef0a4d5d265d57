import { formatDuration, formatMs, formatRate, groupThousands } from '#domain/display.ts'
import { sumOfParts } from '#domain/part-titles.ts'
import type { WindowFigures } from '#domain/point.ts'
import { type ChartRow, type ChartTable, column } from './chart-table.ts'
import { AXIS_TITLES, type LoadAxis, type LoadSeries } from './load-series.ts'
import { PART_LOOKS } from './parts.ts'

const integer = (value: number) => groupThousands(String(value))
const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** Throughput and latency over the load: the table of three charts. */
export function loadTable(series: readonly LoadSeries[], axis: LoadAxis): ChartTable {
  return {
    columns: [
      column('series', 'Series', undefined, { standard: series.length > 1 }),
      column('x', capital(AXIS_TITLES[axis]), integer),
      column('inferPerSec', 'Inferences/s', formatRate),
      ...(['p50', 'p90', 'p95', 'p99'] as const).map(name => column(`${name}Ms`, name, formatMs, { unit: 'ms' })),
      column('meanMs', 'Average', formatMs, { unit: 'ms' }),
    ],
    rows: series.flatMap(({ id, label, points }) =>
      points.map(
        ({ x, inferPerSec, latencyMs }): ChartRow => ({
          id: `${id} ${x}`,
          cells: {
            series: label,
            x,
            inferPerSec,
            p50Ms: latencyMs.p50,
            p90Ms: latencyMs.p90,
            p95Ms: latencyMs.p95,
            p99Ms: latencyMs.p99,
            meanMs: latencyMs.mean,
          },
        }),
      ),
    ),
  }
}

/** The parts of a mean request, those that some point has. */
export function partsTable({ points }: LoadSeries, axis: LoadAxis): ChartTable {
  const parts = PART_LOOKS.filter(({ name }) => points.some(point => point.partsMs?.[name] !== undefined))
  return {
    columns: [
      column('x', capital(AXIS_TITLES[axis]), integer),
      ...parts.map(({ name, title }) => column(name, title, formatMs, { unit: 'ms', key: `${name}Ms` })),
      column('sum', 'Sum', formatMs, { unit: 'ms', key: 'sumMs' }),
      column('mean', 'Average', formatMs, { unit: 'ms', key: 'meanMs' }),
    ],
    rows: points
      .filter(point => point.partsMs !== undefined)
      .map(({ x, partsMs, latencyMs }) => ({
        id: String(x),
        cells: { x, ...partsMs, sum: sumOfParts(partsMs), mean: latencyMs.mean },
      })),
  }
}

export function windowsTable(windows: readonly WindowFigures[]): ChartTable {
  return {
    columns: [
      column('window', 'Window', integer),
      column('durationMs', 'Length', formatDuration),
      column('requests', 'Requests', integer),
      column('errors', 'Errors', integer),
      column('inferPerSec', 'Inferences/s', formatRate),
      column('latencyMs', 'Latency', formatMs, { unit: 'ms' }),
      column('counted', 'Counted'),
    ],
    rows: windows.map(({ counted, ...figures }, index) => ({
      id: String(index),
      cells: { window: index + 1, ...figures, counted: counted ? 'yes' : 'no' },
    })),
  }
}
