import { z } from 'zod'
import { SqlDatabase, type SqlRow, sqliteCode } from '../sqlite.ts'
import { insertRow, isIntact, updateRow } from './checked-row.ts'
import type { SessionRow } from './format.ts'
import { SAMPLES_LOST } from './point-rows.ts'
import { insertSessionRow, migrate } from './schema.ts'
import { TRACE_LOST } from './trace-rows.ts'

export interface Recovered {
  /** What was lost, a sentence each; empty when all of it could be read. */
  lost: string[]
  /** There is no run in it. */
  isEmpty: boolean
}

/**
 * Makes a sound session at `targetPath` of every row of a damaged one that can be read and whose checksum fits; the
 * rest is left out and named. The damaged file is only read.
 */
export function recoverInto(
  source: SqlDatabase,
  targetPath: string,
  session: SessionRow | undefined,
  appVersion: string,
): Recovered {
  const target = new SqlDatabase(targetPath, { create: true })
  try {
    target.pragma('synchronous = OFF')
    return target.transaction(() => {
      migrate(target, 0)
      const lost = [
        ...recoverRuns(source, target, session?.run_count),
        ...recoverPoints(source, target),
        ...recoverSamples(source, target),
        ...recoverLogs(source, target),
        ...recoverTraces(source, target),
        ...recoverAttachments(source, target),
      ]
      writeSessionRow(target, session, lost, appVersion)
      return { lost, isEmpty: target.rawRow('SELECT 1 FROM run') === undefined }
    })
  } finally {
    target.close()
  }
}

function recoverRuns(source: SqlDatabase, target: SqlDatabase, expected: number | undefined): string[] {
  let kept = 0
  for (const row of intactRows(source, 'run')) {
    insertRow(target, 'run', knownColumns(target, 'run', row), { orIgnore: true })
    kept++
  }
  return expected === undefined || kept >= expected ? [] : [`${counted(expected - kept, 'run')} lost.`]
}

/** Also sets each run's number of points to what is there, so that a saved copy is sound. */
function recoverPoints(source: SqlDatabase, target: SqlDatabase): string[] {
  const runs = new Set(target.rows(Seq, 'SELECT seq FROM run').map(run => run.seq))
  for (const row of intactRows(source, 'point')) {
    const known = runs.has(Number(row.run_seq))
    if (known) insertRow(target, 'point', knownColumns(target, 'point', row), { orIgnore: true })
  }
  const short = target.rows(
    z.object({ seq: z.int(), title: z.string(), point_count: z.int(), kept: z.int() }),
    `SELECT seq, title, point_count, kept
     FROM (SELECT *, (SELECT count(*) FROM point WHERE run_seq = run.seq) AS kept FROM run) WHERE kept <> point_count`,
  )
  return short.map(({ seq, title, point_count, kept }) => {
    rewrite(target, 'run', seq, { point_count: kept })
    return `Run “${title}”: ${point_count - kept} of ${point_count} points lost.`
  })
}

function recoverSamples(source: SqlDatabase, target: SqlDatabase): string[] {
  const points = new Set(target.rows(Seq, 'SELECT seq FROM point').map(point => point.seq))
  for (const row of intactRows(source, 'sample')) {
    const known = points.has(Number(row.point_seq))
    if (known) insertRow(target, 'sample', knownColumns(target, 'sample', row), { orIgnore: true })
  }
  const without = target.rows(
    z.object({ seq: z.int(), run_seq: z.int(), title: z.string() }),
    `SELECT point.seq, run_seq, title FROM point JOIN run ON run.seq = run_seq
     WHERE sample_columns > 0 AND NOT EXISTS (SELECT 1 FROM sample WHERE point_seq = point.seq)`,
  )
  for (const { seq } of without) rewrite(target, 'point', seq, { sample_columns: SAMPLES_LOST })
  return [...Map.groupBy(without, point => point.run_seq).values()].map(
    points =>
      `Run “${points[0]?.title}”: the raw samples of ${counted(points.length, 'point')} are lost, their figures are there.`,
  )
}

function recoverLogs(source: SqlDatabase, target: SqlDatabase): string[] {
  const titles = new Map(
    target.rows(Seq.extend({ title: z.string() }), 'SELECT seq, title FROM run').map(run => [run.seq, run.title]),
  )
  const lost = new Set<number>()
  const damaged = (row: SqlRow) => lost.add(Number(row.run_seq))
  for (const row of intactRows(source, 'log', damaged)) {
    if (titles.has(Number(row.run_seq))) insertRow(target, 'log', knownColumns(target, 'log', row), { orIgnore: true })
  }
  const gaps = target.rows(Seq, 'SELECT run_seq AS seq FROM log GROUP BY run_seq HAVING count(*) <= max(chunk)')
  for (const { seq } of gaps) lost.add(seq)
  return [...lost].filter(seq => titles.has(seq)).map(seq => `Run “${titles.get(seq)}”: part of its log is lost.`)
}

