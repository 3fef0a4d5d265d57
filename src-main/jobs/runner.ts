import { randomUUID } from 'node:crypto'
import { EngineError } from '#domain/errors.ts'
import { isOver, type LogLine, type RunEvent, type RunStatus } from '#domain/run.ts'
import type { Planned, RunKind, RunSink } from '../runs/define.ts'
import { checkedAttachment } from '../session/attachment-rows.ts'
import type { OpenSession } from '../session/open-sessions.ts'
import { type Job, JobQueue } from './job-queue.ts'
import { LogBuffer } from './log-buffer.ts'
import { PauseGate } from './pause-gate.ts'
import { RunFeed } from './run-feed.ts'

/**
 * Takes a prepared run, writes it as queued, executes it when its turn comes and keeps every point as it comes.
 * Watchers see what the session already has.
 */
export class Runner {
  readonly #queue = new JobQueue()
  readonly #feeds = new Map<string, RunFeed>()
  readonly #gates = new Map<string, PauseGate>()
  readonly #stops = new Map<string, AbortController>()

  /** @throws EngineError the plan's first problem, or SESSION_READ_ONLY */
  start(
    session: OpenSession,
    kind: Pick<RunKind, 'id' | 'heavy' | 'kept' | 'stops'>,
    spec: unknown,
    planned: Planned,
    title?: string,
  ): string {
    const { plan, model } = planned
    refuseProblems(planned)
    const runId = randomUUID().slice(0, 8)
    session.file.insertRun({
      id: runId,
      kind: kind.id,
      title: title ?? plan.title,
      createdAt: new Date().toISOString(),
      spec: kind.kept?.(spec) ?? spec,
      command: plan.command,
      subtitle: plan.subtitle,
      notices: plan.notices,
      ...(model === undefined ? {} : { modelName: model.name, model }),
    })
    const feed = new RunFeed()
    this.#feeds.set(runId, feed)
    session.announceRun(runId)
    if (kind.stops === true) this.#stops.set(runId, new AbortController())
    this.#queue.enqueue(this.#job(session, runId, kind.heavy, planned, feed))
    return runId
  }

  /** Live events, or those of a run that is over as the session kept them. */
  watch(session: OpenSession, runId: string, afterSeq: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
    const feed = this.#feeds.get(runId) ?? replay(session, runId)
    return feed.watch(afterSeq, signal)
  }

  /** The run stops before its next point. Nothing to do for one that is over. */
  pause(runId: string, paused: boolean): void {
    const [gate, feed] = [this.#gates.get(runId), this.#feeds.get(runId)]
    if (gate === undefined || feed === undefined || feed.ended || gate.paused === paused) return
    gate.paused = paused
    feed.emit({ type: 'status', status: 'running', paused })
  }

  /** A run of a kind that `stops` ends early and keeps what it has; one still queued is cancelled. Others are left alone. */
  async stop(runId: string): Promise<void> {
    const stop = this.#stops.get(runId)
    if (stop === undefined) return
    if (this.#queue.isQueued(runId)) await this.#queue.cancel(runId)
    else stop.abort()
  }

  async cancel(runId: string): Promise<void> {
    await this.#queue.cancel(runId)
  }

  async cancelAll(): Promise<void> {
    await this.#queue.cancelAll()
  }

  async finished(runId: string): Promise<void> {
    await this.#queue.finished(runId)
  }

  isActive(runId: string): boolean {
    return this.#queue.has(runId)
  }

  #job(session: OpenSession, runId: string, heavy: boolean, planned: Planned, feed: RunFeed): Job {
    const log = new LogBuffer(lines => session.file.addLog(runId, lines))
    const startedMs = performance.now()
    const gate = new PauseGate()
    const gates = this.#gates
    gates.set(runId, gate)
    const stops = this.#stops
    const notices = [...planned.plan.notices]
    const sink: RunSink = {
      progress: progress => feed.emit({ type: 'progress', progress }),
      log(stream, text) {
        const line: LogLine = { atMs: Math.round(performance.now() - startedMs), stream, text }
        log.add(line)
        feed.emit({ type: 'log', line })
      },
      point(point, samples) {
        session.file.addPoint(runId, point, samples)
        feed.emit({ type: 'point', point })
        session.announceRun(runId)
      },
      describe({ subtitle }) {
        session.file.updateRun(runId, { subtitle })
        session.announceRun(runId)
      },
      trace(trace) {
        session.file.setTrace(runId, trace)
        session.announceRun(runId)
      },
      attach(kind, name, data) {
        session.file.attach(runId, checkedAttachment(kind, name, data))
        feed.emit({ type: 'attachment', attachment: { kind, name } })
      },
      notice(notice) {
        if (!notices.some(({ text }) => text === notice.text)) {
          notices.push(notice)
          session.file.updateRun(runId, { notices })
        }
        feed.emit({ type: 'notice', notice })
      },
      passport(passport) {
        session.file.updateRun(runId, { passport })
        feed.emit({ type: 'passport', passport })
      },
      findings: findings => session.file.updateRun(runId, { findings }),
      gate: signal => gate.passed(signal),
      stop: stops.get(runId)?.signal ?? new AbortController().signal,
      runId,
      sessionPath: session.file.path,
    }
    return {
      id: runId,
      heavy,
      feed,
      execute: signal => planned.execute(sink, signal),
      settle(status: RunStatus, error) {
        const now = new Date().toISOString()
        if (isOver(status)) log.close()
        if (isOver(status)) gates.delete(runId)
        if (isOver(status)) stops.delete(runId)
        session.file.updateRun(runId, {
          status,
          ...(status === 'running' ? { startedAt: now } : {}),
          ...(isOver(status) ? { endedAt: now } : {}),
          ...(error === undefined ? {} : { error }),
        })
        session.announceRun(runId)
      },
    }
  }
}

function refuseProblems({ plan }: Planned): void {
  const [first, ...others] = plan.problems
  if (first === undefined) return
  const { code, message, ...data } = first
  const more = others.map(problem => `${problem.message}${problem.hint === undefined ? '' : ` (${problem.hint})`}`)
  const detail = [data.detail, ...more].filter(Boolean).join('\n')
  throw new EngineError(code, message, { ...data, ...(detail === '' ? {} : { detail }) })
}

/** The events a finished run would have sent, from what the session kept. */
function replay(session: OpenSession, runId: string): RunFeed {
  const run = session.file.run(runId)
  const feed = new RunFeed()
  feed.emit({ type: 'status', status: run.status })
  if (run.passport !== undefined) feed.emit({ type: 'passport', passport: run.passport })
  for (const notice of run.notices) feed.emit({ type: 'notice', notice })
  for (const line of session.file.log(runId)) feed.emit({ type: 'log', line })
  for (const point of run.points) feed.emit({ type: 'point', point })
  feed.end(run.status, run.error)
  return feed
}
