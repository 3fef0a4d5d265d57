import { EngineError, toFailure } from '#domain/errors.ts'
import type { RunStatus } from '#domain/run.ts'
import type { RunFeed } from './run-feed.ts'

/** A run to be executed. The queue knows no kind: `execute` does the work and `settle` writes what came of it. */
export interface Job {
  id: string
  feed: RunFeed
  /** Heavy jobs run one at a time, so that they don't disturb each other's figures. */
  heavy: boolean
  /** Called when a place is free. Must stop soon after `signal` aborts. */
  execute(signal: AbortSignal): Promise<void>
  /** Writes the new status to the session, before watchers hear of it. */
  settle(status: RunStatus, failure: ReturnType<typeof toFailure> | undefined): void
}

interface Entry {
  job: Job
  abort: AbortController
  status: 'queued' | 'running'
  finished: Promise<void>
  finish(): void
}

const MAX_LIGHT_JOBS = 4 // imports and the like: bounded, so that opening 100 files does not start 100 readers

/** When runs happen on this machine: first come first served, one heavy job at a time. */
export class JobQueue {
  readonly #entries = new Map<string, Entry>()

  enqueue(job: Job): void {
    if (this.#entries.has(job.id)) throw new Error(`job ${job.id} is queued already`)
    const { promise: finished, resolve: finish } = Promise.withResolvers<void>()
    this.#entries.set(job.id, { job, abort: new AbortController(), status: 'queued', finished, finish })
    this.#announcePositions()
    this.#startNext()
  }

  has(id: string): boolean {
    return this.#entries.has(id)
  }

  /** Known, and its turn has not come. */
  isQueued(id: string): boolean {
    return this.#entries.get(id)?.status === 'queued'
  }

  /** Resolves when the job is over; at once for an unknown one. */
  async finished(id: string): Promise<void> {
    await this.#entries.get(id)?.finished
  }

  /** A queued job is dropped, a running one is told to stop. Resolves when it has. */
  async cancel(id: string): Promise<void> {
    const entry = this.#entries.get(id)
    if (entry === undefined) return
    entry.abort.abort(new EngineError('CANCELLED', 'Cancelled'))
    if (entry.status === 'queued') this.#close(entry, 'cancelled', undefined)
    await entry.finished
  }

  async cancelAll(): Promise<void> {
    await Promise.all([...this.#entries.keys()].map(id => this.cancel(id)))
  }

  #startNext(): void {
    const entries = [...this.#entries.values()]
    const running = (heavy: boolean) => entries.filter(e => e.status === 'running' && e.job.heavy === heavy).length
    for (const entry of entries) {
      const limit = entry.job.heavy ? 1 : MAX_LIGHT_JOBS
      if (entry.status === 'queued' && running(entry.job.heavy) < limit) void this.#run(entry)
    }
  }

  async #run(entry: Entry): Promise<void> {
    const { job, abort } = entry
    entry.status = 'running'
    try {
      job.settle('running', undefined)
      job.feed.emit({ type: 'status', status: 'running' })
      await job.execute(abort.signal)
      this.#close(entry, abort.signal.aborted ? 'cancelled' : 'done', undefined)
    } catch (thrown) {
      if (abort.signal.aborted) this.#close(entry, 'cancelled', undefined)
      else this.#close(entry, 'failed', thrown)
    }
  }

  /** Writes the outcome, tells the watchers, gives the place to the next. */
  #close(entry: Entry, status: 'done' | 'failed' | 'cancelled', thrown: unknown): void {
    let failure = thrown === undefined ? undefined : toFailure(thrown)
    let ended: RunStatus = status
    try {
      entry.job.settle(status, failure)
    } catch (settleError) {
      // The session can't take the outcome (disk full, file gone): the watchers still must hear what happened.
      failure ??= toFailure(settleError)
      ended = 'failed'
    }
    this.#entries.delete(entry.job.id)
    entry.job.feed.end(ended, failure)
    entry.finish()
    this.#announcePositions()
    this.#startNext()
  }

  #announcePositions(): void {
    let position = 0
    for (const { job, status } of this.#entries.values()) {
      if (status === 'queued') job.feed.emit({ type: 'status', status: 'queued', queuePosition: position++ })
    }
  }
}
