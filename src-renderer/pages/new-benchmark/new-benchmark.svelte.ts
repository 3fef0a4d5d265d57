import type { RuntimeInfo } from '#domain/machine.ts'
import type { Model, TensorSpec } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import { usualRuntimes } from '#domain/usual-runtimes.ts'
import { PlannedRun } from '../../components/planned-run.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'
import {
  type BenchForm,
  type InputForm,
  type LimitName,
  NEW_INPUT,
  newForm,
  precisionsOf,
  readForm,
} from './bench-form.ts'
import { optionFields } from './option-fields.ts'

type Engine = Pick<EngineClient, 'models' | 'runtimes' | 'runs'>

const PLAN_DELAY_MS = 150

/** The form of a benchmark: what is chosen, what the engine makes of it, why it can't be started. */
export class NewBenchmark extends PlannedRun {
  readonly #engine: Engine

  form = $state.raw<BenchForm>(newForm(''))
  model = $state.raw<Model>()
  inspecting = $state(false)
  modelError = $state.raw<unknown>()
  runtimes = $state.raw<readonly RuntimeInfo[]>()
  runtimesError = $state.raw<unknown>()
  #inspection = 0

  /** The only batch this model takes; 1 where no input has a batch dimension. */
  fixedBatch = $derived(fixedBatchOf(this.plan))
  /** Form fields of each runtime's options. */
  optionFields = $derived(
    new Map((this.runtimes ?? []).map(({ id, optionsSchema }) => [id, optionFields(optionsSchema)])),
  )
  /** What each runtime is asked for unless precisions are chosen. */
  #usual = $derived(
    new Map(
      (this.runtimes ?? []).map(runtime => {
        const [first] = runtime.precisions
        const usual =
          usualRuntimes([runtime])[0]?.precisions ??
          (runtime.precisions.includes('model') ? ['model'] : [first ?? 'model'])
        return [runtime.id, usual] as const
      }),
    ),
  )
  reading = $derived(
    readForm(this.form, this.model?.inputs ?? [], {
      inputs: this.plan?.inputs ?? [],
      fixedBatch: this.fixedBatch,
      optionFields: this.optionFields,
      usual: this.#usual,
    }),
  )
  /** The spec as text: equal forms give equal texts, so that a plan's answer does not ask for the next plan. */
  specText = $derived(JSON.stringify(this.reading.spec))
  /** The plan's problems that no field shows: neither an input's nor a chosen runtime's. */
  otherProblems = $derived(
    (this.plan?.problems ?? []).filter(
      ({ where }) => where === undefined || !(this.#isInput(where) || this.form.runtimeIds.includes(where)),
    ),
  )
  protected specToStart = $derived(this.reading.spec)
  blocked = $derived(this.#whyBlocked())

  constructor(engine: Engine) {
    super(engine.runs, 'bench', PLAN_DELAY_MS)
    this.#engine = engine
  }

  /** Reads a model and starts the form anew for it; what was measured how (limits, runtimes) stays as chosen. */
  async chooseModel(path: string): Promise<void> {
    const inspection = ++this.#inspection
    this.form = { ...this.form, modelPath: path, inputs: {} }
    this.model = undefined
    this.dropPlan()
    this.modelError = undefined
    this.startError = undefined
    this.inspecting = true
    try {
      const model = await this.#engine.models.inspect({ path })
      if (inspection === this.#inspection) this.model = model
    } catch (error) {
      if (inspection === this.#inspection) this.modelError = error
    } finally {
      if (inspection === this.#inspection) this.inspecting = false
    }
  }

  async chooseSample(): Promise<void> {
    try {
      const { path } = await this.#engine.models.sample()
      await this.chooseModel(path)
    } catch (error) {
      this.modelError = error
    }
  }

  /** Back to "no model chosen". */
  clearModel(): void {
    this.#inspection++
    this.form = { ...this.form, modelPath: '', inputs: {} }
    this.model = undefined
    this.dropPlan()
    this.modelError = undefined
    this.inspecting = false
  }

  async loadRuntimes(fresh = false): Promise<void> {
    this.runtimesError = undefined
    try {
      const runtimes = await this.#engine.runtimes.list({ fresh })
      this.runtimes = runtimes
      this.#chooseReadyRuntime(runtimes)
    } catch (error) {
      this.runtimesError = error
    }
  }

  /** The default runtime may be missing here: then the first that is ready. */
  #chooseReadyRuntime(runtimes: readonly RuntimeInfo[]): void {
    const ready = runtimes.filter(({ readiness }) => readiness.ready).map(({ id }) => id)
    const kept = this.form.runtimeIds.filter(id => ready.includes(id))
    const [first] = ready
    if (kept.length === 0 && first !== undefined) this.form = { ...this.form, runtimeIds: [first] }
  }

  override async refreshPlan(specText: string, signal: AbortSignal): Promise<void> {
    if (this.model !== undefined) await super.refreshPlan(specText, signal)
  }

  inputForm(name: string): InputForm {
    return this.form.inputs[name] ?? NEW_INPUT
  }

  changeInput(name: string, change: Partial<InputForm>): void {
    this.form = { ...this.form, inputs: { ...this.form.inputs, [name]: { ...this.inputForm(name), ...change } } }
  }

  changeSize(name: string, axis: number, text: string): void {
    this.changeInput(name, { sizes: { ...this.inputForm(name).sizes, [axis]: text } })
  }

  /** How the batch is understood for an input: the user's choice, else the engine's. */
  batchAxis({ name }: TensorSpec): number | undefined {
    return this.form.inputs[name]?.batchAxis ?? this.plan?.inputs.find(input => input.name === name)?.batchAxis
  }

  /** The plan's sentence about one input or runtime. */
  problemsAt(where: string): string[] {
    return (this.plan?.problems ?? []).filter(problem => problem.where === where).map(problem => problem.message)
  }

  setBatches(batches: readonly number[]): void {
    this.form = { ...this.form, batches }
  }

  toggleRuntime(id: string): void {
    this.form = { ...this.form, runtimeIds: toggled(this.form.runtimeIds, id) }
  }

  precisionsOf(id: string): readonly string[] {
    return precisionsOf(this.form, id, this.#usual)
  }

  /** At least one stays chosen. */
  setPrecisions(id: string, precisions: readonly string[]): void {
    if (precisions.length > 0) this.form = { ...this.form, precisions: { ...this.form.precisions, [id]: precisions } }
  }

  /** Every runtime that is usually compared, here or not: the table says what is missing. */
  chooseAllRuntimes(): void {
    const all = usualRuntimes(this.runtimes ?? [])
    this.form = { ...this.form, runtimeIds: all.map(({ id }) => id), precisions: {} }
  }

  setCustomBatches(customBatches: string): void {
    this.form = { ...this.form, customBatches }
  }

  setLimit(name: LimitName, text: string): void {
    this.form = { ...this.form, limits: { ...this.form.limits, [name]: text } }
  }

  setProfile(profile: boolean): void {
    this.form = { ...this.form, profile }
  }

  /** An empty text goes back to the runtime's default. */
  setOption(runtimeId: string, name: string, text: string): void {
    const options = { ...this.form.options[runtimeId], [name]: text }
    this.form = { ...this.form, options: { ...this.form.options, [runtimeId]: options } }
  }

  #isInput(where: string): boolean {
    return this.model?.inputs.some(({ name }) => name === where) ?? false
  }

  #whyBlocked(): string | undefined {
    if (this.form.modelPath === '') return 'Choose a model first'
    if (this.inspecting) return 'The model is being read'
    if (this.model === undefined) return 'The model cannot be read'
    const [problem] = Object.values(this.reading.problems)
    if (problem !== undefined) return problem
    if (this.planError !== undefined) return 'The plan could not be made'
    if (this.plan === undefined) return 'The plan is being made'
    return this.plan.problems[0]?.message
  }
}

function fixedBatchOf(plan: RunPlan | undefined): number | undefined {
  if (plan === undefined) return undefined
  if (plan.fixedBatch !== undefined) return plan.fixedBatch
  return plan.inputs.length > 0 && plan.inputs.every(input => input.batchAxis < 0) ? 1 : undefined
}

function toggled<T>(list: readonly T[], item: T): T[] {
  return list.includes(item) ? list.filter(one => one !== item) : [...list, item]
}
