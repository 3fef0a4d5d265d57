import { PlannedRun } from '../../components/planned-run.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'
import { type CaptureForm, NEW_FORM, readForm } from './capture-form.ts'
import { shellSigns } from './words.ts'

/** Looking at tools and interpreters takes the engine longer than arithmetic does. */
const PLAN_DELAY_MS = 400

/** The form of a capture: what runs under which profiler. */
export class NewCapture extends PlannedRun {
  form = $state.raw<CaptureForm>(NEW_FORM)

  reading = $derived(readForm(this.form))
  /** Equal forms give equal texts, so that a plan's answer does not ask for the next plan. */
  specText = $derived(JSON.stringify(this.reading.spec))
  /** What a shell would do with the command, and nothing here does. */
  shellNote = $derived(shellSigns(this.form.tool === 'nsys' ? this.form.command : this.form.args))
  /** There is something to plan. */
  isWhole = $derived(this.reading.missing === undefined && Object.keys(this.reading.problems).length === 0)
  protected specToStart = $derived(this.reading.spec)
  blocked = $derived(this.#whyBlocked())

  constructor(engine: Pick<EngineClient, 'runs'>) {
    super(engine.runs, 'capture', PLAN_DELAY_MS)
  }

  change(part: Partial<CaptureForm>): void {
    this.form = { ...this.form, ...part }
    if (!this.isWhole) this.dropPlan()
  }

  #whyBlocked(): string | undefined {
    const [problem] = Object.values(this.reading.problems)
    if (problem !== undefined) return problem
    if (this.reading.missing !== undefined) return this.reading.missing
    if (this.planError !== undefined) return 'The plan could not be made'
    if (this.plan === undefined) return 'The plan is being made'
    return this.plan.problems[0]?.message
  }
}
