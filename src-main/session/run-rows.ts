import { z } from 'zod'
import { Failure } from '#domain/errors.ts'
import { Finding } from '#domain/finding.ts'
import { ModelRef } from '#domain/model.ts'
import { Passport } from '#domain/passport.ts'
import { Notice, type Run, RunStatus, type RunSummary } from '#domain/run.ts'
import type { SqlRow } from '../sqlite.ts'
import { withoutNulls } from './checked-row.ts'
import type { NewRun, RunPatch } from './session-file.ts'

/** Runs between domain records and rows of table `run`. Columns hold what lists query; JSON what only the whole run shows. */

/** A JSON column, its content checked by `schema`. */
export function json<T>(schema: z.ZodType<T>) {
  return z.string().transform((text, context): T => {
    const checked = schema.safeParse(parsed(text))
    if (checked.success) return checked.data
    context.addIssue({ code: 'custom', message: z.prettifyError(checked.error) })
    return z.NEVER
  })
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined // no schema takes it: the caller says which column
  }
}

const SummaryRow = z.object({
  id: z.string(),
  kind: z.string(),
  title: z.string(),
  subtitle: z.string().optional(),
  status: RunStatus,
  created_at: z.string(),
  started_at: z.string().optional(),
  ended_at: z.string().optional(),
  model_name: z.string().optional(),
  device: z.string().optional(),
  notes: z.string(),
  trace_count: z.int().optional(),
  of_run: z.string().optional(),
  of_point: z.string().optional(),
  job: z.string().optional(),
})

const DetailRow = z.object({
  command: z.string(),
  spec_json: json(z.unknown()).optional(),
  model_json: json(ModelRef).optional(),
  passport_json: json(Passport).optional(),
  notices_json: json(z.array(Notice)),
  error_json: json(Failure).optional(),
  findings_json: json(z.array(Finding)),
})

/** What SQL counts over the points of a run. */
const Figures = z.object({
  points: z.int(),
  failed: z.int(),
  best_infer_per_sec: z.number().optional(),
  best_batch: z.int().optional(),
  best_runtime: z.string().optional(),
})

/** Every run that is not hidden, with its figures. With exactly one max(), SQLite takes bare columns from its row. */
export const SUMMARIES = `
SELECT run.*, coalesce(figures.points, 0) AS points, coalesce(figures.failed, 0) AS failed,
  figures.best_infer_per_sec, figures.best_batch, figures.best_runtime,
  CASE WHEN json_valid(run.spec_json) THEN run.spec_json ->> '$.of.runId' END AS of_run,
  CASE WHEN json_valid(run.spec_json) THEN run.spec_json ->> '$.of.pointId' END AS of_point,
  CASE WHEN json_valid(run.spec_json) AND json_valid(run.passport_json)
    AND json_type(run.spec_json, '$.group') = 'text' AND json_type(run.passport_json, '$.method.rank') = 'integer'
    THEN run.spec_json ->> '$.group' END AS job
FROM run LEFT JOIN (
  SELECT run_seq, count(*) AS points, sum(status = 'failed') AS failed,
    max(CASE WHEN status = 'done' THEN infer_per_sec END) AS best_infer_per_sec,
    batch AS best_batch, runtime AS best_runtime
  FROM point GROUP BY run_seq
) AS figures ON figures.run_seq = run.seq
WHERE run.deleted_at IS NULL`

/** @param row of SUMMARIES   @throws ZodError */
export function summaryOf(row: SqlRow): RunSummary {
  const present = withoutNulls(row)
  const run = SummaryRow.parse(present)
  const figures = Figures.parse(present)
  const { best_infer_per_sec: inferPerSec, best_batch: batch, best_runtime: runtime } = figures
  return {
    id: run.id,
    kind: run.kind,
    title: run.title,
    status: run.status,
    createdAt: run.created_at,
    ...(run.started_at === undefined ? {} : { startedAt: run.started_at }),
    ...(run.ended_at === undefined ? {} : { endedAt: run.ended_at }),
    ...(run.model_name === undefined ? {} : { modelName: run.model_name }),
    ...(run.subtitle === undefined ? {} : { subtitle: run.subtitle }),
    ...(run.device === undefined ? {} : { device: run.device }),
    pointCount: figures.points,
    failedPointCount: figures.failed,
    ...(inferPerSec === undefined || batch === undefined || runtime === undefined
      ? {}
      : { best: { inferPerSec, batch, runtime } }),
    ...(run.trace_count === undefined ? {} : { hasTrace: true }),
    ...(run.of_run === undefined || run.of_point === undefined
      ? {}
      : { of: { runId: run.of_run, pointId: run.of_point } }),
    ...(run.job === undefined ? {} : { job: run.job }),
    notes: run.notes,
  }
}

/** @param row of SUMMARIES   @throws ZodError */
export function runOf(row: SqlRow): Omit<Run, 'points'> {
  const detail = DetailRow.parse(withoutNulls(row))
  return {
    ...summaryOf(row),
    spec: detail.spec_json,
    command: detail.command,
    ...(detail.model_json === undefined ? {} : { model: detail.model_json }),
    ...(detail.passport_json === undefined ? {} : { passport: detail.passport_json }),
    notices: detail.notices_json,
    ...(detail.error_json === undefined ? {} : { error: detail.error_json }),
    findings: detail.findings_json,
  }
}

export function newRunRow(run: NewRun): SqlRow {
  return {
    id: run.id,
    kind: run.kind,
    status: 'queued',
    created_at: run.createdAt,
    notes: '',
    command: run.command,
    point_count: 0,
    spec_json: JSON.stringify(run.spec) ?? null,
    notices_json: '[]',
    findings_json: '[]',
    ...patchColumns(run),
    title: run.title,
  }
}

/** Columns that a patch changes; what it does not name stays. */
export function patchColumns(patch: RunPatch): SqlRow {
  const columns: [string, SqlRow[string] | undefined][] = [
    ['title', patch.title],
    ['subtitle', patch.subtitle],
    ['status', patch.status],
    ['started_at', patch.startedAt],
    ['ended_at', patch.endedAt],
    ['notes', patch.notes],
    ['model_name', patch.modelName],
    ['model_json', patch.model && JSON.stringify(ModelRef.parse(patch.model))],
    ['passport_json', patch.passport && JSON.stringify(patch.passport)],
    ['notices_json', patch.notices && JSON.stringify(patch.notices)],
    ['error_json', patch.error && JSON.stringify(patch.error)],
    ['findings_json', patch.findings && JSON.stringify(patch.findings)],
  ]
  return Object.fromEntries(columns.filter((column): column is [string, SqlRow[string]] => column[1] !== undefined))
}
