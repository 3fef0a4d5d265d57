import { basename } from 'node:path'
import type { AttachmentKind } from '#domain/attachment.ts'
import { EngineError } from '#domain/errors.ts'
import type { Point } from '#domain/point.ts'
import type { LogLine, Run, RunSummary } from '#domain/run.ts'
import type { LockHolder, SessionInfo } from '#domain/session.ts'
import type { TraceSummary } from '#domain/trace.ts'
import type { SqlDatabase } from '../sqlite.ts'
import { updateRow } from './checked-row.ts'
import { copySession } from './copy-session.ts'
import { sizeOf, type TemporaryFolder } from './disk.ts'
import { SessionRow } from './format.ts'
import { markOpenHere } from './open-here.ts'
import { SessionRecords } from './records.ts'
import type { Attachment, KeptTrace, NewRun, PointSamples, RunPatch, SessionFile } from './session-file.ts'
import { currentHolder, type WriterLock } from './writer-lock.ts'

/** Readers of another process may be inside a query for a moment when the writer closes. */
const CLOSE_WAIT_MS = 200

/** Of damage shown; nobody reads more. */
const MAX_SENTENCES = 30

export interface StoredSessionParts {
  /** Real path of the session; the database may be a copy of it elsewhere. */
  path: string
  db: SqlDatabase
  appVersion: string
  /** Held by the writer, and only by it. */
  lock?: WriterLock
  /** Why it can't be written, a sentence; absent for the writer. */
  readOnlyReason?: string
  heldBy?: LockHolder
  damage: readonly string[]
  /** Where the copy lives, if it is one. */
  temporary?: TemporaryFolder
}

/** A `.bscope` file on disk. Until the first write nothing in it changes, not even a byte. */
export class StoredSession implements SessionFile {
  readonly path: string
  readonly readOnly: boolean
  readonly #parts: StoredSessionParts
  readonly #db: SqlDatabase
  readonly #records: SessionRecords
  readonly #damage: Set<string>
  readonly #unmark: () => void
  #closed = false

  constructor(parts: StoredSessionParts) {
    this.path = parts.path
    this.readOnly = parts.lock === undefined
    this.#parts = parts
    this.#db = parts.db
    this.#damage = new Set(parts.damage)
    const hasWriter = () => !this.readOnly || currentHolder(this.path) !== undefined
    this.#records = new SessionRecords(parts.db, hasWriter, sentence => this.#damage.add(sentence))
    // A copy elsewhere leaves the file itself alone.
    this.#unmark = parts.temporary === undefined ? markOpenHere(parts.path) : () => {}
  }

