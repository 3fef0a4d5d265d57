import type { Doctor, RuntimeInfo, ToolInfo } from '#domain/machine.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type Engine = Pick<EngineClient, 'tools' | 'runtimes' | 'system' | 'settings'>

/** Runtimes, tools and checks of this machine, and the paths the user set for tools. */
export class ToolsView {
  readonly #engine: Engine

  runtimes = $state.raw<readonly RuntimeInfo[]>()
  tools = $state.raw<readonly ToolInfo[]>()
  doctor = $state.raw<Doctor>()
  checking = $state(false)
  error = $state.raw<unknown>()
  /** Tool whose path is being saved. */
  savingId = $state<string>()

  #listedChecks = $derived(
    new Set([
      ...(this.runtimes ?? []).map(({ id }) => `runtime-${id}`),
      ...(this.tools ?? []).map(({ id }) => `tool-${id}`),
    ]),
  )
  /** What the doctor checked besides the runtimes and programs listed already. */
  otherChecks = $derived((this.doctor?.checks ?? []).filter(({ id }) => !this.#listedChecks.has(id)))

  constructor(engine: Engine) {
    this.#engine = engine
  }

  /** What was found before stays on the page while it looks again. */
  async load(fresh: boolean): Promise<void> {
    this.checking = true
    this.error = undefined
    try {
      const [runtimes, tools, doctor] = await Promise.all([
        this.#engine.runtimes.list({ fresh }),
        this.#engine.tools.list({ fresh }),
        this.#engine.system.doctor({ fresh }),
      ])
      this.runtimes = runtimes
      this.tools = tools
      this.doctor = doctor
    } catch (error) {
      this.error = error
    } finally {
      this.checking = false
    }
  }

  /** Saves where a tool is, then looks for it again. An empty path goes back to searching. */
  async setPath(toolId: string, path: string): Promise<void> {
    this.savingId = toolId
    this.error = undefined
    try {
      const { toolPaths } = await this.#engine.settings.get()
      await this.#engine.settings.set({ toolPaths: withPath(toolPaths, toolId, path) })
      this.tools = await this.#engine.tools.list({ fresh: true })
    } catch (error) {
      this.error = error
    } finally {
      this.savingId = undefined
    }
  }
}

/** The paths with one changed; an empty text takes it out. */
export function withPath(
  toolPaths: Readonly<Record<string, string>>,
  toolId: string,
  path: string,
): Record<string, string> {
  const { [toolId]: _, ...others } = toolPaths
  const trimmed = path.trim()
  return trimmed === '' ? others : { ...others, [toolId]: trimmed }
}
