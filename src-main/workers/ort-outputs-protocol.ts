import { z } from 'zod'
import { Failure } from '#domain/errors.ts'

/** One run of a model over given inputs. */
export const OrtOutputsInput = z.object({
  modelPath: z.string(),
  modelSha256: z.string(),
  /** Files that hold weights, beside the model: needed where it is written anew with more outputs. */
  externalPaths: z.array(z.string()).default([]),
  /** Per input a `.npy` file; floats are cast to what the input takes. */
  feeds: z.record(z.string(), z.string()),
  /** Tensors inside the graph that are given too. */
  taps: z.array(z.string()).default([]),
  /** Only the taps are written. */
  tapsOnly: z.boolean().default(false),
  /** An empty folder; outputs are written there as `.npy`. */
  folder: z.string(),
  graphOptimization: z.enum(['disabled', 'basic', 'extended', 'layout', 'all']).default('all'),
})
export type OrtOutputsInput = z.input<typeof OrtOutputsInput>

/** A tensor that was written. `path` is absent for strings, which are not compared. */
export const WrittenTensor = z.object({
  name: z.string(),
  dtype: z.string(),
  shape: z.array(z.int()),
  path: z.string().optional(),
})
export type WrittenTensor = z.infer<typeof WrittenTensor>

export const OrtOutputsResult = z.object({
  outputs: z.array(WrittenTensor),
  /** 'image: float32 → float16'. */
  casts: z.array(z.string()),
  version: z.string(),
})
export type OrtOutputsResult = z.infer<typeof OrtOutputsResult>

export const OrtOutputsMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('phase'), phase: z.string() }),
  z.object({ type: z.literal('done'), result: OrtOutputsResult }),
  z.object({ type: z.literal('failed'), failure: Failure }),
])
