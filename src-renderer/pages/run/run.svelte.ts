import { measuredBenchKeys } from '#domain/bench-keys.ts'
import type { Failure } from '#domain/errors.ts'
import type { Finding } from '#domain/finding.ts'
import type { Passport } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import type { LogLine, Notice, Progress, Run, RunEvent, RunStatus } from '#domain/run.ts'
import { measuredKeys } from '#domain/sweep-keys.ts'
import type { Engine as EngineClient, follow } from '../../engine.ts'
import { bestPoint } from './kpis.ts'

type Engine = Pick<EngineClient, 'runs' | 'sessions'>
export type ReportFormat = Parameters<EngineClient['sessions']['report']>[0]['format']

const MAX_LOG_LINES = 5000

/** One run as a page sees it: what is stored, then every event as it comes, through lost connections too. */
export class RunView {
  readonly #engine: Engine
  readonly #id: { sessionId: string; runId: string }
  #seq = -1
  #lines: LogLine[] = []
  #pointIds = new Set<string>()

  run = $state.raw<Run>()
  status = $state<RunStatus>()
  queuePosition = $state<number>()
  progress = $state.raw<Progress>()
  points = $state.raw<readonly Point[]>([])
  notices = $state.raw<readonly Notice[]>([])
  passport = $state.raw<Passport>()
  findings = $state.raw<readonly Finding[]>([])
  /** Why the run failed. */
  failure = $state.raw<Failure>()
  /** Why the page has nothing to show. */
  loadError = $state.raw<unknown>()
  /** A cancel, rename, delete… that did not work. */
  actionError = $state.raw<unknown>()
  cancelling = $state(false)
  /** A capture was asked to end with what it has. */
  stopping = $state(false)
  /** Nothing new is started until it is resumed. */
  paused = $state(false)
  /** A pause or resume was asked for and not yet confirmed. */
  pausing = $state(false)
  chosenPointId = $state<string>()
  logCount = $state(0)
  /** Grows with everything that comes to be kept beside the points. */
  attachmentCount = $state(0)

  live = $derived(this.status === 'queued' || this.status === 'running')
  best = $derived(bestPoint(this.points))
  /** The point whose samples are drawn: the chosen one, else the best once the run is over, else the first. */
  selected = $derived(
    this.points.find(({ id }) => id === this.chosenPointId) ??
      (this.live ? undefined : this.best) ??
      this.points.find(({ status }) => status === 'done'),
  )
  /** Rows the table will have, so that their place is kept. */
  expectedPoints = $derived(Math.max(this.points.length, this.progress?.pointsTotal ?? 0))

  constructor(engine: Engine, id: { sessionId: string; runId: string }) {
    this.#engine = engine
    this.#id = id
  }

  /** The newest lines, oldest first. */
  get log(): readonly LogLine[] {
    return this.logCount === 0 ? [] : [...this.#lines]
  }

  /** Reads the run, then follows it until it is over or `signal` aborts. `stream` brings it through lost connections. */
  async follow(stream: typeof follow, signal: AbortSignal): Promise<void> {
    try {
      // Read again with every connection: what a restarted engine knows counts, not what this page remembers.
      for await (const event of stream(open => this.#open(open), signal)) {
        this.#seq = event.seq
        this.apply(event)
      }
      if (!signal.aborted) await this.#load(signal)
    } catch (error) {
      if (!signal.aborted) this.loadError = error
    }
  }

  async #open(signal: AbortSignal): Promise<AsyncIterable<RunEvent>> {
    await this.#load(signal)
    return this.#engine.runs.watch({ ...this.#id, afterSeq: this.#seq }, { signal })
  }

  async #load(signal: AbortSignal): Promise<void> {
    const run = await this.#engine.runs.get(this.#id, { signal })
    this.loadError = undefined
    this.run = run
    this.status = run.status
    this.points = run.points
    this.#pointIds = new Set(run.points.map(({ id }) => id))
    this.notices = run.notices
    this.findings = run.findings
    this.failure = run.error
    if (run.passport !== undefined) this.passport = run.passport
    if (!this.live) this.progress = undefined
  }

  /** Takes one event in. A point seen before (stored and streamed) stays one row. */
  apply(event: RunEvent): void {
    switch (event.type) {
      case 'status':
        if (event.status === 'queued' && this.status !== 'queued') return // replayed: the run is further
        if (this.live) this.status = event.status
        this.queuePosition = event.queuePosition
        if (event.paused !== undefined) this.paused = event.paused
        return
      case 'progress':
        if (this.live) this.progress = event.progress
        return
      case 'log':
        this.#addLine(event.line)
        return
      case 'point':
        this.#addPoint(event.point)
        return
      case 'notice':
        if (!this.notices.some(({ text }) => text === event.notice.text)) this.notices = [...this.notices, event.notice]
        return
      case 'attachment':
        this.attachmentCount++
        return
      case 'passport':
        this.passport = event.passport
        return
      case 'ended':
        this.status = event.status
        this.failure = event.error
        this.progress = undefined
        this.cancelling = false
        this.stopping = false
        this.paused = false
    }
  }