function recoverTraces(source: SqlDatabase, target: SqlDatabase): string[] {
  const runs = new Set(target.rows(Seq, 'SELECT seq FROM run').map(run => run.seq))
  for (const row of intactRows(source, 'trace')) {
    const known = runs.has(Number(row.run_seq))
    if (known) insertRow(target, 'trace', knownColumns(target, 'trace', row), { orIgnore: true })
  }
  const without = target.rows(
    Seq.extend({ title: z.string() }),
    `SELECT seq, title FROM run
     WHERE trace_count = 1 AND NOT EXISTS (SELECT 1 FROM trace WHERE run_seq = run.seq)`,
  )
  return without.map(({ seq, title }) => {
    rewrite(target, 'run', seq, { trace_count: TRACE_LOST })
    return `Run “${title}”: its trace is lost.`
  })
}

/** Also sets each run's number of attachments to what is there, so that the rest can be read. */
function recoverAttachments(source: SqlDatabase, target: SqlDatabase): string[] {
  const runs = new Set(target.rows(Seq, 'SELECT seq FROM run').map(run => run.seq))
  for (const row of intactRows(source, 'attachment')) {
    const known = runs.has(Number(row.run_seq))
    if (known) insertRow(target, 'attachment', knownColumns(target, 'attachment', row), { orIgnore: true })
  }
  const short = target.rows(
    Seq.extend({ title: z.string(), attachment_count: z.int(), kept: z.int() }),
    `SELECT seq, title, attachment_count, kept
     FROM (SELECT *, (SELECT count(*) FROM attachment WHERE run_seq = run.seq) AS kept FROM run)
     WHERE attachment_count <> kept`,
  )
  return short.map(({ seq, title, attachment_count, kept }) => {
    rewrite(target, 'run', seq, { attachment_count: kept })
    return `Run “${title}”: ${attachment_count - kept} of ${counted(attachment_count, 'attachment')} lost.`
  })
}

/** Name and dates as they were; the loss is written into the notes, so that a saved copy tells of it. */
function writeSessionRow(
  target: SqlDatabase,
  session: SessionRow | undefined,
  lost: string[],
  appVersion: string,
): void {
  const oldest = target.rawRow('SELECT min(created_at) AS at FROM run')?.at
  const createdAt = session?.created_at ?? (typeof oldest === 'string' ? oldest : new Date().toISOString())
  insertSessionRow(target, appVersion, createdAt, session?.name ?? undefined)
  const story = lost.length === 0 ? [] : [`Recovered from a damaged file. ${lost.join(' ')}`]
  rewrite(
    target,
    'session',
    1,
    {
      notes: [session?.notes, ...story].filter(Boolean).join('\n\n'),
      modified_at: session?.modified_at ?? createdAt,
      run_count: target.rows(Seq, 'SELECT seq FROM run').length,
    },
    'id',
  )
}

const Seq = z.object({ seq: z.int() })

/**
 * Rows of a table that can be read and are as they were written. Where a page is broken SQLite stops; what lies
 * behind it is then read from the other end.
 */
function* intactRows(source: SqlDatabase, table: string, damaged: (row: SqlRow) => void = () => {}): Generator<SqlRow> {
  let last: SqlRow[string] = Number.MIN_SAFE_INTEGER
  const passes = [`SELECT * FROM ${table} ORDER BY seq`, `SELECT * FROM ${table} WHERE seq > ? ORDER BY seq DESC`]
  for (const [pass, sql] of passes.entries()) {
    try {
      for (const row of source.rawRows(sql, ...(pass === 0 ? [] : [last]))) {
        if (pass === 0) last = row.seq ?? last
        if (isIntact(row)) yield row
        else damaged(row)
      }
      return
    } catch (thrown) {
      if (sqliteCode(thrown) === undefined) throw thrown
    }
  }
}

/** Without columns that only a later version has. */
function knownColumns(target: SqlDatabase, table: string, row: SqlRow): SqlRow {
  const names = target.rows(z.object({ name: z.string() }), 'SELECT name FROM pragma_table_info(?)', table)
  const known = names.filter(({ name }) => name !== 'crc' && name in row)
  return Object.fromEntries(known.map(({ name }) => [name, row[name] ?? null]))
}

function rewrite(target: SqlDatabase, table: string, key: number, columns: SqlRow, keyName = 'seq'): void {
  const row = target.rawRow(`SELECT * FROM ${table} WHERE ${keyName} = ?`, key)
  if (row !== undefined) updateRow(target, table, keyName, { ...row, ...columns })
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
