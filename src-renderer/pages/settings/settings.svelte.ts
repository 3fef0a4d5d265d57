import type { Settings } from '#domain/settings.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type SystemInfo = Awaited<ReturnType<EngineClient['system']['info']>>

/** Settings are saved as they are changed: the page knows what is on its way, what arrived and what failed. */
export class SettingsView {
  readonly #engine: Pick<EngineClient, 'system' | 'tools'>
  readonly #save: (patch: Partial<Settings>) => Promise<void>
  #saves = 0

  info = $state.raw<SystemInfo>()
  tools = $state.raw<readonly { id: string; title: string }[]>([])
  loadError = $state.raw<unknown>()
  saveError = $state.raw<unknown>()
  saving = $state(false)
  /** Shown as "Saved" beside the heading. */
  saved = $state(false)

  /** @param save the shell's: it also applies the theme */
  constructor(engine: Pick<EngineClient, 'system' | 'tools'>, save: (patch: Partial<Settings>) => Promise<void>) {
    this.#engine = engine
    this.#save = save
  }

  async load(): Promise<void> {
    this.loadError = undefined
    try {
      const [info, tools] = await Promise.all([this.#engine.system.info(), this.#engine.tools.list({ fresh: false })])
      this.info = info
      this.tools = tools
    } catch (error) {
      this.loadError = error
    }
  }

  async change(patch: Partial<Settings>): Promise<void> {
    const save = ++this.#saves
    this.saving = true
    this.saveError = undefined
    try {
      await this.#save(patch)
      if (save === this.#saves) this.saved = true
    } catch (error) {
      this.saved = false
      this.saveError = error
    } finally {
      if (save === this.#saves) this.saving = false
    }
  }

  /** An empty path goes back to searching. */
  async setToolPath(toolPaths: Settings['toolPaths'], toolId: string, path: string): Promise<void> {
    const { [toolId]: _, ...others } = toolPaths
    await this.change({ toolPaths: path === '' ? others : { ...others, [toolId]: path } })
  }
}

/** Folders with one more, each once, trimmed. */
export function withFolder(folders: readonly string[], folder: string): string[] {
  const trimmed = folder.trim()
  return trimmed === '' || folders.includes(trimmed) ? [...folders] : [...folders, trimmed]
}
