import { z } from 'zod'
import type { EngineError } from '#domain/errors.ts'
import { type FailureTable, helperFailure, messageOf, PythonFailed, VERSION } from './python-messages.ts'

/** How a script ended: as the interpreter would have exited, or `complete`: ended by us, all its steps being recorded. */
const ScriptEnd = z.object({
  exitCode: z.int().optional(),
  complete: z.boolean().optional(),
  error: z.object({ code: z.string(), message: z.string(), detail: z.string() }).optional(),
})

/** What `python/batchscope_capture` tells, a JSON line each. */
export const TorchMessage = z.discriminatedUnion('type', [
  z.object({
    ...VERSION,
    type: z.literal('hello'),
    python: z.string(),
    executable: z.string(),
    torch: z.string(),
    device: z.string(),
    deviceName: z.string().optional(),
    threads: z.int(),
    cuda: z.string().optional(),
    hip: z.string().optional(),
  }),
  z.object({
    ...VERSION,
    type: z.literal('phase'),
    phase: z.enum(['import', 'target', 'script', 'step', 'export']),
    /** Steps done, of `steps` where a schedule says how many. */
    step: z.int().optional(),
    steps: z.int().optional(),
  }),
  z.object({
    ...VERSION,
    type: z.literal('done'),
    /** Absent: nothing was recorded. */
    output: z.string().optional(),
    bytes: z.int().optional(),
    steps: z.int(),
    stopped: z.boolean(),
    script: ScriptEnd.optional(),
  }),
  PythonFailed,
])
export type TorchMessage = z.infer<typeof TorchMessage>
export type TorchHello = Extract<TorchMessage, { type: 'hello' }>
export type TorchDone = Extract<TorchMessage, { type: 'done' }>

/** @returns undefined for a line that is none of ours: what the program printed past us */
export function torchMessage(line: string): TorchMessage | undefined {
  return messageOf(TorchMessage, line)
}

const FAILURES: FailureTable = {
  'torch-absent': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Choose the Python of the environment that has torch, or install torch there.',
  },
  'torch-old': { code: 'RUNTIME_UNAVAILABLE', hint: 'Install a newer torch: 1.8.1 is the first with this profiler.' },
  'torchvision-absent': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Install torchvision for this Python, or capture an entry of your own.',
  },
  'no-device': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Use --device cpu, or a torch built for the device with its driver.',
  },
  'entry-missing': {
    code: 'NOT_FOUND',
    hint: 'Name it as package.module:function; --folder says where the package lies.',
  },
  'target-failed': {
    code: 'RUNTIME_FAILED',
    hint: 'The traceback says where. Check the shapes and the dtype of the inputs.',
  },
  inputs: { code: 'DATA_INVALID', hint: 'Shapes look like --shape 8,3,224,224, a dtype like float16 or int64.' },
  'out-of-memory': {
    code: 'RUNTIME_FAILED',
    hint: 'Use smaller inputs, fewer active steps, or leave out stacks and memory.',
  },
  'profiler-in-use': {
    code: 'RUNTIME_FAILED',
    hint: 'If the program profiles itself, run it alone and open the trace it writes.',
  },
  'cannot-write': {
    code: 'FILE_UNWRITABLE',
    hint: 'Check the folder and the space on its disk, or give another --output.',
  },
  stopped: { code: 'CANCELLED', hint: 'Let it run longer.' },
}

/** A failure the helper told, in our own terms. */
export function torchFailure(failed: { code: string; message: string; detail: string }): EngineError {
  return helperFailure(failed, FAILURES)
}
