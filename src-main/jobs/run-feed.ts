import type { Failure } from '#domain/errors.ts'
import type { RunEvent, RunStatus } from '#domain/run.ts'

/** A RunEvent before it gets its number. */
export type UnnumberedEvent = RunEvent extends infer E ? (E extends RunEvent ? Omit<E, 'seq'> : never) : never

const MAX_LOG_EVENTS = 5000 // the whole log is in the session; a late watcher needs the recent part

/**
 * The events of one run, numbered from 0, for any number of watchers that come and go. All events are kept but
 * old progress (only the latest matters) and, beyond a limit, old log lines (the session has them).
 */
export class RunFeed {
  #events: RunEvent[] = []
  #seq = 0
  #logCount = 0
  #ended = false
  readonly #waiting = new Set<() => void>()

  get ended(): boolean {
    return this.#ended
  }

  emit(event: UnnumberedEvent): void {
    if (this.#ended) return
    if (event.type === 'progress') this.#events = this.#events.filter(kept => kept.type !== 'progress')
    if (event.type === 'log' && ++this.#logCount > MAX_LOG_EVENTS) this.#dropOldestLog()
    this.#events.push({ ...event, seq: this.#seq++ } as RunEvent)
    if (event.type === 'ended') this.#ended = true
    this.#wake()
  }

  end(status: RunStatus, error?: Failure): void {
    this.emit({ type: 'ended', status, ...(error === undefined ? {} : { error }) })
  }

  /** Kept events after `afterSeq`, then each new one; ends after `ended` or when `signal` aborts. */
  async *watch(afterSeq: number, signal?: AbortSignal): AsyncGenerator<RunEvent> {
    let last = afterSeq
    const wakeOnAbort = () => this.#wake()
    signal?.addEventListener('abort', wakeOnAbort, { once: true })
    try {
      while (signal?.aborted !== true) {
        const next = this.#events.filter(event => event.seq > last)
        for (const event of next) {
          last = event.seq
          yield event
        }
        if (this.#ended && last >= this.#seq - 1) return
        if (this.#seq - 1 > last && this.#events.some(event => event.seq > last)) continue
        await new Promise<void>(resolve => this.#waiting.add(resolve))
      }
    } finally {
      signal?.removeEventListener('abort', wakeOnAbort)
    }
  }

  #wake(): void {
    for (const resolve of this.#waiting) resolve()
    this.#waiting.clear()
  }

  #dropOldestLog(): void {
    const oldest = this.#events.findIndex(event => event.type === 'log')
    if (oldest >= 0) this.#events.splice(oldest, 1)
    this.#logCount--
  }
}
