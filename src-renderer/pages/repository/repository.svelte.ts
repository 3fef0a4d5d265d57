import type { ConfigProblem, NewModelInput, RepositoryModel } from '#domain/repository.ts'
import { ConfigEditor } from '../../components/config-editor.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type Engine = Pick<EngineClient, 'repository'>

/** A model repository on disk: its models, and the text of the chosen one under the hands. */
export class RepositoryView {
  readonly #engine: Engine
  /** As typed. */
  path = $state('')
  /** Of the list that is shown. */
  openPath = $state<string>()
  models = $state.raw<readonly RepositoryModel[]>([])
  /** About the repository as a whole. */
  problems = $state.raw<readonly ConfigProblem[]>([])
  loading = $state(false)
  error = $state.raw<unknown>()
  chosenName = $state<string>()
  editor = $state.raw<ConfigEditor>()
  saving = $state(false)
  saveError = $state.raw<unknown>()
  #asked = 0

  chosen = $derived(this.models.find(each => each.name === this.chosenName))

  constructor(engine: Engine) {
    this.#engine = engine
  }

  async open(path: string): Promise<boolean> {
    const asked = ++this.#asked
    this.path = path
    this.loading = true
    this.error = undefined
    try {
      const { models, problems } = await this.#engine.repository.list({ path })
      if (asked !== this.#asked) return false
      const isOther = path !== this.openPath
      this.openPath = path
      this.models = models
      this.problems = problems
      if (isOther || this.chosen === undefined) this.choose(models[0]?.name)
      return true
    } catch (thrown) {
      if (asked === this.#asked) this.error = thrown
      return false
    } finally {
      if (asked === this.#asked) this.loading = false
    }
  }

  choose(name: string | undefined): void {
    this.chosenName = name
    this.saveError = undefined
    const model = this.models.find(each => each.name === name)
    this.editor =
      model === undefined
        ? undefined
        : new ConfigEditor(this.#engine, {
            text: model.configText ?? '',
            modelName: model.name,
            config: model.config,
            problems: model.problems,
          })
  }

  /** What was typed goes; the file's text comes back. */
  revert(): void {
    this.choose(this.chosenName)
  }

  async save(): Promise<boolean> {
    const { editor, openPath, chosenName } = this
    if (editor === undefined || openPath === undefined || chosenName === undefined || this.saving) return false
    this.saving = true
    this.saveError = undefined
    try {
      await editor.settled()
      const { text } = editor
      const model = await this.#engine.repository.saveConfig({ path: openPath, name: chosenName, text })
      this.#put(model)
      if (this.editor === editor && editor.text === text) editor.markSaved()
      return true
    } catch (thrown) {
      this.saveError = thrown
      return false
    } finally {
      this.saving = false
    }
  }

  /** Writes a new model and shows it. @throws what the engine refused, for the dialog to show */
  async add(model: NewModelInput, text: string | undefined, overwrite: boolean): Promise<string[]> {
    const path = this.openPath
    if (path === undefined) throw new Error('No repository is open')
    const answer = await this.#engine.repository.add({
      path,
      model,
      ...(text === undefined ? {} : { text }),
      overwrite,
    })
    this.#put(answer.model)
    this.choose(answer.model.name)
    return answer.written
  }

  #put(model: RepositoryModel): void {
    this.models = [...this.models.filter(each => each.name !== model.name), model].toSorted((a, b) =>
      a.name.localeCompare(b.name, 'en'),
    )
  }
}
