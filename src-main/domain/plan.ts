import { z } from 'zod'
import { Failure } from './errors.ts'
import { Notice } from './run.ts'

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
})
export type RunPlan = z.infer<typeof RunPlan>
