import { z } from 'zod'
import { Failure } from './errors.ts'
import { Notice } from './run.ts'

/** A runtime in a precision, as asked: what it would run, or why it is left out. */
export const PlanCell = z.object({
  runtime: z.string(),
  title: z.string(),
  /** As asked: 'model' is the file's own. */
  precision: z.string(),
  /** What it runs as, where it is known before it runs. Absent with `why`: it is not measured. */
  runs: z.string().optional(),
  pointCount: z.int().min(0),
  estimateMs: z.number().min(0).optional(),
  why: z.string().optional(),
  hint: z.string().optional(),
})
export type PlanCell = z.infer<typeof PlanCell>

/** What a spec would do, before anything is started: a form shows it while it is filled in. */
export const RunPlan = z.object({
  kind: z.string(),
  title: z.string(),
  subtitle: z.string(),
  /** Equal CLI command. */
  command: z.string(),
  /** What is started, word by word, where it is another program. */
  argv: z.array(z.string()).optional(),
  pointCount: z.int().min(0),
  /** The run gets a trace, not points. */
  trace: z.boolean().optional(),
  /** Rough, from the spec's own limits; absent when it can't be known. */
  estimateMs: z.number().optional(),
  notices: z.array(Notice),
  /** Why it can't be started; empty when it can. */
  problems: z.array(Failure),
  /** Per input, how the batch is understood and what is fed. */
  inputs: z
    .array(
      z.object({
        name: z.string(),
        dtype: z.string(),
        modelShape: z.array(z.union([z.int(), z.string()])),
        batchAxis: z.int().min(-1),
        /** Without the batch dimension; a string stands where the user must choose a size. */
        itemShape: z.array(z.union([z.int(), z.string()])),
      }),
    )
    .default([]),
  /** Absent: any batch. */
  fixedBatch: z.int().optional(),
  batches: z.array(z.int()).default([]),
  /** Of a bench: every runtime × precision asked for. */
  cells: z.array(PlanCell).optional(),
})
export type RunPlan = z.infer<typeof RunPlan>
