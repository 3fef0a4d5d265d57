import type { Doctor } from '#domain/machine.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type Engine = Pick<EngineClient, 'system'>

/** The first page: what this machine can do, and what an action failed with. */
export class HomeView {
  readonly #engine: Engine

  doctor = $state.raw<Doctor>()
  checking = $state(false)
  doctorError = $state.raw<unknown>()
  /** What the last action failed with, and what it was. */
  actionError = $state.raw<{ title: string; error: unknown }>()

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** `fresh` looks again; else the engine's last answer will do. */
  async check(fresh: boolean): Promise<void> {
    this.checking = true
    this.doctorError = undefined
    try {
      this.doctor = await this.#engine.system.doctor({ fresh })
    } catch (error) {
      this.doctorError = error
    } finally {
      this.checking = false
    }
  }

  /** Runs an action of the page; a failure is shown under `title`. */
  async attempt(title: string, action: () => Promise<void>): Promise<void> {
    this.actionError = undefined
    try {
      await action()
    } catch (error) {
      this.actionError = { title, error }
    }
  }
}
