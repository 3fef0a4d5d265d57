import { Service } from '../../native-tools/start-service.ts'
import { ANSWERS, Opened, type QueryAnswer, type QueryInput, type QueryName } from '../workers/trace-protocol.ts'

/** A trace nobody asks about gives its process back. */
const IDLE_MS = 60_000

/**
 * V8's flags of the process: a small young generation keeps the peak of memory low and costs nothing measurable, since the
 * index works on typed arrays.
 */
export const TRACE_NODE_FLAGS = ['--max-semi-space-size=8', '--max-old-space-size=384'] as const

export interface TraceProcessParts {
  /** Finished index. */
  folder: string
  format: string
  /** Where the source is now, if it is there. */
  sourcePath(): Promise<string | undefined>
  /** Marks the folder as in use; the result ends it. */
  use(): () => void
  /** One that runs already and has nothing open. */
  service?: Service
  idleMs?: number
}

interface Running {
  service: Service
  opened: Promise<Opened>
  unuse(): void
}

/** The process that answers for one open trace: started at the first question, ended when idle, started again after a crash. */
export class TraceProcess {
  readonly #parts: TraceProcessParts
  #spare: Service | undefined
  #running: Running | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(parts: TraceProcessParts) {
    this.#parts = parts
    this.#spare = parts.service
    if (this.#spare !== undefined) this.#waitForIdle()
  }

  /** Of the process, while one runs. */
  get pid(): number | undefined {
    return this.#running?.service.pid
  }

  get folder(): string {
    return this.#parts.folder
  }

  /** @throws EngineError what the service says, CHILD_DIED when it died on the way: the next question starts it again */
  async view(): Promise<Opened> {
    return this.#asking(({ opened }) => opened)
  }

  /** @throws EngineError as `view` */
  async ask<Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryAnswer<Name>> {
    return this.#asking(async ({ service, opened }) => {
      await opened
      return service.ask({ type: 'query', name, input }, ANSWERS[name])
    })
  }

  /** Resolves when the process is gone. */
  async end(): Promise<void> {
    clearTimeout(this.#idle)
    const services = [this.#running?.service, this.#spare].filter(service => service !== undefined)
    this.#running?.unuse()
    this.#running = undefined
    this.#spare = undefined
    for (const service of services) service.end()
    await Promise.all(services.map(service => service.ended))
  }

  async #asking<T>(work: (running: Running) => Promise<T>): Promise<T> {
    clearTimeout(this.#idle)
    const running = this.#start()
    try {
      return await work(running)
    } catch (thrown) {
      if (!running.service.isAlive) this.#forget(running)
      throw thrown
    } finally {
      if (running.service.busy === 0) this.#waitForIdle()
    }
  }

  #start(): Running {
    if (this.#running?.service.isAlive === true) return this.#running
    if (this.#running !== undefined) this.#forget(this.#running)
    const service =
      this.#spare?.isAlive === true ? this.#spare : new Service('trace-service', { nodeFlags: TRACE_NODE_FLAGS })
    this.#spare = undefined
    const opened = this.#open(service)
    opened.catch(() => {}) // thrown to whoever asks
    const unuse = this.#parts.use()
    const running = { service, opened, unuse }
    this.#running = running
    opened.catch(() => this.#forget(running))
    return running
  }

  async #open(service: Service): Promise<Opened> {
    const { folder, format } = this.#parts
    const sourcePath = await this.#parts.sourcePath()
    const question = { type: 'open', folder, format, ...(sourcePath === undefined ? {} : { sourcePath }) }
    return service.ask(question, Opened)
  }

  /** A process that died or could not open its index is of no more use. */
  #forget(running: Running): void {
    if (this.#running !== running) return
    this.#running = undefined
    running.unuse()
    running.service.end()
  }

  #waitForIdle(): void {
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => void this.end(), this.#parts.idleMs ?? IDLE_MS)
    this.#idle.unref()
  }
}
