import type { ToolInfo } from '#domain/machine.ts'
import type { Model } from '#domain/model.ts'
import { PlannedRun } from '../../components/planned-run.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'
import { type BuildForm, NEW_FORM, openAxes, readForm, type ShapeKind, sizeKey } from './build-form.ts'

type Engine = Pick<EngineClient, 'models' | 'runs' | 'tools'>

/** Asking a trtexec what it can do takes the engine longer than arithmetic does. */
const PLAN_DELAY_MS = 400

/** The form of a build: model, what the engine should be, what trtexec makes of it. */
export class NewBuild extends PlannedRun {
  readonly #engine: Engine
  #inspection = 0

  form = $state.raw<BuildForm>(NEW_FORM)
  model = $state.raw<Model>()
  inspecting = $state(false)
  modelError = $state.raw<unknown>()
  /** trtexec of this machine; undefined until it was looked for. */
  tool = $state.raw<ToolInfo>()
  toolError = $state.raw<unknown>()
  looking = $state(false)

  reading = $derived(readForm(this.form, this.model?.inputs ?? []))
  /** Equal forms give equal texts, so that a plan's answer does not ask for the next plan. */
  specText = $derived(JSON.stringify(this.reading.spec))
  /** There is something to plan. */
  isWhole = $derived(this.model !== undefined && Object.keys(this.reading.problems).length === 0)
  isDynamic = $derived(this.model?.inputs.some(input => openAxes(input).length > 0) ?? false)
  /** The plan's problems that no input shows. */
  otherProblems = $derived(
    (this.plan?.problems ?? []).filter(({ where }) => !this.model?.inputs.some(({ name }) => name === where)),
  )
  protected specToStart = $derived(this.reading.spec)
  blocked = $derived(this.#whyBlocked())

  constructor(engine: Engine) {
    super(engine.runs, 'build', PLAN_DELAY_MS)
    this.#engine = engine
  }

  change(part: Partial<BuildForm>): void {
    this.form = { ...this.form, ...part }
    if (!this.isWhole) this.dropPlan()
  }

  changeSize(input: string, axis: number, kind: ShapeKind, typed: string): void {
    this.change({ sizes: { ...this.form.sizes, [sizeKey(input, axis, kind)]: typed } })
  }

  /** The plan's sentences about one input. */
  problemsAt(input: string): string[] {
    return (this.plan?.problems ?? []).flatMap(({ where, message, hint }) =>
      where === input ? [[message, hint].filter(Boolean).join(': ')] : [],
    )
  }

  /** Reads a model; what the engine should be stays as chosen. */
  async chooseModel(path: string): Promise<void> {
    const inspection = ++this.#inspection
    this.form = { ...this.form, modelPath: path, sizes: {} }
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
    this.form = { ...this.form, modelPath: '', sizes: {} }
    this.model = undefined
    this.dropPlan()
    this.modelError = undefined
    this.inspecting = false
  }

  async findTool(fresh = false): Promise<void> {
    this.looking = true
    this.toolError = undefined
    try {
      this.tool = (await this.#engine.tools.list({ fresh })).find(({ id }) => id === 'trtexec')
    } catch (error) {
      this.toolError = error
    } finally {
      this.looking = false
    }
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
