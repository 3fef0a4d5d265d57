import { z } from 'zod'
import { LogLine } from '#domain/run.ts'
import type { SqlRow } from '../sqlite.ts'
import { json } from './run-rows.ts'

/** Log lines between domain records and rows of table `log`: a row per batch of lines, numbered from 0 in each run. */

const LogColumns = z.object({ lines_json: json(z.array(LogLine)) })

export function logRow(runSeq: number, chunk: number, lines: readonly LogLine[]): SqlRow {
  return { run_seq: runSeq, chunk, line_count: lines.length, lines_json: JSON.stringify(lines) }
}

/** @throws ZodError */
export function logLinesOf(row: SqlRow): LogLine[] {
  return LogColumns.parse(row).lines_json
}
