import type { StartedServer, StartedServerEvent } from '#domain/repository.ts'
import type { LogLine } from '#domain/run.ts'

const MAX_LOG_LINES = 5000

/** Status and log of one started server, for watchers that come and go: each gets what was, then what comes. */
export class ServerFeed {
  #server: StartedServer
  #lines: LogLine[] = []
  #dropped = 0
  #changes = 0
  readonly #waiting = new Set<() => void>()

  constructor(server: StartedServer) {
    this.#server = server
  }

  get server(): StartedServer {
    return this.#server
  }

  get lastLines(): readonly LogLine[] {
    return this.#lines.slice(-40)
  }

  log(stream: LogLine['stream'], text: string): void {
    this.#lines.push({ atMs: Date.now(), stream, text })
    if (this.#lines.length > MAX_LOG_LINES) {
      this.#lines.shift()
      this.#dropped++
    }
    this.#wake()
  }

  update(change: Partial<StartedServer>): void {
    this.#server = { ...this.#server, ...change }
    this.#changes++
    this.#wake()
  }

  /** Ends after the status "ended" was told, or when `signal` aborts. */
  async *watch(signal?: AbortSignal): AsyncGenerator<StartedServerEvent> {
    let nextLine = this.#dropped
    let told = -1
    const wakeOnAbort = () => this.#wake()
    signal?.addEventListener('abort', wakeOnAbort, { once: true })
    try {
      while (signal?.aborted !== true) {
        const lines = this.#lines.slice(Math.max(0, nextLine - this.#dropped))
        nextLine = this.#dropped + this.#lines.length
        for (const line of lines) yield { type: 'log', line }
        if (nextLine < this.#dropped + this.#lines.length) continue
        if (told < this.#changes) {
          told = this.#changes
          yield { type: 'status', server: this.#server }
          continue
        }
        if (this.#server.status === 'ended') return
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
}
