import type { ResultDocument } from '#domain/document.ts'
import { LATENCY_COLUMNS, type LatencyColumn } from '#domain/latency-table.ts'
import type { Point } from '#domain/point.ts'
import { allServerColumns, isServerPoint } from '#domain/server-table.ts'
import { csvField } from './csv-field.ts'
import { traceCsv } from './trace-csv.ts'

/**
 * Points, then the tables of traces under a header of their own; of runs without points the tables alone. A document
 * without either is a header.
 */
export function toCsv(document: ResultDocument): string {
  const traces = traceCsv(document)
  const hasPoints = document.runs.some(run => run.points.length > 0)
  if (traces === '') return pointsCsv(document)
  return hasPoints ? `${pointsCsv(document)}\r\n${traces}` : traces
}

/**
 * One row per point, RFC 4180: CRLF, fields quoted where needed, header with units in the names.
 * Values are full precision with a dot; not measured is an empty field.
 */
function pointsCsv(document: ResultDocument): string {
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