  info(): Omit<SessionInfo, 'sessionId'> {
    const { readOnlyReason, heldBy } = this.#parts
    const session = this.#sessionRow()
    return {
      path: this.path,
      name: session.name ?? basename(this.path, '.bscope'),
      notes: session.notes,
      createdAt: session.created_at,
      modifiedAt: session.modified_at,
      appVersion: session.app_version,
      bytes: this.#bytes(),
      readOnly: this.readOnly,
      ...(readOnlyReason === undefined ? {} : { readOnlyReason }),
      ...(heldBy === undefined ? {} : { lockedBy: heldBy }),
      damage: shortened([...this.#damage]),
    }
  }

  runs(): RunSummary[] {
    return this.#db.snapshot(() => this.#records.summaries())
  }

  run(runId: string): Run {
    return this.#db.snapshot(() => this.#records.run(runId))
  }

  runSummary(runId: string): RunSummary {
    return this.#records.summary(runId)
  }

  log(runId: string): LogLine[] {
    return this.#db.snapshot(() => this.#records.log(runId))
  }

  samples(runId: string, pointId: string): PointSamples {
    return this.#db.snapshot(() => this.#records.samples(runId, pointId))
  }

  insertRun(run: NewRun): void {
    this.#write(() => this.#records.insertRun(run))
  }

  updateRun(runId: string, patch: RunPatch): void {
    this.#write(() => this.#records.updateRun(runId, patch))
  }

  addPoint(runId: string, point: Point, samples?: PointSamples): void {
    this.#write(() => this.#records.addPoint(runId, point, samples))
  }

  addLog(runId: string, lines: readonly LogLine[]): void {
    if (lines.length > 0) this.#write(() => this.#records.addLog(runId, lines))
  }

  setTrace(runId: string, trace: KeptTrace): void {
    this.#write(() => this.#records.setTrace(runId, trace))
  }

  trace(runId: string): KeptTrace {
    return this.#db.snapshot(() => this.#records.trace(runId))
  }

  traceSummary(runId: string): TraceSummary | undefined {
    return this.#db.snapshot(() => this.#records.traceSummary(runId))
  }

  attach(runId: string, attachment: Attachment): void {
    this.#write(() => this.#records.attach(runId, attachment))
  }

  attachments(runId: string, kind?: AttachmentKind): Attachment[] {
    return this.#db.snapshot(() => this.#records.attachments(runId, kind))
  }

  deleteRun(runId: string): void {
    this.#write(() => this.#records.hide(runId, new Date().toISOString()))
  }

  restoreRun(runId: string): void {
    this.#write(() => this.#records.unhide(runId))
  }

  update({ name, notes }: { name?: string; notes?: string }): void {
    this.#write(() => {
      const row = this.#db.rawRow('SELECT * FROM session') ?? {}
      const change = { ...(name === undefined ? {} : { name }), ...(notes === undefined ? {} : { notes }) }
      updateRow(this.#db, 'session', 'id', { ...row, ...change })
    })
  }

  copyTo(path: string, { overwrite = false }: { overwrite?: boolean } = {}): void {
    copySession(this.#db, path, this.#app(), overwrite)
  }

  compact(): { bytesBefore: number; bytesAfter: number } {
    const bytesBefore = this.#bytes()
    this.#write(() => this.#records.dropHidden())
    this.#db.exec('VACUUM')
    this.#db.pragma('wal_checkpoint(TRUNCATE)')
    return { bytesBefore, bytesAfter: this.#bytes() }
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    try {
      if (!this.readOnly) becomeOneFile(this.#db)
    } finally {
      this.#db.close()
      this.#unmark()
      this.#parts.temporary?.remove()
      this.#parts.lock?.release()
    }
  }

  /** One transaction, with the session's date and count of runs brought along. */
  #write(work: () => void): void {
    if (this.readOnly) {
      throw new EngineError('SESSION_READ_ONLY', this.#parts.readOnlyReason ?? 'The session is open read-only', {
        where: this.path,
        hint: 'Save it under another name to go on there.',
      })
    }
    useWriteAheadLog(this.#db)
    this.#db.transaction(() => {
      work()
      this.#stamp()
    })
  }

  #stamp(): void {
    const row = this.#db.rawRow('SELECT *, (SELECT count(*) FROM run) AS runs_now FROM session')
    if (row === undefined) throw new Error('The session row is gone')
    const { runs_now, ...session } = row
    updateRow(this.#db, 'session', 'id', {
      ...session,
      run_count: runs_now ?? 0,
      modified_at: new Date().toISOString(),
      app_version: this.#parts.appVersion,
    })
  }

  #sessionRow(): SessionRow {
    const row = this.#db.row(SessionRow, 'SELECT * FROM session')
    if (row === undefined) throw new Error('The session row is gone')
    return row
  }

  #app(): string {
    return `Batchscope ${this.#parts.appVersion}`
  }

  #bytes(): number {
    return (sizeOf(this.path) ?? 0) + (sizeOf(`${this.path}-wal`) ?? 0)
  }
}

function shortened(sentences: string[]): string[] {
  const more = sentences.length - MAX_SENTENCES
  return more > 0 ? [...sentences.slice(0, MAX_SENTENCES), `… and ${more} more.`] : sentences
}

/**
 * Commits go to a log beside the file: a reader is never blocked, and a crash leaves whole commits. A file system without shared memory keeps the rollback journal, which is as safe.
 */
function useWriteAheadLog(db: SqlDatabase): void {
  if (db.pragma('journal_mode') === 'wal') return
  db.pragma('journal_mode = WAL')
}

/**
 * Back into one file, that also opens where nothing can be written. A reader elsewhere keeps the log's files alive;
 * they are empty then, and the next writer removes them.
 */
function becomeOneFile(db: SqlDatabase): void {
  if (db.pragma('journal_mode') !== 'wal') return
  db.pragma(`busy_timeout = ${CLOSE_WAIT_MS}`)
  db.pragma('wal_checkpoint(TRUNCATE)')
  try {
    db.pragma('journal_mode = DELETE')
  } catch (thrown) {
    if (!(thrown instanceof EngineError && thrown.code === 'FILE_UNWRITABLE')) throw thrown
  }
}
