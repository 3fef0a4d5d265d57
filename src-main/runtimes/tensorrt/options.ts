import { z } from 'zod'

/** How engines are built and run; what a bench asks of every runtime (batches, durations) is not repeated. */
export const TensorRtOptions = z.object({
  trtexec: z
    .string()
    .default('')
    .describe('Path of trtexec, or docker:IMAGE. Empty: the one of the settings, else the first that is found'),
  engine: z
    .enum(['per-batch', 'dynamic'])
    .default('per-batch')
    .describe('An engine for each batch, or one for all of them, at its best at the largest'),
  cudaGraph: z.boolean().default(false).describe('Launch each query as one CUDA graph'),
  spinWait: z.boolean().default(false).describe('Wait for the GPU busily: steadier times, a core fully used'),
  dataTransfers: z.boolean().default(true).describe('Copies of inputs and outputs are part of each query'),
  streams: z.int().min(1).max(64).default(1).describe('Queries at once, a stream each'),
  warmUpMs: z.number().min(0).max(60_000).default(200).describe('Warm-up of trtexec in ms, never counted'),
  layers: z.boolean().default(true).describe('Time each layer too, in a run of its own after the measured one'),
  workspaceMiB: z.number().min(0).default(0).describe('Memory that tactics may use, in MiB. 0: TensorRT chooses'),
  builderOptimizationLevel: z
    .int()
    .min(-1)
    .max(5)
    .default(-1)
    .describe('How long the builder searches, 0 to 5. -1: TensorRT chooses'),
  sparsity: z.enum(['disable', 'enable', 'force']).default('disable').describe('Use of structured sparsity of weights'),
  timingCache: z.boolean().default(true).describe('Keep timings of tactics beside the engines, for faster builds'),
  buildTimeoutSec: z.number().positive().default(3600).describe('A build that takes longer is ended, in seconds'),
})
export type TensorRtOptions = z.infer<typeof TensorRtOptions>
