import type { Engine as EngineClient } from '../../engine.ts'
import { isAbort } from '../../failure.ts'

type Runs = Pick<EngineClient['runs'], 'waysToProfile' | 'start'>
export type WayToProfile = Awaited<ReturnType<EngineClient['runs']['waysToProfile']>>[number]

/** How one point of a table can be looked into, and the start of it. */
export class ProfilePoint {
  readonly #runs: Runs
  ways = $state.raw<readonly WayToProfile[]>()
  /** Why it cannot be. */
  error = $state.raw<unknown>()
  starting = $state<string>()

  constructor(runs: Runs) {
    this.#runs = runs
  }

  async load(of: { sessionId: string; runId: string; pointId: string }, signal: AbortSignal): Promise<void> {
    this.ways = undefined
    this.error = undefined
    try {
      this.ways = await this.#runs.waysToProfile(of, { signal })
    } catch (thrown) {
      if (!signal.aborted && !isAbort(thrown)) this.error = thrown
    }
  }

  /** Queues the capture. @returns its run */
  async start(way: WayToProfile, sessionId: string): Promise<string | undefined> {
    this.starting = way.title
    this.error = undefined
    try {
      return (await this.#runs.start({ sessionId, kind: 'capture', spec: way.spec })).runId
    } catch (thrown) {
      this.error = thrown
      return undefined
    } finally {
      this.starting = undefined
    }
  }
}
