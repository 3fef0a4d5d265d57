import type { ResultDocument } from '#domain/document.ts'
import { LATENCY_COLUMNS } from '#domain/latency-table.ts'

/**
 * One row per point, RFC 4180: CRLF, fields quoted where needed, header with units in the names.
 * Values are full precision with a dot; not measured is an empty field.
 */
export function toCsv(document: ResultDocument): string {
  const header = [
    'session',
    'run',
    'runTitle',
    'model',
    'modelSha256',
    'status',
    ...LATENCY_COLUMNS.map(column => column.key),
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
      ...LATENCY_COLUMNS.map(column => column.value(point)),
      point.error?.message,
    ]),
  )
  return [header, ...rows].map(row => `${row.map(csvField).join(',')}\r\n`).join('')
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
