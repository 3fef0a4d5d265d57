import { z } from 'zod'

/** Shapes of one profile, batch included, by input. */
const Shapes = z.record(z.string(), z.array(z.int().min(0)))

/** What numbers an engine may compute in. Up to TensorRT 10 flags ask for it; from 11 on the model itself must hold it. */
export const BUILD_PRECISIONS = ['fp32', 'tf32', 'fp16', 'bf16', 'fp8', 'int8', 'best', 'model'] as const
export type BuildPrecision = (typeof BUILD_PRECISIONS)[number]

/** What an engine should be: the dialect of the trtexec that is there turns it into arguments, or says why it cannot. */
export const BuildSpec = z.object({
  modelPath: z.string().min(1),
  precision: z.enum(BUILD_PRECISIONS).default('tf32'),
  /** Absent for a static model. `opt` alone means min = opt = max. */
  minShapes: Shapes.default({}),
  optShapes: Shapes.default({}),
  maxShapes: Shapes.default({}),
  /** In trtexec's words, one a binding: 'fp16:chw'; from 11 on 'chw'. */
  inputFormats: z.array(z.string()).default([]),
  outputFormats: z.array(z.string()).default([]),
  workspaceMiB: z.number().positive().optional(),
  builderOptimizationLevel: z.int().min(0).max(5).optional(),
  /** Kept beside the engines unless another file, or none, is named. */
  timingCache: z.union([z.string().min(1), z.literal(false)]).optional(),
  sparsity: z.enum(['disable', 'enable', 'force']).default('disable'),
  refit: z.boolean().default(false),
  profilingVerbosity: z.enum(['layer_names_only', 'detailed', 'none']).default('detailed'),
  versionCompatible: z.boolean().default(false),
  /** INT8 calibration cache of an implicit quantization (up to 10). */
  calibrationCache: z.string().min(1).optional(),
  /** Folder for engines; absent: `engines` beside the session file. */
  outputFolder: z.string().min(1).optional(),
  /** trtexec to use; absent: the one of the settings, else the first that is found. */
  trtexec: z.string().min(1).optional(),
  timeoutMs: z.number().positive().default(3_600_000),
  title: z.string().min(1).optional(),
})
export type BuildSpec = z.infer<typeof BuildSpec>
export type BuildSpecInput = z.input<typeof BuildSpec>

/** How trtexec should run an engine. Defaults differ between 10 and 11: all of it is said, and kept in the passport. */
export const EngineRunSpec = z.object({
  shapes: Shapes.default({}),
  warmUpMs: z.number().min(0).default(200),
  durationSec: z.number().min(0).default(3),
  iterations: z.int().min(1).default(10),
  streams: z.int().min(1).default(1),
  cudaGraph: z.boolean().default(false),
  spinWait: z.boolean().default(false),
  /** Copies of inputs and outputs are part of each query. */
  dataTransfers: z.boolean().default(true),
  /** Layer times, in a run of their own. */
  profile: z.boolean().default(true),
})
export type EngineRunSpec = z.infer<typeof EngineRunSpec>
