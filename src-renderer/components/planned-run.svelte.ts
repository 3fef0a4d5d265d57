import type { RunPlan } from '#domain/plan.ts'
import type { Engine } from '../engine.ts'

/** What the forms of every kind of run share: the plan that follows the typing, and the start. */
export abstract class PlannedRun {
  readonly #runs: Pick<Engine['runs'], 'plan' | 'start'>
  readonly #kind: string
  readonly #planDelayMs: number

  plan = $state.raw<RunPlan>()
  planning = $state(false)
  planError = $state.raw<unknown>()
  starting = $state(false)
  startError = $state.raw<unknown>()

  /** Why the start button is off; undefined when it can be pressed. */
  abstract readonly blocked: string | undefined
  /** What is sent when it is pressed. */
  protected abstract readonly specToStart: object

  /** @param planDelayMs a plan per pause in typing, not per key */
  constructor(runs: Pick<Engine['runs'], 'plan' | 'start'>, kind: string, planDelayMs: number) {
    this.#runs = runs
    this.#kind = kind
    this.#planDelayMs = planDelayMs
  }

  /** Asks for the plan of `specText` after a pause; `signal` makes it void, so that the last keystroke wins. */
  async refreshPlan(specText: string, signal: AbortSignal): Promise<void> {
    this.planning = true
    await pause(this.#planDelayMs, signal)
    if (signal.aborted) return
    try {
      const plan = await this.#runs.plan({ kind: this.#kind, spec: JSON.parse(specText) }, { signal })
      if (signal.aborted) return
      this.plan = plan
      this.planError = undefined
    } catch (error) {
      if (!signal.aborted) this.planError = error
    } finally {
      if (!signal.aborted) this.planning = false
    }
  }

  /**
   * Queues the run. @param session gives the session to run in, a new one where none can be written
   * @returns the run's id; undefined when it could not be started (`startError` says why)
   */
  async start(session: () => Promise<{ sessionId: string }>): Promise<string | undefined> {
    if (this.blocked !== undefined || this.starting) return undefined
    this.starting = true
    this.startError = undefined
    try {
      const spec = this.specToStart
      const { sessionId } = await session()
      return (await this.#runs.start({ sessionId, kind: this.#kind, spec })).runId
    } catch (error) {
      this.startError = error
      return undefined
    } finally {
      this.starting = false
    }
  }

  protected dropPlan(): void {
    this.plan = undefined
    this.planError = undefined
  }
}

/** Where a run started now would be kept. */
export function savedIn(session: { info: { name: string; readOnly: boolean } } | undefined): string {
  if (session === undefined) return 'Saved in a new session.'
  const { name, readOnly } = session.info
  return readOnly ? `Saved in a new session: ${name} is read-only.` : `Saved in ${name}.`
}

/** Resolves after the time or at once when aborted. */
function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    const timer = setTimeout(resolve, delayMs)
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer)
        resolve()
      },
      { once: true },
    )
  })
}
