import type { ResultDocument } from '#domain/document.ts'
import type { TraceSummary } from '#domain/trace.ts'
import { csvField } from './csv-field.ts'

/** Tables of a trace, in the words of the result document. */
const TABLES = [
  'kernels',
  'operators',
  'apiCalls',
  'copies',
  'ranges',
  'syncs',
  'osCalls',
  'nodes',
  'graphs',
] as const satisfies readonly (keyof TraceSummary)[]

/** Every column that any of the tables has; what a table does not have is empty. Times in ns. */
const COLUMNS = [
  'name',
  'category',
  'type',
  'style',
  'shapes',
  'count',
  'totalNs',
  'avgNs',
  'medianNs',
  'minNs',
  'maxNs',
  'stdNs',
  'selfCpuNs',
  'totalCpuNs',
  'selfDeviceNs',
  'totalDeviceNs',
  'totalBytes',
  'blocks',
  'threadsPerBlock',
  'registersPerThread',
  'occupancy',
  'projectedNs',
  'deviceWork',
] as const

/** A row per row of every table, RFC 4180; '' where no run has a trace. */
export function traceCsv(document: ResultDocument): string {
  const rows = document.runs.flatMap(({ id, title, trace }) =>
    trace === undefined
      ? []
      : TABLES.flatMap(table =>
          trace[table].map((row: Readonly<Record<string, unknown>>) => [
            document.session.name,
            id,
            title,
            table,
            ...COLUMNS.map(column => cell(row[column])),
          ]),
        ),
  )
  if (rows.length === 0) return ''
  const lines = [['session', 'run', 'runTitle', 'table', ...COLUMNS], ...rows]
  return lines.map(line => `${line.map(csvField).join(',')}\r\n`).join('')
}

function cell(value: unknown): string | number | undefined {
  return typeof value === 'string' || typeof value === 'number' ? value : undefined
}
