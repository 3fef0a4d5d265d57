import { basename } from 'node:path'
import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import { type SqlDatabase, sqliteCode } from '../sqlite.ts'
import { checkedColumns, isIntact } from './checked-row.ts'
import { sizeOf } from './disk.ts'
import {
  APPLICATION_ID,
  BULK_CHECK_MAX_BYTES,
  FORMAT_VERSION,
  SessionRow,
  STRUCTURE_CHECK_MAX_BYTES,
} from './format.ts'
import { schemaCrc } from './schema.ts'

/** Looks at an open database and says what it is and whether it is whole. Reads only. */

export interface Inspected {
  /** Version of the tables. */
  format: number
  /** Absent when the row is damaged. */
  session?: SessionRow
  /** Made by a later version that lets this one read. */
  newer: boolean
  /** A sentence each; which rows are hit, recovery finds out. */
  damage: string[]
}

/**
 * @param db open for reading; when it is damaged, it is set to read as far as it goes
 * @param isOurs the file's header carries our application id
 * @throws EngineError NOT_A_SESSION, SESSION_NEWER, SESSION_DAMAGED when not even the session's version can be read
 */
export function inspect(db: SqlDatabase, appVersion: string, isOurs: boolean): Inspected {
  try {
    const identity = identify(db, appVersion)
    const found = identity.damage.length > 0 ? [] : findDamage(db, identity)
    return { ...identity, damage: [...identity.damage, ...found] }
  } catch (thrown) {
    const code = sqliteCode(thrown) ?? ''
    if (code.startsWith('SQLITE_NOTADB') && isOurs) throw unreadable(db.path, thrown)
    if (!code.startsWith('SQLITE_CORRUPT') && code !== 'SQLITE_ERROR') throw thrown
    return inspectDamaged(db, appVersion, thrown)
  }
}

/** SQLite refuses the whole file, a truncated one for instance; read past that, most of it may still be there. */
function inspectDamaged(db: SqlDatabase, appVersion: string, why: unknown): Inspected {
  try {
    db.tolerateDamage()
    const identity = identify(db, appVersion)
    return { ...identity, damage: [structureSentence(messageOf(why)), ...identity.damage] }
  } catch (thrown) {
    if (thrown instanceof EngineError && sqliteCode(thrown) === undefined) throw thrown
    throw unreadable(db.path, why)
  }
}

/**
 * Whose file it is and of which version.
 * @throws EngineError NOT_A_SESSION, SESSION_NEWER, SESSION_DAMAGED when not even that can be read
 */
function identify(db: SqlDatabase, appVersion: string): Inspected {
  const name = basename(db.path)
  if (z.int().parse(db.pragma('application_id')) !== APPLICATION_ID) {
    throw new EngineError('NOT_A_SESSION', `${name} is a SQLite database, but not a session`, {
      where: db.path,
      hint: 'Choose a file that Batchscope wrote.',
    })
  }
  const headerFormat = z.int().parse(db.pragma('user_version'))
  const session = sessionRow(db)
  if (session === undefined) {
    if (headerFormat < 1 || headerFormat > FORMAT_VERSION) throw unreadable(db.path)
    return { format: headerFormat, newer: false, damage: ['Name, notes and dates of the session are damaged.'] }
  }
  if (session.reader_format > FORMAT_VERSION) {
    const { app_version: madeBy, reader_app: from, format } = session
    throw new EngineError(
      'SESSION_NEWER',
      `Made by Batchscope ${madeBy}, opens read-only from ${from}; this is ${appVersion}`,
      {
        where: db.path,
        hint: `Update Batchscope to ${from} or later.`,
        detail: `session format ${format}, this version knows ${FORMAT_VERSION}`,
      },
    )
  }
  const damage =
    session.format === headerFormat
      ? []
      : [`The header says session format ${headerFormat}, the session itself says ${session.format}.`]
  return { format: session.format, session, newer: session.format > FORMAT_VERSION, damage }
}

