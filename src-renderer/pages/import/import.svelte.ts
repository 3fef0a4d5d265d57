import type { ImportSpecInput } from '#domain/import-spec.ts'
import { PlannedRun } from '../../components/planned-run.svelte.ts'
import type { Engine as EngineClient } from '../../engine.ts'

/** As `ImportSpec` takes it. */
const MAX_BATCH = 65_536
const PLAN_DELAY_MS = 150

export interface ImportForm {
  path: string
  /** Empty: as the file tells it. */
  batch: string
  model: string
}

/** Results of another program: which file, and what the file itself does not tell. */
export class NewImport extends PlannedRun {
  form = $state.raw<ImportForm>({ path: '', batch: '', model: '' })

  batchProblem = $derived(batchProblem(this.form.batch))
  spec = $derived(specOf(this.form))
  /** Equal forms give equal texts, so that a plan's answer does not ask for the next plan. */
  specText = $derived(JSON.stringify(this.spec))
  protected specToStart = $derived(this.spec)
  blocked = $derived(this.#whyBlocked())

  constructor(engine: Pick<EngineClient, 'runs'>) {
    super(engine.runs, 'import', PLAN_DELAY_MS)
  }

  /** Another file: what was said about the last one does not hold for it. */
  choose(path: string): void {
    this.dropPlan()
    this.startError = undefined
    this.form = { path, batch: '', model: '' }
  }

  change(part: Partial<ImportForm>): void {
    this.form = { ...this.form, ...part }
  }

  #whyBlocked(): string | undefined {
    if (this.form.path.trim() === '') return 'Choose a file first'
    if (this.batchProblem !== undefined) return this.batchProblem
    if (this.planError !== undefined) return 'The file cannot be imported'
    if (this.plan === undefined) return 'The file is being read'
    if (this.plan.pointCount === 0 && this.plan.trace !== true) return 'The file holds no points'
    return this.plan.problems[0]?.message
  }
}

function specOf({ path, batch, model }: ImportForm): ImportSpecInput {
  return {
    path: path.trim(),
    ...(batch.trim() === '' ? {} : { batch: Number(batch) }),
    ...(model.trim() === '' ? {} : { model: model.trim() }),
  }
}

function batchProblem(text: string): string | undefined {
  if (text.trim() === '') return undefined
  const batch = Number(text)
  const fits = Number.isInteger(batch) && batch >= 1 && batch <= MAX_BATCH
  return fits ? undefined : `A batch is a whole number from 1 to ${MAX_BATCH}`
}
