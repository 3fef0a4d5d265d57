import type { AttachmentOf } from '#domain/attachment.ts'
import type { Correctness } from '#domain/correctness.ts'
import type { StepRecord } from '#domain/step-table.ts'
import type { Engine } from '../../../engine.ts'

/** Steps of a pipeline and what its comparisons found. */
export class PipelineView {
  readonly #engine: Pick<Engine, 'runs'>
  readonly #id: { sessionId: string; runId: string }

  steps = $state.raw<readonly StepRecord[]>([])
  correctness = $state.raw<readonly Correctness[]>([])
  error = $state.raw<unknown>()

  constructor(engine: Pick<Engine, 'runs'>, id: { sessionId: string; runId: string }) {
    this.#engine = engine
    this.#id = id
  }

  async load(signal: AbortSignal): Promise<void> {
    try {
      const kept = await this.#engine.runs.attachments(this.#id, { signal })
      if (signal.aborted) return
      // The engine checks what it keeps by the schema of its kind; the page has no schemas.
      const of = <K extends 'steps' | 'correctness'>(wanted: K) =>
        kept.filter(({ kind }) => kind === wanted).map(({ data }) => data as AttachmentOf<K>)
      this.steps = of('steps').flatMap(({ steps }) => steps)
      this.correctness = of('correctness')
      this.error = undefined
    } catch (error) {
      if (!signal.aborted) this.error = error
    }
  }
}
