import type { Doctor } from '#domain/machine.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type Engine = Pick<EngineClient, 'system'>

/** What this machine can do, as the first page shows it. */
export class HomeView {
  readonly #engine: Engine

  doctor = $state.raw<Doctor>()
  checking = $state(false)
  doctorError = $state.raw<unknown>()

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
}

/** What a dropped or chosen file is opened as; its content is checked by the engine. */
export function kindOfFile(name: string): 'session' | 'model' {
  return name.toLowerCase().endsWith('.bscope') ? 'session' : 'model'
}
