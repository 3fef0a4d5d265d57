import type { Point } from '#domain/point.ts'
import type { Run } from '#domain/run.ts'
import type { Runner } from '../jobs/runner.ts'
import type { WayToProfile } from '../runs/capture/point.ts'
import type { RunKind, RunSink } from '../runs/define.ts'
import type { OpenSessions } from '../session/open-sessions.ts'

interface ProfileParts {
  open: Pick<OpenSessions, 'all'>
  runner: Pick<Runner, 'start'>
  capture(): RunKind
  waysToProfile(run: Run, point: Point): Promise<WayToProfile[]>
}

/** Queues a capture with the runtime's own profiler for each measured point, as runs of their own: no figure is touched. */
export async function profilePoints(
  { runId, sessionPath, notice }: Pick<RunSink, 'runId' | 'sessionPath' | 'notice'>,
  { open, runner, capture, waysToProfile }: ProfileParts,
): Promise<void> {
  const session =
    open.all().find(({ file }) => file.path === sessionPath) ??
    open.all().find(({ file }) => file.runs().some(({ id }) => id === runId)) // saved under another name meanwhile
  if (session === undefined) return // closed: nothing is started in it any more
  const run = session.file.run(runId)
  const without = new Set<string>()
  for (const point of run.points.filter(({ status }) => status === 'done')) {
    const own = (await waysToProfile(run, point)).find(({ spec }) => spec.tool === 'ort')
    if (own === undefined) without.add(point.runtime)
    else runner.start(session, capture(), own.spec, await capture().prepare(own.spec))
  }
  for (const runtime of without)
    notice({ level: 'info', text: `${runtime} has no profiler: its points are not profiled.` })
}
