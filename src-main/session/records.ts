import { z } from 'zod'
import type { AttachmentKind } from '#domain/attachment.ts'
import { EngineError } from '#domain/errors.ts'
import { Passport } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import { isOver, type LogLine, type Run, type RunSummary } from '#domain/run.ts'
import type { TraceSummary } from '#domain/trace.ts'
import type { SqlDatabase, SqlRow } from '../sqlite.ts'
import { attachmentDamaged, attachmentOf, attachmentRow } from './attachment-rows.ts'
import { insertRow, isIntact, updateRow } from './checked-row.ts'
import { logLinesOf, logRow } from './log-rows.ts'
import { pointOf, pointRow, SAMPLES_LOST, sampleRow, samplesDamaged, samplesOf } from './point-rows.ts'
import { newRunRow, patchColumns, runOf, SUMMARIES, summaryOf } from './run-rows.ts'
import type { Attachment, KeptTrace, NewRun, PointSamples, RunPatch } from './session-file.ts'
import { TRACE_LOST, traceDamaged, traceOf, traceRow, traceSummaryOf } from './trace-rows.ts'

/** Runs, points, samples and logs in an open database. Knows nothing of locks, files or whether it may write. */
export class SessionRecords {
  readonly #db: SqlDatabase
  readonly #hasWriter: () => boolean
  readonly #damaged: (sentence: string) => void

  /**
   * @param hasWriter whether somebody works on the session now; without, a run can't be running
   * @param damaged takes a sentence for every row that is left out
   */
  constructor(db: SqlDatabase, hasWriter = () => true, damaged: (sentence: string) => void = () => {}) {
    this.#db = db
    this.#hasWriter = hasWriter
    this.#damaged = damaged
  }

