import type { Opened, QueryAnswer, QueryInput, QueryName } from '../workers/trace-protocol.ts'
import { TraceProcess, type TraceProcessParts } from './trace-process.ts'

/** They walk over every slice of a window: seconds for ten million. What is drawn must not wait for them. */
const SLOW: ReadonlySet<QueryName> = new Set(['select', 'find', 'operatorsByShape'])

/** An open trace: a process for what is drawn, and one for what takes long, started when that is first asked for. */
export class TraceHandle {
  readonly folder: string
  readonly #quick: TraceProcess
  readonly #slow: TraceProcess

  /** @param parts `service`, if any, becomes the quick one */
  constructor(parts: TraceProcessParts) {
    const { service: _, ...others } = parts
    this.folder = parts.folder
    this.#quick = new TraceProcess(parts)
    this.#slow = new TraceProcess(others)
  }

  /** Of the process that answers what is drawn, while one runs. */
  get pid(): number | undefined {
    return this.#quick.pid
  }

  /** @throws EngineError as `TraceProcess` */
  view(): Promise<Opened> {
    return this.#quick.view()
  }

  /** @throws EngineError as `TraceProcess` */
  ask<Name extends QueryName>(name: Name, input: QueryInput<Name>): Promise<QueryAnswer<Name>> {
    return (SLOW.has(name) ? this.#slow : this.#quick).ask(name, input)
  }

  /** Resolves when both processes are gone. */
  async end(): Promise<void> {
    await Promise.all([this.#quick.end(), this.#slow.end()])
  }
}
