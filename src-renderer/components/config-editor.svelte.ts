import type { ConfigProblem, ModelConfig } from '#domain/repository.ts'
import type { Engine as EngineClient } from '../engine.ts'
import { type ConfigForm, formProblems, readForm, withForm } from './config-form.ts'

type Engine = { repository: Pick<EngineClient['repository'], 'parseConfig' | 'writeConfig'> }

interface Start {
  text: string
  /** The folder's name: a `name` that differs is a problem. */
  modelName?: string
  config?: ModelConfig | undefined
  problems?: readonly ConfigProblem[]
}

const PAUSE_MS = 200 // one question per pause in typing, not per key

/**
 * A config.pbtxt as text and as a form, kept in step both ways. The text is what counts: the form writes into it through
 * the engine, which keeps its comments; a text that does not parse leaves the form as it was and says so.
 */
export class ConfigEditor {
  readonly #engine: Engine
  readonly modelName: string | undefined
  text = $state('')
  /** Of the text as it is; absent while it does not parse. */
  config = $state.raw<ModelConfig>()
  problems = $state.raw<readonly ConfigProblem[]>([])
  form = $state.raw<ConfigForm>()
  /** The engine could not be asked. */
  error = $state.raw<unknown>()
  /** Text and form are not in step yet. */
  pending = $state(false)
  #saved = $state('')
  #asked = 0
  #work: Promise<void> = Promise.resolve()

  formProblems = $derived(this.form === undefined ? {} : formProblems(this.form))
  dirty = $derived(this.text !== this.#saved)
  hasErrors = $derived(this.problems.some(each => each.severity === 'error'))

  constructor(engine: Engine, { text, modelName, config, problems = [] }: Start) {
    this.#engine = engine
    this.modelName = modelName
    this.text = text
    this.#saved = text
    this.config = config
    this.problems = problems
    if (config) this.form = readForm(config)
    else this.#soon(0, asked => this.#parse(asked))
  }

  setText(text: string): void {
    this.text = text
    this.#soon(PAUSE_MS, asked => this.#parse(asked))
  }

  setForm(change: Partial<ConfigForm>): void {
    if (this.form === undefined) return
    this.form = { ...this.form, ...change }
    if (Object.keys(this.formProblems).length > 0) {
      this.#asked++ // a write still waiting would put back what is being typed over
      this.pending = false
      return
    }
    this.#soon(PAUSE_MS, asked => this.#write(asked))
  }

  /** When text, form and problems are in step again. */
  settled(): Promise<void> {
    return this.#work
  }

  markSaved(): void {
    this.#saved = this.text
  }

  /** Only the latest question counts: an earlier answer that comes late changes nothing. */
  #soon(delayMs: number, ask: (asked: number) => Promise<void>): void {
    const asked = ++this.#asked
    this.pending = true
    this.#work = (async () => {
      if (delayMs > 0) await new Promise(resolve => setTimeout(resolve, delayMs))
      if (asked !== this.#asked) return this.#work
      try {
        await ask(asked)
        if (asked === this.#asked) this.error = undefined
      } catch (thrown) {
        if (asked === this.#asked) this.error = thrown
      } finally {
        if (asked === this.#asked) this.pending = false
      }
    })()
  }

  async #parse(asked: number): Promise<void> {
    const { text, modelName } = this
    const { config, problems } = await this.#engine.repository.parseConfig({
      text,
      ...(modelName === undefined ? {} : { modelName }),
    })
    if (asked !== this.#asked) return
    this.config = config
    this.problems = problems
    if (config) this.form = readForm(config)
  }

  async #write(asked: number): Promise<void> {
    const { config, form, text } = this
    if (config === undefined || form === undefined) return
    const next = withForm(config, form)
    const written = await this.#engine.repository.writeConfig({ config: next, text })
    if (asked !== this.#asked) return
    this.config = next
    this.text = written.text
    this.problems = written.problems
  }
}
