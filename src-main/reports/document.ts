import type { ResultDocument } from '#domain/document.ts'
import type { Run } from '#domain/run.ts'
import type { SessionInfo } from '#domain/session.ts'

/** A run with what its session keeps beside it. */
export type DocumentedRun = Run &
  Pick<ResultDocument['runs'][number], 'trace' | 'layers' | 'gpus' | 'steps' | 'correctness'>

/** The result document of some runs of a session. Absent stays absent: nothing is filled in here. */
export function resultDocument(
  session: Pick<SessionInfo, 'name' | 'path' | 'createdAt' | 'notes' | 'appVersion'>,
  runs: readonly DocumentedRun[],
): ResultDocument {
  const { name, path, createdAt, notes, appVersion } = session
  return {
    format: 'batchscope/1',
    session: { name, path, createdAt, appVersion, ...(notes === '' ? {} : { notes }) },
    runs: runs.map(documentRun),
  }
}

function documentRun(run: DocumentedRun): ResultDocument['runs'][number] {
  const {
    id,
    kind,
    title,
    status,
    command,
    points,
    findings,
    notes,
    notices,
    startedAt,
    endedAt,
    model,
    passport,
    error,
    trace,
    layers,
    gpus,
    steps,
    correctness,
  } = run
  return {
    id,
    kind,
    title,
    status,
    ...(startedAt === undefined ? {} : { startedAt }),
    ...(endedAt === undefined ? {} : { endedAt }),
    command,
    ...(notes === '' ? {} : { notes }),
    ...(model === undefined ? {} : { model }),
    ...(passport === undefined ? {} : { passport }),
    ...(notices.length === 0 ? {} : { notices }),
    ...(error === undefined ? {} : { error }),
    points,
    ...(trace === undefined ? {} : { trace }),
    ...(layers === undefined ? {} : { layers }),
    ...(gpus === undefined ? {} : { gpus }),
    ...(steps === undefined ? {} : { steps }),
    ...(correctness === undefined ? {} : { correctness }),
    findings,
  }
}
