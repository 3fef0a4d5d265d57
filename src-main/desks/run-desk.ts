import type { AttachmentKind } from '#domain/attachment.ts'
import { EngineError } from '#domain/errors.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { Point, SampleColumn } from '#domain/point.ts'
import type { Run, RunEvent, RunSummary } from '#domain/run.ts'
import type { Runner } from '../jobs/runner.ts'
import type { WayToProfile } from '../runs/capture/point.ts'
import type { RunKind } from '../runs/define.ts'
import type { Attachment } from '../session/session-file.ts'
import type { PathGuard } from './path-guard.ts'
import type { SessionDesk } from './session-desk.ts'

export interface RunDeskParts {
  kinds: readonly RunKind[]
  runner: Runner
  sessions: SessionDesk
  guard: PathGuard
  waysToProfile(run: Run, point: Point): Promise<WayToProfile[]>
}

/** Runs as the faces see them: planned, started, watched, cancelled, kept. */
export class RunDesk {
  readonly #parts: RunDeskParts

  constructor(parts: RunDeskParts) {
    this.#parts = parts
  }

  async plan(kindId: string, spec: unknown): Promise<RunPlan> {
    const kind = this.#kind(kindId)
    await this.#checkPaths(kind, spec)
    return (await kind.prepare(spec)).plan
  }

  async start(sessionId: string, kindId: string, spec: unknown, title?: string): Promise<string> {
    const session = this.#parts.sessions.get(sessionId)
    if (session.file.readOnly) {
      throw new EngineError('SESSION_READ_ONLY', session.info().readOnlyReason ?? 'The session is open read-only', {
        where: session.file.path,
        hint: 'Save it under another name, or start the run in a new session.',
      })
    }
    const kind = this.#kind(kindId)
    await this.#checkPaths(kind, spec)
    return this.#parts.runner.start(session, kind, spec, await kind.prepare(spec), title)
  }

  get(sessionId: string, runId: string): Run {
    return this.#file(sessionId).run(runId)
  }

  watch(sessionId: string, runId: string, afterSeq: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
    return this.#parts.runner.watch(this.#parts.sessions.get(sessionId), runId, afterSeq, signal)
  }

  async cancel(sessionId: string, runId: string): Promise<void> {
    this.#file(sessionId).runSummary(runId)
    await this.#parts.runner.cancel(runId)
  }

  async stop(sessionId: string, runId: string): Promise<void> {
    this.#file(sessionId).runSummary(runId)
    await this.#parts.runner.stop(runId)
  }

  pause(sessionId: string, runId: string, paused: boolean): void {
    this.#file(sessionId).runSummary(runId)
    this.#parts.runner.pause(runId, paused)
  }

  /** Resolves when the run is over. */
  async finished(runId: string): Promise<void> {
    await this.#parts.runner.finished(runId)
  }

  update(
    sessionId: string,
    runId: string,
    { title, notes }: { title?: string | undefined; notes?: string | undefined },
  ): RunSummary {
    this.#file(sessionId).updateRun(runId, {
      ...(title === undefined ? {} : { title }),
      ...(notes === undefined ? {} : { notes }),
    })
    return this.#announced(sessionId, runId)
  }

  async delete(sessionId: string, runId: string): Promise<void> {
    await this.cancel(sessionId, runId)
    const session = this.#parts.sessions.get(sessionId)
    session.file.deleteRun(runId)
    session.events.emit({ type: 'run-removed', runId })
  }

  restore(sessionId: string, runId: string): RunSummary {
    this.#file(sessionId).restoreRun(runId)
    return this.#announced(sessionId, runId)
  }

  async waysToProfile(sessionId: string, runId: string, pointId: string): Promise<WayToProfile[]> {
    const run = this.#file(sessionId).run(runId)
    const point = run.points.find(({ id }) => id === pointId)
    if (point === undefined) {
      throw new EngineError('NOT_FOUND', `Run ${runId} has no point ${pointId}`, {
        hint: `Its points: ${run.points.map(({ id }) => id).join(', ') || 'none'}`,
      })
    }
    return this.#parts.waysToProfile(run, point)
  }

  attachments(sessionId: string, runId: string, kind?: AttachmentKind): Attachment[] {
    return this.#file(sessionId).attachments(runId, kind)
  }

  samples(sessionId: string, runId: string, pointId: string): { warmup: number; columns: SampleColumn[] } {
    const { warmup, latenciesMs } = this.#file(sessionId).samples(runId, pointId)
    const bytes = new Uint8Array(latenciesMs.buffer, latenciesMs.byteOffset, latenciesMs.byteLength)
    const data = new Blob([new Uint8Array(bytes)], { type: 'application/octet-stream' })
    return { warmup, columns: [{ name: 'latency', unit: 'ms', dtype: 'f64', count: latenciesMs.length, data }] }
  }

  #announced(sessionId: string, runId: string): RunSummary {
    this.#parts.sessions.get(sessionId).announceRun(runId)
    return this.#file(sessionId).runSummary(runId)
  }

  #file(sessionId: string) {
    return this.#parts.sessions.get(sessionId).file
  }

  #kind(id: string): RunKind {
    const kind = this.#parts.kinds.find(known => known.id === id)
    if (kind !== undefined) return kind
    const known = this.#parts.kinds.map(({ id }) => id).join(', ')
    throw new EngineError('SPEC_INVALID', `There is no kind of run "${id}"`, { hint: `Known: ${known}` })
  }

  /** Paths inside a spec are under the same guard as any other. */
  async #checkPaths(kind: RunKind, spec: unknown): Promise<void> {
    for (const path of kind.files(spec)) await this.#parts.guard.check(path)
  }
}
