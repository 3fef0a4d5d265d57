import { z } from 'zod'

/** What Nsight Systems is asked to record: a start for its options, each of which can be changed. */
export const NSYS_PRESETS = ['quick', 'cuda-graph-nodes', 'tensorrt', 'python'] as const

/** A capture with `nsys profile`. Options by nsys' own names; what a version does not know is left out with a notice. */
export const NsysCaptureSpec = z.object({
  tool: z.literal('nsys'),
  /** The program and its arguments; never a shell line. */
  command: z.array(z.string()).min(1),
  workingFolder: z.string().optional(),
  preset: z.enum(NSYS_PRESETS).default('quick'),
  /** -t: cuda, nvtx, osrt, cudnn, cublas… */
  trace: z.array(z.string()).optional(),
  /** -s */
  sample: z.enum(['none', 'process-tree', 'system-wide']).optional(),
  /** --cuda-graph-trace */
  cudaGraphTrace: z.enum(['graph', 'node']).optional(),
  /** -c */
  captureRange: z.enum(['none', 'cudaProfilerApi', 'nvtx']).optional(),
  /** --delay and --duration, seconds. */
  delaySec: z.number().min(0).optional(),
  durationSec: z.number().positive().optional(),
  cudaMemoryUsage: z.boolean().optional(),
  pythonSampling: z.boolean().optional(),
  gpuMetrics: z.boolean().optional(),
  /** Environment variables added for the program. A name that looks like a secret is kept without its value. */
  env: z.record(z.string(), z.string()).default({}),
  /** Passes the whole environment of Batchscope on. Default: a scrubbed one, since the report keeps all of it. */
  wholeEnvironment: z.boolean().default(false),
  /** Where the report goes; absent: beside the session file. */
  output: z.string().optional(),
  title: z.string().min(1).optional(),
})
export type NsysCaptureSpec = z.infer<typeof NsysCaptureSpec>

/** A capture with torch.profiler in the user's interpreter. */
export const TorchCaptureSpec = z.object({
  tool: z.literal('torch'),
  target: z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('script'), path: z.string(), args: z.array(z.string()).default([]) }),
    /** `package.module:function`: called once a step with the inputs, or without any. */
    z.object({ kind: z.literal('entry'), entry: z.string(), folder: z.string().optional() }),
    z.object({ kind: z.literal('torchscript'), path: z.string() }),
    /** A model of torchvision by name, random weights. */
    z.object({ kind: z.literal('torchvision'), model: z.string() }),
  ]),
  /** Of the inputs, with batch; for all targets but a script. */
  shapes: z.array(z.array(z.int().min(1))).default([]),
  dtype: z.string().default('float32'),
  device: z.string().default('auto'),
  /** Steps of torch.profiler.schedule; a script without `step()` is one active step. */
  schedule: z
    .object({ wait: z.int().min(0), warmup: z.int().min(0), active: z.int().min(1) })
    .default({ wait: 1, warmup: 2, active: 3 }),
  recordShapes: z.boolean().default(true),
  withStack: z.boolean().default(false),
  profileMemory: z.boolean().default(false),
  withModules: z.boolean().default(false),
  /** Absent: the one of the settings, else the first on PATH. */
  python: z.string().optional(),
  env: z.record(z.string(), z.string()).default({}),
  output: z.string().optional(),
  timeoutSec: z.number().positive().optional(),
  title: z.string().min(1).optional(),
})
export type TorchCaptureSpec = z.infer<typeof TorchCaptureSpec>

export const CaptureSpec = z.discriminatedUnion('tool', [NsysCaptureSpec, TorchCaptureSpec])
export type CaptureSpec = z.infer<typeof CaptureSpec>
