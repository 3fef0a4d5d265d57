import { z } from 'zod'
import { EngineError, type ErrorCode } from '#domain/errors.ts'

const version = { v: z.literal(1) }
const ms = z.number().min(0)
const bytes = z.int().min(0)

/** What `python/batchscope_bench` tells, a JSON line each, on what was its standard output when it started. */
const PythonBenchMessage = z.discriminatedUnion('type', [
  z.object({ ...version, type: z.literal('phase'), phase: z.string() }),
  /** At most four times a second, between calls. */
  z.object({ ...version, type: z.literal('live'), iterations: z.int(), meanMs: z.number() }),
  z.object({ ...version, type: z.literal('log'), text: z.string() }),
  /** The next values of a series in ms, little-endian doubles: `wall`, and others as `Point.phasesMs` names them. */
  z.object({ ...version, type: z.literal('samples'), series: z.string(), data: z.base64() }),
  z.object({
    ...version,
    type: z.literal('done'),
    /** Values of each series. */
    count: z.int().min(1),
    fixedWarmup: z.int().min(0),
    firstCallMs: ms,
    clockUs: ms,
    callUs: ms.optional(),
    compileMs: ms.optional(),
    libraryLoadMs: ms.optional(),
    sessionCreateMs: ms.optional(),
    baselineBytes: bytes.optional(),
    peakBytes: bytes.optional(),
    swappedBytes: bytes.optional(),
    peakDeviceBytes: bytes.optional(),
    outputBytes: bytes.optional(),
    cpuUtilization: z.number().min(0).optional(),
    otherCores: z.number().min(0).optional(),
    involuntarySwitches: z.int().min(0).optional(),
    /** What ran, where the library tells. */
    precision: z.string().optional(),
    device: z.string().optional(),
    /** A provider left nodes to the CPU. */
    cpuFallback: z.boolean().optional(),
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.array(z.string())])),
  }),
  z.object({ ...version, type: z.literal('failed'), code: z.string(), message: z.string(), detail: z.string() }),
])
export type PythonBenchMessage = z.infer<typeof PythonBenchMessage>
export type PythonBenchDone = Extract<PythonBenchMessage, { type: 'done' }>
export type PythonBenchFailed = Extract<PythonBenchMessage, { type: 'failed' }>

/** @returns undefined for a line that is none of ours */
export function pythonBenchMessage(line: string): PythonBenchMessage | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return PythonBenchMessage.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // not JSON: someone else's words
  }
}

const OURS = { code: 'INTERNAL', hint: 'This is a bug in Batchscope. Copy the details into a report.' } as const
const OTHER_PYTHON =
  'Choose the Python of the environment that has it (option "python", or Settings), or install it there.'
const UPDATE = 'Install a newer version, or leave the option out.'
const NEEDS_DRIVER = 'The details name the missing library: CUDA, cuDNN or TensorRT of the version it was built for.'

const FAILURES: Readonly<Record<string, { code: ErrorCode; hint: string }>> = {
  request: OURS,
  internal: OURS,
  'torch-absent': { code: 'RUNTIME_UNAVAILABLE', hint: OTHER_PYTHON },
  'torch-broken': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Run `python -c "import torch"` with this Python; its message says what is missing.',
  },
  'torch-old': { code: 'RUNTIME_UNAVAILABLE', hint: UPDATE },
  'torchvision-absent': { code: 'RUNTIME_UNAVAILABLE', hint: 'Install torchvision for this Python, or give an entry.' },
  'ort-absent': { code: 'RUNTIME_UNAVAILABLE', hint: OTHER_PYTHON },
  'ort-broken': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Run `python -c "import onnxruntime"` with this Python; its message says what is missing.',
  },
  'ort-old': { code: 'RUNTIME_UNAVAILABLE', hint: UPDATE },
  'provider-absent': { code: 'RUNTIME_UNAVAILABLE', hint: 'Install the onnxruntime package that has this provider.' },
  'provider-failed': { code: 'RUNTIME_UNAVAILABLE', hint: NEEDS_DRIVER },
  'no-device': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Set the option device=cpu, or install a torch built for the device.',
  },
  precision: { code: 'MODEL_UNSUPPORTED', hint: 'Ask for "model", or convert the model first.' },
  'target-missing': { code: 'FILE_NOT_FOUND', hint: 'Check the path.' },
  'target-broken': {
    code: 'MODEL_BROKEN',
    hint: 'A file saved with torch.jit.save is needed; a state_dict has no program in it.',
  },
  'entry-missing': {
    code: 'NOT_FOUND',
    hint: 'Name it as package.module:function; the option folder says where the package lies.',
  },
  'target-failed': { code: 'RUNTIME_FAILED', hint: 'The traceback says where.' },
  'compile-failed': {
    code: 'RUNTIME_FAILED',
    hint: 'Measure without the option compile, or try another compileBackend; inductor needs a C++ compiler on the CPU.',
  },
  'call-failed': { code: 'RUNTIME_FAILED', hint: 'The traceback says where. Check shapes and dtypes of the inputs.' },
  'session-failed': { code: 'RUNTIME_FAILED', hint: 'The details say what ONNX Runtime complained about.' },
  inputs: { code: 'DATA_INVALID', hint: 'Check shape and dtype of the input.' },
  'out-of-memory': { code: 'RUNTIME_FAILED', hint: 'Try a smaller batch or a smaller shape.' },
}

/** A failure the helper told, in our own terms. */
export function pythonBenchFailure({ code, message, detail }: Omit<PythonBenchFailed, 'v' | 'type'>): EngineError {
  const known = FAILURES[code] ?? { code: 'TOOL_FAILED' as const, hint: 'The details say more.' }
  return new EngineError(known.code, message, { hint: known.hint, ...(detail === '' ? {} : { detail }) })
}
