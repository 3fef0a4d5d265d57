import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Run } from '#domain/run.ts'
import type { EngineClient } from '../../api/doors.ts'

/** The run that `--resume` goes on with. @throws EngineError without its session, or where it is of another kind */
export async function formerRun(
  client: EngineClient,
  kind: 'bench' | 'sweep',
  runId: string,
  session: string | undefined,
): Promise<Run> {
  if (session === undefined || !existsSync(session)) {
    throw new EngineError('USAGE', 'Which session holds the run to resume?', {
      hint: `batchscope ${kind} --session FILE --resume ${runId}`,
    })
  }
  const { info } = await client.sessions.open({ path: resolve(session) })
  const run = await client.runs.get({ sessionId: info.sessionId, runId })
  if (run.kind === kind) return run
  const article = kind === 'bench' ? 'benchmark' : 'sweep'
  throw new EngineError('SPEC_INVALID', `Run ${runId} is a ${run.kind}, not a ${article}`, { where: runId })
}
