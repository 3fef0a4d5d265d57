import { z } from 'zod'
import type { EngineError } from '#domain/errors.ts'
import { type FailureTable, helperFailure, messageOf, PythonFailed, VERSION } from './python-messages.ts'

const ms = z.number().min(0)
const bytes = z.int().min(0)

/** What `python/batchscope_bench` tells, a JSON line each, on what was its standard output when it started. */
const PythonBenchMessage = z.discriminatedUnion('type', [
  z.object({ ...VERSION, type: z.literal('phase'), phase: z.string() }),
  /** At most four times a second, between calls. */
  z.object({ ...VERSION, type: z.literal('live'), iterations: z.int(), meanMs: z.number() }),
  z.object({ ...VERSION, type: z.literal('log'), text: z.string() }),
  /** The next values of a series in ms, little-endian doubles: `wall`, and others as `Point.phasesMs` names them. */
  z.object({ ...VERSION, type: z.literal('samples'), series: z.string(), data: z.base64() }),
  z.object({
    ...VERSION,
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
  PythonFailed,
])
export type PythonBenchMessage = z.infer<typeof PythonBenchMessage>
export type PythonBenchDone = Extract<PythonBenchMessage, { type: 'done' }>
export type PythonBenchFailed = Extract<PythonBenchMessage, { type: 'failed' }>

/** @returns undefined for a line that is none of ours */
export function pythonBenchMessage(line: string): PythonBenchMessage | undefined {
  return messageOf(PythonBenchMessage, line)
}

const OTHER_PYTHON =
  'Choose the Python of the environment that has it (option "python", or Settings), or install it there.'
const UPDATE = 'Install a newer version, or leave the option out.'
const NEEDS_DRIVER = 'The details name the missing library: CUDA, cuDNN or TensorRT of the version it was built for.'

const FAILURES: FailureTable = {
  'torch-absent': { code: 'RUNTIME_UNAVAILABLE', hint: OTHER_PYTHON },
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
export function pythonBenchFailure(failed: Omit<PythonBenchFailed, 'v' | 'type'>): EngineError {
  return helperFailure(failed, FAILURES)
}