  summaries(): RunSummary[] {
    const rows = [...this.#db.rawRows(`${SUMMARIES} ORDER BY run.seq`)]
    const kept = rows.flatMap(row => {
      const run = this.#understood(row, `run “${row.title}”`, summaryOf)
      return run === undefined ? [] : [run]
    })
    return this.#withTrueStatus(kept)
  }

  summary(runId: string): RunSummary {
    const [run] = this.#withTrueStatus([summaryOf(this.#summaryRow(runId))])
    if (run === undefined) throw runNotFound(runId)
    return run
  }

  run(runId: string): Run {
    const row = this.#summaryRow(runId)
    const points = [
      ...this.#db.rawRows('SELECT * FROM point WHERE run_seq = ? ORDER BY position, seq', row.seq ?? null),
    ].flatMap(pointRow => {
      if (!isIntact(pointRow)) {
        this.#damaged(`Run “${row.title}”: a point is damaged and left out.`)
        return []
      }
      const point = this.#understood(pointRow, `point ${pointRow.position} of run “${row.title}”`, pointOf)
      return point === undefined ? [] : [point]
    })
    const [run] = this.#withTrueStatus([runOf(row)])
    if (run === undefined) throw runNotFound(runId)
    return { ...run, points }
  }

  insertRun(run: NewRun): void {
    insertRow(this.#db, 'run', newRunRow(run))
  }

  updateRun(runId: string, patch: RunPatch): void {
    this.#rewriteRun(runId, () => patchColumns(patch))
  }

  /** Point, samples and the run's count of points belong together: call it inside a transaction. */
  addPoint(runId: string, point: Point, samples?: PointSamples): void {
    this.#rewriteRun(runId, run => {
      const pointSeq = insertRow(this.#db, 'point', pointRow(Number(run.seq), point, samples !== undefined))
      if (samples !== undefined) insertRow(this.#db, 'sample', sampleRow(pointSeq, samples))
      return {
        point_count: Number(run.point_count) + 1,
        device: run.device ?? deviceName(point.device, run.passport_json),
      }
    })
  }

  samples(runId: string, pointId: string): PointSamples {
    const point = this.#db.row(
      z.object({ seq: z.int(), sample_columns: z.int() }),
      `SELECT point.seq, sample_columns FROM point JOIN run ON run.seq = run_seq
       WHERE run.id = ? AND point.id = ? AND deleted_at IS NULL`,
      runId,
      pointId,
    )
    if (point === undefined) throw new EngineError('NOT_FOUND', 'There is no such point', { where: pointId })
    if (point.sample_columns === SAMPLES_LOST) throw samplesDamaged()
    const row = this.#db.rawRow("SELECT * FROM sample WHERE point_seq = ? AND name = 'latency'", point.seq)
    if (row !== undefined) return samplesOf(row)
    if (point.sample_columns > 0) throw samplesDamaged()
    throw new EngineError('NOT_FOUND', 'This point has no raw samples', { where: pointId })
  }

  addLog(runId: string, lines: readonly LogLine[]): void {
    const run = this.#runRow(runId)
    const chunks = this.#db.rawRow('SELECT count(*) AS count FROM log WHERE run_seq = ?', run.seq ?? null)
    insertRow(this.#db, 'log', logRow(Number(run.seq), Number(chunks?.count), lines))
  }

  log(runId: string): LogLine[] {
    const { seq, title } = this.#runRow(runId)
    const rows = [...this.#db.rawRows('SELECT * FROM log WHERE run_seq = ? ORDER BY chunk', seq ?? null)]
    return rows.flatMap(row => {
      const lines = isIntact(row) ? this.#understood(row, `log of run “${title}”`, logLinesOf) : undefined
      if (lines === undefined) this.#damaged(`Run “${title}”: part of its log is lost.`)
      return lines ?? []
    })
  }

  /** Row and the run's mark belong together: call it inside a transaction. */
  setTrace(runId: string, trace: KeptTrace): void {
    this.#rewriteRun(runId, run => {
      this.#db.run('DELETE FROM trace WHERE run_seq = ?', run.seq ?? null)
      insertRow(this.#db, 'trace', traceRow(Number(run.seq), trace))
      return { trace_count: 1 }
    })
  }

  trace(runId: string): KeptTrace {
    const row = this.#traceRow(runId)
    if (row !== undefined) return traceOf(row)
    throw new EngineError('NOT_FOUND', 'This run has no trace', { where: runId })
  }

  traceSummary(runId: string): TraceSummary | undefined {
    const row = this.#traceRow(runId)
    return row === undefined ? undefined : traceSummaryOf(row)
  }

  #traceRow(runId: string): SqlRow | undefined {
    const run = this.#runRow(runId)
    const row = this.#db.rawRow('SELECT * FROM trace WHERE run_seq = ?', run.seq ?? null)
    if (row === undefined && (run.trace_count === TRACE_LOST || run.trace_count === 1)) throw traceDamaged()
    return row
  }

  /** Row and the run's count belong together: call it inside a transaction. */
  attach(runId: string, attachment: Attachment): void {
    this.#rewriteRun(runId, run => {
      const { kind, name } = attachment
      const isNew =
        this.#db.rawRow(
          'SELECT 1 FROM attachment WHERE run_seq = ? AND kind = ? AND name = ?',
          run.seq ?? null,
          kind,
          name,
        ) === undefined
      if (!isNew) {
        this.#db.run('DELETE FROM attachment WHERE run_seq = ? AND kind = ? AND name = ?', run.seq ?? null, kind, name)
      }
      insertRow(this.#db, 'attachment', attachmentRow(Number(run.seq), attachment))
      return { attachment_count: Number(run.attachment_count ?? 0) + (isNew ? 1 : 0) }
    })
  }

  attachments(runId: string, kind?: AttachmentKind): Attachment[] {
    const run = this.#runRow(runId)
    const rows = [...this.#db.rawRows('SELECT * FROM attachment WHERE run_seq = ? ORDER BY seq', run.seq ?? null)]
    // A reader is told where some vanished, not shown the rest as if it were all.
    if (rows.length < Number(run.attachment_count ?? 0)) throw attachmentDamaged(undefined)
    return rows.filter(row => kind === undefined || row.kind === kind).map(attachmentOf)
  }

  hide(runId: string, at: string): void {
    this.#rewriteRun(runId, () => ({ deleted_at: at }))
  }

  unhide(runId: string): void {
    this.#rewriteRun(runId, () => ({ deleted_at: null }))
  }

  dropHidden(): void {
    this.#db.run('DELETE FROM run WHERE deleted_at IS NOT NULL')
  }

  hasUnfinished(): boolean {
    return this.#db.rawRow("SELECT 1 FROM run WHERE status IN ('queued', 'running') LIMIT 1") !== undefined
  }

  /** What was going on when the last writer died will not go on. Everything measured stays. */
  interruptUnfinished(): void {
    for (const row of [...this.#db.rawRows("SELECT * FROM run WHERE status IN ('queued', 'running')")]) {
      updateRow(this.#db, 'run', 'seq', { ...row, status: 'interrupted' })
    }
  }

  #rewriteRun(runId: string, change: (row: SqlRow) => SqlRow): void {
    const row = this.#runRow(runId)
    updateRow(this.#db, 'run', 'seq', { ...row, ...change(row) })
  }

  /** Hidden runs too: a job may still be finishing one. */
  #runRow(runId: string): SqlRow {
    const row = this.#db.rawRow('SELECT * FROM run WHERE id = ?', runId)
    if (row === undefined) throw runNotFound(runId)
    return row
  }

  #summaryRow(runId: string): SqlRow {
    const row = this.#db.rawRow(`${SUMMARIES} AND run.id = ?`, runId)
    if (row === undefined) throw runNotFound(runId)
    return row
  }

  #withTrueStatus<T extends RunSummary>(runs: T[]): T[] {
    if (runs.every(run => isOver(run.status)) || this.#hasWriter()) return runs
    return runs.map(run => (isOver(run.status) ? run : { ...run, status: 'interrupted' }))
  }

  #understood<T>(row: SqlRow, what: string, read: (row: SqlRow) => T): T | undefined {
    try {
      return read(row)
    } catch (thrown) {
      if (!(thrown instanceof z.ZodError)) throw thrown
      this.#damaged(`The ${what} can't be understood and is left out (${thrown.issues[0]?.path.join('.')}).`)
      return undefined
    }
  }
}

function runNotFound(runId: string): EngineError {
  return new EngineError('NOT_FOUND', 'There is no such run in this session', {
    where: runId,
    hint: 'It may have been deleted.',
  })
}

/** Name of what a point ran on: the passport's where it has one, else the device's id ("cpu", "cuda:0"). */
function deviceName(device: string, passportJson: SqlRow[string] | undefined): string {
  if (typeof passportJson !== 'string') return device
  const passport = Passport.safeParse(JSON.parse(passportJson)).data
  const [kind, index = '0'] = device.split(':')
  const name = kind === 'cpu' ? passport?.cpu.model : passport?.gpu[`gpu${index}Name`]
  return typeof name === 'string' && name !== 'unknown' ? name : device
}
