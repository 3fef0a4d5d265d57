import type { AttachmentKind } from '#domain/attachment.ts'
import type { Point } from '#domain/point.ts'
import type { LogLine, Run, RunSummary } from '#domain/run.ts'
import type { SessionInfo } from '#domain/session.ts'
import type { TraceSummary } from '#domain/trace.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'

/** What a new run starts with; the rest comes by patches while it is executed. */
export type NewRun = Pick<Run, 'id' | 'kind' | 'title' | 'createdAt' | 'spec' | 'command'> &
  Partial<Pick<Run, 'subtitle' | 'modelName' | 'model' | 'passport' | 'notices'>>

export type RunPatch = Partial<
  Pick<
    Run,
    | 'title'
    | 'subtitle'
    | 'status'
    | 'startedAt'
    | 'endedAt'
    | 'notes'
    | 'passport'
    | 'notices'
    | 'error'
    | 'findings'
    | 'model'
    | 'modelName'
  >
>

/** Raw samples of a point in order, warm-up first. */
export interface PointSamples {
  warmup: number
  latenciesMs: Float64Array
}

/** What a run keeps beside points and trace; `data` was checked against its kind (`domain/attachment.ts`). */
export interface Attachment {
  kind: AttachmentKind
  name: string
  data: unknown
}

/** What a session keeps of a trace: its figures, what rules judged by, and a picture of it that needs no source. */
export interface KeptTrace {
  summary: TraceSummary
  facts: TraceFacts
  /** `traces/coarse.ts` writes and reads it. */
  coarse: Uint8Array
}

/**
 * An open `.bscope` file (DESIGN §5, docs/session-format.md). Every write is committed when the call returns.
 * Writes on a read-only session throw SESSION_READ_ONLY; a full disk throws DISK_FULL and loses nothing committed.
 */
export interface SessionFile {
  readonly path: string
  readonly readOnly: boolean
  info(): Omit<SessionInfo, 'sessionId'>
  /** Without deleted runs, oldest first. */
  runs(): RunSummary[]
  /** @throws EngineError NOT_FOUND */
  run(runId: string): Run
  /** One row of `runs()`. @throws EngineError NOT_FOUND */
  runSummary(runId: string): RunSummary
  insertRun(run: NewRun): void
  updateRun(runId: string, patch: RunPatch): void
  /** Point row and its samples in one transaction. */
  addPoint(runId: string, point: Point, samples?: PointSamples): void
  addLog(runId: string, lines: readonly LogLine[]): void
  log(runId: string): LogLine[]
  /** @throws EngineError NOT_FOUND, SESSION_DAMAGED when the blob's checksum does not fit */
  samples(runId: string, pointId: string): PointSamples
  /** The run's trace; one kept before is replaced. */
  setTrace(runId: string, trace: KeptTrace): void
  /** @throws EngineError NOT_FOUND where the run has none, SESSION_DAMAGED */
  trace(runId: string): KeptTrace
  /** As `trace`, the summary alone; undefined where the run has no trace. @throws EngineError SESSION_DAMAGED */
  traceSummary(runId: string): TraceSummary | undefined
  /** Kind and name together are unique in a run: a later one replaces the earlier. */
  attach(runId: string, attachment: Attachment): void
  /** In the order of their first writing; of one kind where it is given. @throws EngineError NOT_FOUND, SESSION_DAMAGED */
  attachments(runId: string, kind?: AttachmentKind): Attachment[]
  deleteRun(runId: string): void
  restoreRun(runId: string): void
  update(patch: { name?: string; notes?: string }): void
  /** Writes a consistent copy to `path`. @throws EngineError FILE_EXISTS, FILE_UNWRITABLE, DISK_FULL */
  copyTo(path: string, options?: { overwrite?: boolean }): void
  /** Deletes hidden runs for good and vacuums. */
  compact(): { bytesBefore: number; bytesAfter: number }
  /** Checkpoints, leaves one file, gives the lock back. Safe to call twice. */
  close(): void
}
