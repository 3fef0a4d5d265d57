import { z } from 'zod'
import { Correctness } from './correctness.ts'
import { Failure } from './errors.ts'
import { Finding } from './finding.ts'
import { GpuSeries } from './gpu-series.ts'
import { LayerTable } from './layer.ts'
import { ModelRef } from './model.ts'
import { Passport } from './passport.ts'
import { Point } from './point.ts'
import { Notice, RunStatus } from './run.ts'
import { StepTable } from './step-table.ts'
import { TraceSummary } from './trace.ts'

/**
 * The result document: the same for `--json`, `show --json`, the JSON report and the data inside the HTML report.
 * A field that was not measured is absent, never 0 or null. `batchscope schema` prints its JSON Schema.
 */
export const ResultDocument = z.object({
  format: z.literal('batchscope/1'),
  session: z.object({
    name: z.string(),
    path: z.string().optional(),
    createdAt: z.string(),
    notes: z.string().optional(),
    appVersion: z.string(),
  }),
  runs: z.array(
    z.object({
      id: z.string(),
      kind: z.string(),
      title: z.string(),
      status: RunStatus,
      startedAt: z.string().optional(),
      endedAt: z.string().optional(),
      command: z.string(),
      notes: z.string().optional(),
      model: ModelRef.optional(),
      passport: Passport.optional(),
      notices: z.array(Notice).optional(),
      error: Failure.optional(),
      points: z.array(Point),
      /** Of an import or capture of a trace: figures and tables, times in ns. */
      trace: TraceSummary.optional(),
      /** Layers of the engines that were built or ran. */
      layers: z.array(LayerTable).optional(),
      /** GPUs watched while it ran. */
      gpus: z.array(GpuSeries).optional(),
      /** Of a pipeline: its steps, and each comparison of two models. */
      steps: StepTable.shape.steps.optional(),
      correctness: z.array(Correctness).optional(),
      findings: z.array(Finding),
    }),
  ),
})
export type ResultDocument = z.infer<typeof ResultDocument>
