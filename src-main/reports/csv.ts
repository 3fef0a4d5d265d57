import type { ResultDocument } from '#domain/document.ts'
import { LATENCY_COLUMNS, type LatencyColumn } from '#domain/latency-table.ts'
import type { Point } from '#domain/point.ts'
import { allServerColumns, isServerPoint } from '#domain/server-table.ts'

/**
 * One row per point, RFC 4180: CRLF, fields quoted where needed, header with units in the names.
 * Values are full precision with a dot; not measured is an empty field.
 */
export function toCsv(document: ResultDocument): string {
  const columns = csvColumns(document.runs.flatMap(run => run.points))
  const header = [
    'session',
    'run',
    'runTitle',
    'model',
    'modelSha256',
    'status',
    ...columns.map(column => column.key),
    'error',
  ]
  const rows = document.runs.flatMap(run =>
    run.points.map(point => [
      document.session.name,
      run.id,
      run.title,
      run.model?.name,
      run.model?.sha256,
      point.status,
      ...columns.map(column => column.value(point)),
      point.error?.message,
    ]),
  )
  return [header, ...rows].map(row => `${row.map(csvField).join(',')}\r\n`).join('')
}

/** Those of the latency table; with points at a server those of the server table too, a key once. */
function csvColumns(points: readonly Point[]): LatencyColumn[] {
  if (!points.some(isServerPoint)) return [...LATENCY_COLUMNS]
  const server = allServerColumns(points)
  if (points.every(isServerPoint)) return server
  const keys = new Set(LATENCY_COLUMNS.map(({ key }) => key))
  return [...LATENCY_COLUMNS, ...server.filter(({ key }) => !keys.has(key))]
}

/**
 * A field as RFC 4180 wants it. Text that a spreadsheet would run as a formula (= + - @ and control characters in
 * front) gets a leading apostrophe; numbers are left alone.
 */
export function csvField(value: string | number | undefined): string {
  if (value === undefined) return ''
  if (typeof value === 'number') return String(value)
  const harmless = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value
  return /[",\r\n]/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless
}