/** The first thing that is wrong with the file. */
function findDamage(db: SqlDatabase, { session, format }: Inspected): string[] {
  const bytes = sizeOf(db.path) ?? 0
  try {
    const first =
      (bytes <= STRUCTURE_CHECK_MAX_BYTES ? structureDamage(db) : undefined) ??
      definitionDamage(db, session) ??
      db.snapshot(() => rowDamage(db, session, format, bytes <= BULK_CHECK_MAX_BYTES))
    return first === undefined ? [] : [first]
  } catch (thrown) {
    if (sqliteCode(thrown) === undefined) throw thrown
    db.tolerateDamage()
    return [structureSentence(messageOf(thrown))]
  }
}

export function unreadable(path: string, cause?: unknown): EngineError {
  const data = { where: path, hint: 'Use a copy or a backup of the file. It was not changed.' }
  return new EngineError('SESSION_DAMAGED', `${basename(path)} is damaged beyond reading`, data, { cause })
}

/** The session row if it is there and intact. */
function sessionRow(db: SqlDatabase): SessionRow | undefined {
  try {
    const row = db.rawRow('SELECT * FROM session')
    return row !== undefined && isIntact(row) ? SessionRow.safeParse(row).data : undefined
  } catch (thrown) {
    // A damaged table definition makes "no such table" of it; what else fails here is the caller's to handle.
    if (sqliteCode(thrown) === 'SQLITE_ERROR') return undefined
    throw thrown
  }
}

function structureDamage(db: SqlDatabase): string | undefined {
  const [first] = db.rows(z.object({ integrity_check: z.string() }), 'PRAGMA integrity_check(1)')
  return first === undefined || first.integrity_check === 'ok' ? undefined : structureSentence(first.integrity_check)
}

function messageOf(thrown: unknown): string {
  const cause = thrown instanceof EngineError ? thrown.cause : thrown
  return cause instanceof Error ? cause.message : String(cause)
}

function structureSentence(evidence: string): string {
  return `The structure of the file is damaged (${evidence.replaceAll(/\s+/g, ' ').trim()}).`
}

/** Triggers and views are never ours: a file that brings some was tampered with. */
function definitionDamage(db: SqlDatabase, session: SessionRow | undefined): string | undefined {
  return session === undefined || schemaCrc(db) === session.schema_crc
    ? undefined
    : 'The definitions of the tables in the file are not as they were written.'
}

const Count = z.object({ count: z.int() })

function rowDamage(
  db: SqlDatabase,
  session: SessionRow | undefined,
  format: number,
  withBulk: boolean,
): string | undefined {
  const tables = [
    'run',
    'point',
    ...(withBulk ? ['sample'] : []),
    ...(withBulk && format >= 2 ? ['log'] : []),
    ...(withBulk && format >= 3 ? ['trace'] : []),
    ...(withBulk && format >= 4 ? ['attachment'] : []),
  ]
  for (const table of tables) {
    let names: readonly string[] | undefined
    for (const row of db.rawRows(`SELECT * FROM ${table}`)) {
      names ??= checkedColumns(row)
      if (!isIntact(row, names)) return `A row of table ${table} is not as it was written.`
    }
  }
  const missing = db.row(
    Count,
    `SELECT count(*) AS count FROM run
     WHERE point_count <> (SELECT count(*) FROM point WHERE run_seq = run.seq)`,
  )
  const missingSamples = db.row(
    Count,
    `SELECT count(*) AS count FROM point
     WHERE sample_columns > 0 AND sample_columns <> (SELECT count(*) FROM sample WHERE point_seq = point.seq)`,
  )
  const missingTraces =
    format < 3
      ? { count: 0 }
      : db.row(
          Count,
          `SELECT count(*) AS count FROM run
           WHERE trace_count = 1 AND NOT EXISTS (SELECT 1 FROM trace WHERE run_seq = run.seq)`,
        )
  const missingAttachments =
    format < 4
      ? { count: 0 }
      : db.row(
          Count,
          `SELECT count(*) AS count FROM run
           WHERE attachment_count <> (SELECT count(*) FROM attachment WHERE run_seq = run.seq)`,
        )
  const runs = db.row(Count, 'SELECT count(*) AS count FROM run')
  const absent = [missing, missingSamples, missingTraces, missingAttachments]
  if (absent.some(found => found?.count !== 0)) return 'Rows are missing from the file.'
  return session !== undefined && runs?.count !== session.run_count ? 'Runs are missing from the file.' : undefined
}
