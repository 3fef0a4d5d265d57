import { crc32 } from 'node:zlib'
import { z } from 'zod'
import type { SqlDatabase, SqlRow } from '../sqlite.ts'
import { insertRow, updateRow } from './checked-row.ts'
import { APPLICATION_ID, FORMAT_VERSION, READABLE_FROM } from './format.ts'

/**
 * The tables, as the steps that lead to them. A step is never changed once released; a new version is a new step.
 * The newest version's tables as a whole are in docs/session-format.md.
 */
interface Migration {
  version: number
  up(db: SqlDatabase): void
}

const VERSION_1 = `
CREATE TABLE session (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  name TEXT,
  notes TEXT NOT NULL,
  created_at TEXT NOT NULL,
  modified_at TEXT NOT NULL,
  app_version TEXT NOT NULL,
  format INTEGER NOT NULL,
  reader_format INTEGER NOT NULL,
  reader_app TEXT NOT NULL,
  run_count INTEGER NOT NULL,
  schema_crc INTEGER NOT NULL,
  crc INTEGER NOT NULL
) STRICT;
CREATE TABLE run (
  seq INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  subtitle TEXT,
  status TEXT NOT NULL,
  created_at TEXT NOT NULL,
  started_at TEXT,
  ended_at TEXT,
  model_name TEXT,
  device TEXT,
  notes TEXT NOT NULL,
  command TEXT NOT NULL,
  point_count INTEGER NOT NULL,
  spec_json TEXT,
  model_json TEXT,
  passport_json TEXT,
  notices_json TEXT NOT NULL,
  error_json TEXT,
  findings_json TEXT NOT NULL,
  crc INTEGER NOT NULL
) STRICT;
CREATE TABLE point (
  seq INTEGER PRIMARY KEY,
  run_seq INTEGER NOT NULL REFERENCES run (seq) ON DELETE CASCADE,
  id TEXT NOT NULL,
  position INTEGER NOT NULL,
  runtime TEXT NOT NULL,
  device TEXT NOT NULL,
  precision TEXT NOT NULL,
  batch INTEGER NOT NULL,
  concurrency INTEGER NOT NULL,
  repeat INTEGER NOT NULL,
  status TEXT NOT NULL,
  started_at TEXT NOT NULL,
  duration_ms REAL,
  infer_per_sec REAL,
  mean_ms REAL,
  std_ms REAL,
  min_ms REAL,
  p50_ms REAL,
  p90_ms REAL,
  p95_ms REAL,
  p99_ms REAL,
  max_ms REAL,
  sample_columns INTEGER NOT NULL,
  detail_json TEXT NOT NULL,
  crc INTEGER NOT NULL,
  UNIQUE (run_seq, id)
) STRICT;
CREATE TABLE sample (
  seq INTEGER PRIMARY KEY,
  point_seq INTEGER NOT NULL REFERENCES point (seq) ON DELETE CASCADE,
  name TEXT NOT NULL,
  unit TEXT NOT NULL,
  dtype TEXT NOT NULL,
  codec TEXT NOT NULL,
  count INTEGER NOT NULL,
  warmup INTEGER NOT NULL,
  data BLOB NOT NULL,
  crc INTEGER NOT NULL,
  UNIQUE (point_seq, name)
) STRICT;
`

const MIGRATIONS: readonly Migration[] = [
  { version: 1, up: db => db.exec(VERSION_1) },
  {
    /** Runs can be hidden and brought back; the log is kept. */
    version: 2,
    up: db =>
      db.exec(`
ALTER TABLE run ADD COLUMN deleted_at TEXT;
CREATE TABLE log (
  seq INTEGER PRIMARY KEY,
  run_seq INTEGER NOT NULL REFERENCES run (seq) ON DELETE CASCADE,
  chunk INTEGER NOT NULL,
  line_count INTEGER NOT NULL,
  lines_json TEXT NOT NULL,
  crc INTEGER NOT NULL,
  UNIQUE (run_seq, chunk)
) STRICT;
`),
  },
  {
    /** A run can have a trace. */
    version: 3,
    up: db =>
      db.exec(`
ALTER TABLE run ADD COLUMN trace_count INTEGER;
CREATE TABLE trace (
  seq INTEGER PRIMARY KEY,
  run_seq INTEGER NOT NULL UNIQUE REFERENCES run (seq) ON DELETE CASCADE,
  path TEXT NOT NULL,
  bytes INTEGER NOT NULL,
  sha256 TEXT NOT NULL,
  format TEXT NOT NULL,
  codec TEXT NOT NULL,
  summary BLOB NOT NULL,
  facts BLOB NOT NULL,
  coarse BLOB NOT NULL,
  crc INTEGER NOT NULL
) STRICT;
`),
  },
  {
    /** A run can keep documents of its own: layers of an engine, a GPU's clocks. */
    version: 4,
    up: db =>
      db.exec(`
ALTER TABLE run ADD COLUMN attachment_count INTEGER;
CREATE TABLE attachment (
  seq INTEGER PRIMARY KEY,
  run_seq INTEGER NOT NULL REFERENCES run (seq) ON DELETE CASCADE,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  codec TEXT NOT NULL,
  data BLOB NOT NULL,
  crc INTEGER NOT NULL,
  UNIQUE (run_seq, kind, name)
) STRICT;
`),
  },
]

/** Brings the tables from version `from` (0: an empty database) to `to`. To be called inside a transaction. */
export function migrate(db: SqlDatabase, from: number, to = FORMAT_VERSION): void {
  for (const { version, up } of MIGRATIONS) if (version > from && version <= to) up(db)
  db.pragma(`application_id = ${APPLICATION_ID}`)
  db.pragma(`user_version = ${to}`)
}

/** Brings a session of an older version up to this one, all or nothing. A current one is not touched. */
export function bringUpToDate(db: SqlDatabase, appVersion: string): void {
  const from = z.int().parse(db.pragma('user_version'))
  if (from >= FORMAT_VERSION) return
  db.transaction(() => {
    migrate(db, from)
    const row = db.rawRow('SELECT * FROM session')
    if (row === undefined) throw new Error('A session without its session row cannot be brought up to date')
    updateRow(db, 'session', 'id', { ...row, ...versionColumns(db, appVersion) })
  })
}

/** What the session row says of the format: which it is, who wrote it, who may read it. */
function versionColumns(db: SqlDatabase, appVersion: string): SqlRow {
  return {
    app_version: appVersion,
    format: FORMAT_VERSION,
    reader_format: READABLE_FROM.format,
    reader_app: READABLE_FROM.app,
    schema_crc: schemaCrc(db),
  }
}

/** Checksum over the text of all table definitions: a bit that flips there could rename a column. */
export function schemaCrc(db: SqlDatabase): number {
  const parts = db.rows(
    z.object({ type: z.string(), name: z.string(), sql: z.string().nullable() }),
    'SELECT type, name, sql FROM sqlite_schema ORDER BY type, name',
  )
  return crc32(parts.map(({ type, name, sql }) => `${type} ${name}\n${sql ?? ''}\n`).join(''))
}

/** The row a new session starts with. */
export function insertSessionRow(db: SqlDatabase, appVersion: string, createdAt: string, name?: string): void {
  insertRow(db, 'session', {
    id: 1,
    name: name ?? null,
    notes: '',
    created_at: createdAt,
    modified_at: createdAt,
    run_count: 0,
    ...versionColumns(db, appVersion),
  })
}
