import { ABSENT, formatSignificant } from './display.ts'
import { metricsOf, metricValue, type RuntimeMetric, type RuntimeTable, speedUpOf } from './runtime-table.ts'
import type { SpeedUp } from './speed-up.ts'

type Column = RuntimeTable['columns'][number]

/** "2.31×", with an interval "2.31× (2.28–2.35)", open where the samples bound one side only "2.31× (≥ 2.28)". */
export function speedUpText(speedUp: SpeedUp | undefined): string {
  if (speedUp === undefined) return ABSENT
  const interval = intervalText(speedUp)
  return `${formatSignificant(speedUp.ratio)}×${interval === undefined ? '' : ` (${interval})`}`
}

/** "2.28–2.35"; undefined without bounds. */
export function intervalText({ lower, upper }: SpeedUp): string | undefined {
  if (lower !== undefined && upper !== undefined) return `${formatSignificant(lower)}–${formatSignificant(upper)}`
  if (lower !== undefined) return `≥ ${formatSignificant(lower)}`
  return upper === undefined ? undefined : `≤ ${formatSignificant(upper)}`
}

export interface TableText {
  header: string[]
  right: boolean[]
  rows: string[][]
  /** Under the table: base, intervals, what is not the same thing. */
  notes: string[]
  /** What was left out and why. */
  leftOut: string[]
}

/**
 * The table as text, one figure and the speed-up a column.
 * @param nameOf how a column is called where the text goes: short on a terminal, in full in a document
 */
export function runtimeTableText(
  table: RuntimeTable,
  nameOf: (column: Column) => string,
  metric: RuntimeMetric | undefined = metricsOf(table)[0],
): TableText | undefined {
  if (metric === undefined) return undefined
  const { columns, rows, baseId } = table
  const withSpeedUp = (column: Column) => column.id !== baseId && column.leftOut === undefined
  return {
    header: [
      'Batch',
      ...columns.flatMap(column => [`${nameOf(column)} ${metric.unit}`, ...(withSpeedUp(column) ? ['speed-up'] : [])]),
    ],
    right: ['Batch', ...columns.flatMap(column => (withSpeedUp(column) ? ['', ''] : ['']))].map(() => true),
    rows: rows.map(({ batch, cells }) => [
      String(batch),
      ...columns.flatMap(column => {
        const cell = cells.get(column.id)
        const figure = cell?.failed === undefined ? metric.text(metricValue(cell, metric)) : 'failed'
        return [figure, ...(withSpeedUp(column) ? [speedUpText(speedUpOf(cell, metric))] : [])]
      }),
    ]),
    notes: notesOf(table, nameOf, metric),
    leftOut: leftOutOf(table, nameOf),
  }
}

function notesOf({ columns, baseId }: RuntimeTable, nameOf: (column: Column) => string, metric: RuntimeMetric) {
  const base = columns.find(({ id }) => id === baseId)
  const of = metric.id === 'p95' ? 'p95' : 'medians'
  const isAlone = columns.every(({ id, leftOut }) => id === baseId || leftOut !== undefined)
  const against = base === undefined || isAlone ? '' : ` Speed-up against ${nameOf(base)}: ratio of the ${of}.`
  const notes = [`${metric.title}.${against}`]
  if (columns.some(({ badges }) => badges.some(({ id }) => id === 'one-process'))) {
    notes.push('Intervals are from samples of one process each; --repeat shows how far fresh ones differ.')
  }
  for (const column of columns) {
    for (const { id, means } of column.badges) {
      if (id !== 'one-process') notes.push(`${nameOf(column)}: ${means}`)
    }
  }
  return notes
}

function leftOutOf({ columns }: RuntimeTable, nameOf: (column: Column) => string): string[] {
  return columns.flatMap(column => {
    if (column.leftOut === undefined) return []
    const { why, hint } = column.leftOut
    return [`${nameOf(column)}: left out. ${[why, hint].filter(Boolean).join('. ')}`]
  })
}
