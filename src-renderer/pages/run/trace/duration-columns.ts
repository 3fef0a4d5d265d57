import { formatPercent, formatSignificant, groupThousands } from '#domain/display.ts'
import type { DurationStats } from '#domain/trace.ts'
import type { TableColumn } from '../../../components/table-model.ts'
import { readable } from '../../../timeline/name-text.ts'

const NS_PER_MS = 1e6
const NS_PER_US = 1e3
const LONG_NAME = 30
const NOTE_FRONT = 200
const NOTE_END = 80

export function nameColumn<Row extends { name: string }>(title: string): TableColumn<Row> {
  return {
    id: 'name',
    title,
    value: ({ name }) => readable(name),
    note: ({ name }) => (name.length > LONG_NAME ? shortened(readable(name)) : undefined),
    minCh: 30,
    mono: true,
  }
}

/** Names of templates go on for pages; both ends tell them apart. */
function shortened(name: string): string {
  return name.length <= NOTE_FRONT + NOTE_END
    ? name
    : `${name.slice(0, NOTE_FRONT)} … ${name.slice(-NOTE_END)}  (${grouped(name.length)} characters)`
}

export function countColumn<Row extends { count: number }>(title = 'Calls'): TableColumn<Row> {
  return { id: 'count', title, align: 'right', value: ({ count }) => count, text: ({ count }) => grouped(count) }
}

/** Sums in ms, single calls in µs: a column has one unit, so that it can be read downwards. */
export function msColumn<Row>(
  id: string,
  title: string,
  ns: (row: Row) => number | undefined,
  more: Partial<TableColumn<Row>> = {},
): TableColumn<Row> {
  return timeColumn(id, title, 'ms', NS_PER_MS, ns, more)
}

export function usColumn<Row>(
  id: string,
  title: string,
  ns: (row: Row) => number | undefined,
  more: Partial<TableColumn<Row>> = {},
): TableColumn<Row> {
  return timeColumn(id, title, 'µs', NS_PER_US, ns, more)
}

function timeColumn<Row>(
  id: string,
  title: string,
  unit: 'ms' | 'µs',
  size: number,
  ns: (row: Row) => number | undefined,
  more: Partial<TableColumn<Row>>,
): TableColumn<Row> {
  const value = (row: Row) => {
    const time = ns(row)
    return time === undefined ? undefined : time / size
  }
  return {
    id,
    title,
    unit,
    align: 'right',
    key: `${id}_${unit === 'ms' ? 'ms' : 'us'}`,
    value,
    text: row => figure(value(row)),
    ...more,
  }
}

/** @param totalNs of all rows   @param of what the share is, for the header's explanation */
export function shareColumn<Row>(totalNs: number, ns: (row: Row) => number, of: string): TableColumn<Row> {
  const value = (row: Row) => (totalNs > 0 ? (100 * ns(row)) / totalNs : undefined)
  return {
    id: 'share',
    title: 'Share',
    align: 'right',
    key: 'share_percent',
    means: `Of ${of}; overlapping work counts twice, as in nsys stats.`,
    value,
    text: row => formatPercent(value(row)),
  }
}

/** Mean to std of one call, as nsys stats prints them. @param timeColumnOf µs for calls, ms for what lasts longer */
export function statsColumns<Row extends DurationStats>(timeColumnOf: typeof usColumn = usColumn): TableColumn<Row>[] {
  return [
    timeColumnOf<Row>('avg', 'Mean', row => row.avgNs),
    timeColumnOf<Row>('median', 'Median', row => row.medianNs, { means: 'Of an even count: mean of the middle two.' }),
    timeColumnOf<Row>('min', 'Min', row => row.minNs, { standard: false }),
    timeColumnOf<Row>('max', 'Max', row => row.maxNs),
    timeColumnOf<Row>('std', 'Std', row => row.stdNs, { standard: false, means: 'Sample standard deviation, n − 1.' }),
  ]
}

export function numberColumn<Row>(
  id: string,
  title: string,
  value: (row: Row) => number | undefined,
  more: Partial<TableColumn<Row>> = {},
): TableColumn<Row> {
  return { id, title, align: 'right', value, text: row => figure(value(row)), ...more }
}

export function figure(value: number | undefined): string {
  return value === undefined ? '–' : formatSignificant(value, 4)
}

export function grouped(count: number): string {
  return groupThousands(String(count))
}

export function totalOf(rows: readonly { totalNs: number }[]): number {
  return rows.reduce((sum, { totalNs }) => sum + totalNs, 0)
}
