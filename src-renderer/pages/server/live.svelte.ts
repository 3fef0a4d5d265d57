import type { ServerSample, ServerTargetInput } from '#domain/server.ts'
import { type Engine as EngineClient, follow } from '../../engine.ts'

type Engine = Pick<EngineClient, 'servers'>

/** The charts show this much, and no more is kept. */
export const KEPT_MS = 300_000
const INTERVAL_MS = 1000

/** The last five minutes of a server's statistics and metrics. */
export class LiveView {
  readonly #engine: Engine
  samples = $state.raw<readonly ServerSample[]>([])
  error = $state.raw<unknown>()
  /** Asked by the user; a hidden page pauses by itself. */
  paused = $state(false)
  #url: string | undefined

  /** Right end of the time axis. */
  toMs = $derived(this.samples.at(-1)?.atMs ?? 0)
  /** Parts that could not be read last time, with the reason. */
  missing = $derived(this.samples.at(-1)?.missing ?? [])

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** Reads until `signal`; what was read of this server before stays, so that a pause leaves a gap and not an empty chart. */
  async follow(target: ServerTargetInput, signal: AbortSignal): Promise<void> {
    if (this.#url !== target.url) this.samples = []
    this.#url = target.url
    this.error = undefined
    try {
      const open = (streamSignal: AbortSignal) =>
        this.#engine.servers.watch({ target, intervalMs: INTERVAL_MS }, { signal: streamSignal })
      for await (const sample of follow(open, signal)) this.add(sample)
      if (!signal.aborted) this.error = new Error('The server ended the live view')
    } catch (thrown) {
      if (!signal.aborted) this.error = thrown
    }
  }

  add(sample: ServerSample): void {
    this.samples = [...this.samples.filter(each => each.atMs > sample.atMs - KEPT_MS), sample]
  }
}