  /** A point never changes once it is there, so one that is known (stored, then replayed) is passed over. */
  #addPoint(point: Point): void {
    if (this.#pointIds.has(point.id)) return
    this.#pointIds.add(point.id)
    this.points = [...this.points, point].toSorted((a, b) => a.index - b.index)
  }

  #addLine(line: LogLine): void {
    this.#lines.push(line)
    if (this.#lines.length > MAX_LOG_LINES) this.#lines.shift()
    this.logCount++
  }

  choosePoint(pointId: string): void {
    this.chosenPointId = pointId
  }

  async cancel(): Promise<void> {
    this.cancelling = true
    await this.#act(async () => {
      await this.#engine.runs.cancel(this.#id)
    })
    if (this.actionError !== undefined) this.cancelling = false
  }

  /** A capture ends now and keeps what it recorded. */
  async stop(): Promise<void> {
    this.stopping = true
    await this.#act(async () => {
      await this.#engine.runs.stop(this.#id)
    })
    if (this.actionError !== undefined) this.stopping = false
  }

  /** The point that is being measured is finished; the next one waits for `resume`. */
  async pause(): Promise<void> {
    await this.#hold(() => this.#engine.runs.pause(this.#id), true)
  }

  async resume(): Promise<void> {
    await this.#hold(() => this.#engine.runs.resume(this.#id), false)
  }

  async #hold(call: () => Promise<unknown>, paused: boolean): Promise<void> {
    this.pausing = true
    const done = await this.#act(async () => {
      await call()
      return true
    })
    if (done === true) this.paused = paused
    this.pausing = false
  }

  /** Queues the same spec once more in `sessionId`. @returns the new run's id */
  async runAgain(sessionId: string): Promise<string | undefined> {
    return this.#act(async () => {
      if (this.run === undefined) return undefined
      const { kind, spec } = this.run
      return (await this.#engine.runs.start({ sessionId, kind, spec })).runId
    })
  }

  /** Queues what this sweep or benchmark did not measure in `sessionId`. @returns the new run's id */
  async goOn(sessionId: string): Promise<string | undefined> {
    return this.#act(async () => {
      if (this.run === undefined || typeof this.run.spec !== 'object') return undefined
      const { id, kind, spec, model } = this.run
      const keys = kind === 'bench' ? measuredBenchKeys(this.points) : measuredKeys(this.points)
      const measured = [...measuredBefore(spec), ...keys]
      const resume = { runId: id, measured, ...(model?.sha256 === undefined ? {} : { modelSha256: model.sha256 }) }
      return (await this.#engine.runs.start({ sessionId, kind, spec: { ...spec, resume } })).runId
    })
  }

  async rename(title: string): Promise<void> {
    await this.#update({ title })
  }

  async saveNotes(notes: string): Promise<void> {
    await this.#update({ notes })
  }

  /** @returns whether it is gone, so that the page can leave and offer the way back */
  async delete(): Promise<boolean> {
    const done = await this.#act(async () => {
      await this.#engine.runs.delete(this.#id)
      return true
    })
    return done === true
  }

  async restore(): Promise<void> {
    await this.#act(async () => {
      await this.#engine.runs.restore(this.#id)
    })
  }

  /** The run as text to copy or save. */
  async report(format: ReportFormat): Promise<{ text: string; fileName: string } | undefined> {
    const { sessionId, runId } = this.#id
    return this.#act(() => this.#engine.sessions.report({ sessionId, runIds: [runId], format }))
  }

  async #update(change: { title?: string; notes?: string }): Promise<void> {
    await this.#act(async () => {
      const summary = await this.#engine.runs.update({ ...this.#id, ...change })
      if (this.run !== undefined) this.run = { ...this.run, title: summary.title, notes: summary.notes }
    })
  }

  async #act<T>(action: () => Promise<T>): Promise<T | undefined> {
    this.actionError = undefined
    try {
      return await action()
    } catch (error) {
      this.actionError = error
      return undefined
    }
  }
}

/** What a run that itself went on with another need not measure. */
function measuredBefore(spec: unknown): string[] {
  if (typeof spec !== 'object' || spec === null || !('resume' in spec)) return []
  const { resume } = spec
  if (typeof resume !== 'object' || resume === null || !('measured' in resume)) return []
  const { measured } = resume
  return Array.isArray(measured) ? measured.filter(key => typeof key === 'string') : []
}
