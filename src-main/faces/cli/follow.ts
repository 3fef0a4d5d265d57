import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { formatDuration } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Run } from '#domain/run.ts'
import type { SessionView } from '#domain/session.ts'
import type { EngineClient } from '../../api/doors.ts'
import { type CliContext, type OutputOptions, outputOf, type RunOptions, remark } from './common.ts'
import { safeText } from './output.ts'
import { ProgressLine } from './progress.ts'
import { wholeRunText } from './trace-output.ts'

/**
 * Runs one spec after the other in one session, with progress, then prints them. Problems of any spec are said before
 * the first is started. @throws EngineError when a run failed or was cancelled, or with --strict when a point failed
 */
export async function runAll(
  kind: string,
  specs: readonly object[],
  sessionName: string,
  options: RunOptions,
  context: CliContext,
  { onInterrupt = 'cancel', finished }: RunAllExtras = {},
): Promise<void> {
  const { engine, client } = await context.engine()
  for (const spec of specs) announce(await planned(client, kind, spec), options, context)
  const { info } = await sessionFor(client, options.session, sessionName)
  const { sessionId } = info
  const title = options.title === undefined ? {} : { title: options.title }
  const runs: Run[] = []
  for (const spec of specs) {
    const { runId } = await client.runs.start({ sessionId, kind, spec, ...title })
    const run = await follow(client, { sessionId, runId }, options, context, onInterrupt)
    runs.push(run)
    if (context.signal.aborted) break
    for (const capture of await capturesOf(client, sessionId, runId)) {
      runs.push(await follow(client, { sessionId, runId: capture }, options, context, 'stop'))
    }
  }
  await printRuns(client, sessionId, runs, options, context)
  await finished?.(client, { sessionId, runs })
  await engine.sessions.close(sessionId)
  remark(context.terminal, options, `Saved in ${info.path}`)
  failAsAsked(runs, options.strict, context, onInterrupt)
}

/** What Ctrl+C does to a run: ends it, or asks it to end early and keep what it has. */
type OnInterrupt = 'cancel' | 'stop'

interface RunAllExtras {
  onInterrupt?: OnInterrupt
  /** Called when all is printed and the session is still open. */
  finished?: (client: EngineClient, what: { sessionId: string; runs: readonly Run[] }) => Promise<void>
}

/** Captures that a run has queued to look into its points. */
async function capturesOf(client: EngineClient, sessionId: string, runId: string): Promise<string[]> {
  const { runs } = await client.sessions.get({ sessionId })
  return runs.filter(({ of }) => of?.runId === runId).map(({ id }) => id)
}

/** What a matrix of runtimes will take, and which of its cells are left out and why, before the first point. */
function announce({ cells = [], pointCount, estimateMs }: RunPlan, options: OutputOptions, { terminal }: CliContext) {
  if (cells.length < 2) return
  const time = estimateMs === undefined ? '' : `, at least ${formatDuration(estimateMs)}`
  remark(terminal, options, `${pointCount} ${pointCount === 1 ? 'point' : 'points'}${time}`)
  for (const { runtime, precision, why, hint } of cells) {
    if (why !== undefined) remark(terminal, options, safeText(`  ${runtime} ${precision} left out: ${told(why, hint)}`))
  }
}

function told(why: string, hint: string | undefined): string {
  return [why, hint].filter(Boolean).join('. ')
}

/** The plan; its first problem as the command's failure, the others in its detail. */
async function planned(client: EngineClient, kind: string, spec: unknown): Promise<RunPlan> {
  const plan = await client.runs.plan({ kind, spec })
  const [problem, ...more] = plan.problems
  if (problem === undefined) return plan
  const { code, message, ...data } = problem
  const detail = [data.detail, ...more.map(other => other.message)].filter(Boolean).join('\n')
  throw new EngineError(code, message, { ...data, ...(detail === '' ? {} : { detail }) })
}

/** The session to write to: `--session` opened or created, else a new one named after the model and the minute. */
async function sessionFor(client: EngineClient, session: string | undefined, modelName: string): Promise<SessionView> {
  if (session === undefined) return client.sessions.create({ name: `${modelName} ${minuteNow()}` })
  const view = existsSync(session)
    ? await client.sessions.open({ path: resolve(session) })
    : await client.sessions.create({ path: resolve(session) })
  if (!view.info.readOnly) return view
  throw new EngineError('SESSION_READ_ONLY', view.info.readOnlyReason ?? 'The session can only be read', {
    where: view.info.path,
    hint: 'Give another --session FILE.',
  })
}

function minuteNow(): string {
  const now = new Date()
  const two = (value: number) => String(value).padStart(2, '0')
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())} ${two(now.getHours())}.${two(now.getMinutes())}`
}

/** Progress on stderr until the run is over; Ctrl+C cancels it and what was measured stays. */
async function follow(
  client: EngineClient,
  at: { sessionId: string; runId: string },
  { quiet }: OutputOptions,
  { terminal, signal }: CliContext,
  onInterrupt: OnInterrupt,
): Promise<Run> {
  const line = new ProgressLine({ ...terminal, interactive: terminal.interactive && quiet !== true })
  let told: string | undefined
  const cancel = () => void client.runs[onInterrupt](at)
  signal.addEventListener('abort', cancel, { once: true })
  try {
    for await (const event of await client.runs.watch(at)) {
      if (event.type === 'progress') {
        const { known } = event.progress
        if (known !== undefined && known !== told) {
          line.clear()
          remark(terminal, { quiet }, `${safeText(known)}; reading the rest…`)
          told = known
        }
        line.show(event.progress)
      }
      if (event.type === 'point') line.measured(event.point)
    }
  } finally {
    line.clear()
    signal.removeEventListener('abort', cancel)
  }
  return client.runs.get(at)
}

/** The runs on stdout, in the form asked for. */
async function printRuns(
  client: EngineClient,
  sessionId: string,
  runs: readonly Run[],
  options: OutputOptions,
  { terminal }: CliContext,
): Promise<void> {
  const output = outputOf(options)
  if (output === 'table') {
    const texts = await Promise.all(runs.map(({ id: runId }) => wholeRunText(client, { sessionId, runId })))
    terminal.out(`${texts.join('\n\n')}\n`)
    return
  }
  const report = await client.sessions.report({ sessionId, format: output, runIds: runs.map(({ id }) => id) })
  terminal.out(report.text)
}

/** A run that failed or was cancelled fails the command; a failed point only with --strict. */
function failAsAsked(
  runs: readonly Run[],
  strict: boolean | undefined,
  { signal }: CliContext,
  onInterrupt: OnInterrupt,
): void {
  if (signal.aborted && onInterrupt === 'cancel')
    throw new EngineError('CANCELLED', 'Interrupted. Points measured so far are in the session.')
  const failed = runs.find(run => run.status !== 'done')
  const failure =
    failed?.error ?? (strict === true ? runs.flatMap(run => run.points).find(point => point.error)?.error : undefined)
  if (failure === undefined) return
  const { code, message, ...data } = failure
  throw new EngineError(code, message, data)
}
