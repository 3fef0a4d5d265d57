import { z } from 'zod'
import { BenchSpec } from './bench-spec.ts'

/** The point of a latency table that a capture looks into. */
export const CapturedPoint = z.object({ runId: z.string(), pointId: z.string() })
export type CapturedPoint = z.infer<typeof CapturedPoint>

const common = {
  /** Where the report or trace goes; absent: beside the session file. */
  output: z.string().min(1).optional(),
  title: z.string().min(1).optional(),
  of: CapturedPoint.optional(),
}

/** Variables added for the program. A value whose name looks like a secret's is not kept (`secret-names.ts`). */
const env = z.record(z.string(), z.string()).default({})

/** What Nsight Systems is asked to record: a start for its options, each of which can be changed. */
export const NSYS_PRESETS = ['quick', 'cuda-graph-nodes', 'tensorrt', 'python'] as const

/** A capture with `nsys profile`. Options by nsys' own names; what a version does not know is left out with a notice. */
export const NsysCaptureSpec = z.object({
  tool: z.literal('nsys'),
  /** The program and its arguments; never a shell line. */
  command: z.array(z.string()).min(1, 'Name the program to profile'),
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
  env,
  /** Passes the whole environment of Batchscope on. Default: a scrubbed one, since the report keeps all of it. */
  wholeEnvironment: z.boolean().default(false),
  ...common,
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
  /**
   * Steps of torch.profiler.schedule: let pass, warmed up in, recorded. Absent: a script is recorded whole, the others
   * as `DEFAULT_SCHEDULE`. A script that has one must mark its steps with `batchscope_capture.step()`, and is ended when
   * the last of them is recorded.
   */
  schedule: z.object({ wait: z.int().min(0), warmup: z.int().min(0), active: z.int().min(1) }).optional(),
  recordShapes: z.boolean().default(true),
  withStack: z.boolean().default(false),
  profileMemory: z.boolean().default(false),
  withModules: z.boolean().default(false),
  /** Also writes torch's own `key_averages()` beside the trace. */
  totals: z.boolean().default(false),
  /** The interpreter; absent: the one of the settings, else the first on PATH. */
  python: z.string().min(1).optional(),
  workingFolder: z.string().optional(),
  env,
  /** As for nsys. A trace keeps no environment, but the program may print it. */
  wholeEnvironment: z.boolean().default(false),
  /** The capture is stopped, and what it has is kept, this long after the program itself has begun. */
  timeoutSec: z.number().positive().optional(),
  ...common,
})
export type TorchCaptureSpec = z.infer<typeof TorchCaptureSpec>

export const DEFAULT_SCHEDULE = { wait: 1, warmup: 2, active: 3 } as const

/** A pass of our own bench with ONNX Runtime's profiler on: never the measured one. */
export const OrtCaptureSpec = z.object({
  tool: z.literal('ort'),
  /** One runtime, one precision, one batch: the first of each counts. */
  bench: BenchSpec,
  /** Calls recorded, after `warmup` calls that are recorded too but in front. */
  calls: z.int().min(1).max(100_000).default(20),
  ...common,
})
export type OrtCaptureSpec = z.infer<typeof OrtCaptureSpec>

export const CaptureSpec = z.discriminatedUnion('tool', [NsysCaptureSpec, TorchCaptureSpec, OrtCaptureSpec])
export type CaptureSpec = z.infer<typeof CaptureSpec>
export type CaptureSpecInput = z.input<typeof CaptureSpec>
