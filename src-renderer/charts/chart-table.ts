import { formatMs, formatPercent, formatRate, groupThousands } from '#domain/display.ts'
import type { TableColumn } from '../components/table-model.ts'
import type { BatchSeries } from './batch-series.ts'
import { counted, logHistogram, type SampleSeries, sortedPositive } from './sample-math.ts'

/** The data of a chart, to be read and copied: `id` of a row is its place in the table. */
export interface ChartRow {
  id: string
  cells: Readonly<Record<string, number | string | undefined>>
}

export interface ChartTable {
  columns: TableColumn<ChartRow>[]
  rows: ChartRow[]
}

/** A column of a chart's table; with `text` it is one of numbers. */
export function column(
  id: string,
  title: string,
  text?: (value: number) => string,
  more: Partial<TableColumn<ChartRow>> = {},
): TableColumn<ChartRow> {
  return {
    id,
    title,
    align: text ? 'right' : 'left',
    value: row => row.cells[id],
    ...(text ? { text: row => numberText(row.cells[id], text) } : {}),
    ...more,
  }
}

function numberText(value: number | string | undefined, text: (value: number) => string): string {
  return typeof value === 'number' ? text(value) : '–'
}

const integer = (value: number) => groupThousands(String(value))

export function batchTable(series: readonly BatchSeries[]): ChartTable {
  const columns = [
    column('series', 'Series', undefined, { standard: series.length > 1 }),
    column('batch', 'Batch', integer),
    column('p50Ms', 'Median', formatMs, { unit: 'ms' }),
    column('p99Ms', 'p99', formatMs, { unit: 'ms' }),
    column('inferPerSec', 'FPS', formatRate),
  ]
  const rows = series.flatMap(({ id, label, points }) =>
    points.map(({ batch, p50Ms, p99Ms, inferPerSec }) => ({
      id: `${id} ${batch}`,
      cells: { series: label, batch, p50Ms, p99Ms, inferPerSec },
    })),
  )
  return { columns, rows }
}

export function distributionTable(samples: readonly SampleSeries[]): ChartTable {
  const columns = [
    column('series', 'Series', undefined, { standard: samples.length > 1 }),
    column('fromMs', 'From', formatMs, { unit: 'ms' }),
    column('toMs', 'To', formatMs, { unit: 'ms' }),
    column('percent', 'Calls', value => formatPercent(value).replace(' %', ''), { unit: '%' }),
    column('atOrBelow', 'At or below', value => formatPercent(value).replace(' %', ''), { unit: '%' }),
  ]
  const rows = samples.flatMap(sample => {
    const { edgesMs, shares } = logHistogram(sortedPositive(counted(sample)))
    let sum = 0
    return shares.map((share, bin) => {
      sum += share
      return {
        id: `${sample.label} ${bin}`,
        cells: {
          series: sample.label,
          fromMs: edgesMs[bin],
          toMs: edgesMs[bin + 1],
          percent: share * 100,
          atOrBelow: sum * 100,
        },
      }
    })
  })
  return { columns, rows }
}

export function samplesTable({ latenciesMs, warmup }: SampleSeries): ChartTable {
  return {
    columns: [
      column('call', 'Call', integer),
      column('latencyMs', 'Latency', formatMs, { unit: 'ms' }),
      column('counted', 'Counted'),
    ],
    rows: Array.from(latenciesMs, (latencyMs, call) => ({
      id: String(call),
      cells: { call: call + 1, latencyMs, counted: call < warmup ? 'no, warm-up' : 'yes' },
    })),
  }
}
