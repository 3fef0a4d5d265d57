import type { ResultDocument } from '#domain/document.ts'
import type { Run } from '#domain/run.ts'
import type { SessionInfo } from '#domain/session.ts'
import type { TraceSummary } from '#domain/trace.ts'

/** The result document of some runs of a session. Absent stays absent: nothing is filled in here. */
export function resultDocument(
  session: Pick<SessionInfo, 'name' | 'path' | 'createdAt' | 'notes' | 'appVersion'>,
  runs: readonly (Run & { trace?: TraceSummary })[],
): ResultDocument {
  const { name, path, createdAt, notes, appVersion } = session
  return {
    format: 'batchscope/1',
    session: { name, path, createdAt, appVersion, ...(notes === '' ? {} : { notes }) },
    runs: runs.map(documentRun),
  }
}

function documentRun(run: Run & { trace?: TraceSummary }): ResultDocument['runs'][number] {
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
    findings,
  }
}
