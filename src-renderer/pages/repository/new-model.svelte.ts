import type { NewModelInput } from '#domain/repository.ts'
import { ConfigEditor } from '../../components/config-editor.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'

type Engine = Pick<EngineClient, 'repository'>

export interface NewModelForm {
  modelPath: string
  name: string
  maxBatchSize: string
  dynamicBatching: boolean
  instances: string
  kind: 'KIND_AUTO' | 'KIND_GPU' | 'KIND_CPU'
}

const EMPTY: NewModelForm = {
  modelPath: '',
  name: '',
  maxBatchSize: '',
  dynamicBatching: true,
  instances: '1',
  kind: 'KIND_AUTO',
}
const FITTING_NAME = /^[A-Za-z0-9][\w.-]*$/

/** A name that Triton and a folder take, from the file's. */
export function nameFrom(path: string): string {
  const file = path.split(/[\\/]/).at(-1) ?? ''
  const stem = file.replace(/\.(onnx|plan|engine|pt|py)$/i, '')
  return stem.replaceAll(/[^\w.-]+/g, '_').replace(/^[^A-Za-z0-9]+/, '')
}

export interface NewModelReading {
  model?: NewModelInput
  problems: Partial<Record<keyof NewModelForm, string>>
}

export function readNewModel(form: NewModelForm): NewModelReading {
  const problems: NewModelReading['problems'] = {}
  if (!FITTING_NAME.test(form.name)) problems.name = 'Letters, digits, _ . - and no blank'
  const whole = (text: string, least: number) => /^\d+$/.test(text.trim()) && Number(text) >= least
  if (form.maxBatchSize.trim() !== '' && !whole(form.maxBatchSize, 0))
    problems.maxBatchSize = 'A whole number, at least 0'
  if (!whole(form.instances, 1)) problems.instances = 'At least 1'
  if (Object.keys(problems).length > 0) return { problems }
  const batches = form.maxBatchSize.trim() !== '0'
  return {
    problems,
    model: {
      name: form.name,
      ...(form.modelPath.trim() === '' ? {} : { modelPath: form.modelPath.trim() }),
      ...(form.maxBatchSize.trim() === '' ? {} : { maxBatchSize: Number(form.maxBatchSize) }),
      ...(form.dynamicBatching && batches ? { dynamicBatching: {} } : {}),
      instances: [{ kind: form.kind, count: Number(form.instances) }],
    },
  }
}

/** A model being added: first what it is, then the text that would be written, for review. */
export class NewModelView {
  readonly #engine: Engine
  readonly #add: (model: NewModelInput, text: string, overwrite: boolean) => Promise<string[]>
  form = $state.raw<NewModelForm>(EMPTY)
  /** Drafted and not written yet. */
  editor = $state.raw<ConfigEditor>()
  busy = $state(false)
  error = $state.raw<unknown>()
  reading = $derived(readNewModel(this.form))

  constructor(engine: Engine, add: (model: NewModelInput, text: string, overwrite: boolean) => Promise<string[]>) {
    this.#engine = engine
    this.#add = add
  }

  change(part: Partial<NewModelForm>): void {
    const { form } = this
    const follows = part.modelPath !== undefined && (form.name === '' || form.name === nameFrom(form.modelPath))
    this.form = { ...form, ...part, ...(follows ? { name: nameFrom(part.modelPath ?? '') } : {}) }
  }

  async draft(): Promise<void> {
    const { model } = this.reading
    if (model === undefined) return
    await this.#work(async () => {
      const { text, config, problems } = await this.#engine.repository.draft(model)
      this.editor = new ConfigEditor(this.#engine, { text, config, problems, modelName: model.name })
    })
  }

  /** Back to the first step; the draft is made anew. */
  back(): void {
    this.editor = undefined
    this.error = undefined
  }

  /** @returns the files written; nothing when it was refused */
  async write(overwrite: boolean): Promise<string[] | undefined> {
    const { model } = this.reading
    const { editor } = this
    if (model === undefined || editor === undefined) return undefined
    let written: string[] | undefined
    await this.#work(async () => {
      await editor.settled()
      written = await this.#add(model, editor.text, overwrite)
    })
    return written
  }

  async #work(work: () => Promise<void>): Promise<void> {
    if (this.busy) return
    this.busy = true
    this.error = undefined
    try {
      await work()
    } catch (thrown) {
      this.error = thrown
    } finally {
      this.busy = false
    }
  }
}
