import { z } from 'zod'
import { Failure } from './errors.ts'
import { Facts } from './passport.ts'

/** A file that a step made. */
export const StepArtifact = z.object({ path: z.string(), bytes: z.int().min(0), sha256: z.string() })
export type StepArtifact = z.infer<typeof StepArtifact>

export const StepRecord = z.object({
  /** 'export', 'convert', 'correctness', 'config', 'bench'. */
  step: z.string(),
  title: z.string(),
  /** Equal CLI command of this step alone. */
  command: z.string(),
  /** `kept`: made by an earlier run, still as it was. `failed` leaves the steps before it as they are. */
  status: z.enum(['waiting', 'running', 'done', 'kept', 'failed', 'not-run']),
  /** What did it, with its version: 'onnxconverter-common 1.16.0'. */
  tool: z.string().optional(),
  artifact: StepArtifact.optional(),
  startedAt: z.string().optional(),
  durationMs: z.number().min(0).optional(),
  /** What came out, in a few words: "pass: 1 output within rtol 0.02". */
  result: z.string().optional(),
  facts: Facts.optional(),
  notices: z.array(z.string()).default([]),
  error: Failure.optional(),
})
export type StepRecord = z.infer<typeof StepRecord>

/** The steps of a pipeline, in order. */
export const StepTable = z.object({ steps: z.array(StepRecord) })
export type StepTable = z.infer<typeof StepTable>
