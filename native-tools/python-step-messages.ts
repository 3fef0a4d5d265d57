import { z } from 'zod'
import type { EngineError } from '#domain/errors.ts'
import { type FailureTable, helperFailure, messageOf, PythonFailed, VERSION } from './python-messages.ts'

const Done = z.object({
  ...VERSION,
  type: z.literal('done'),
  /** What did it: 'onnxconverter-common', 'torch.onnx.export, dynamo'. */
  tool: z.string(),
  version: z.string(),
  output: z.string().optional(),
  bytes: z.int().optional(),
  notices: z.array(z.string()).default([]),
  outputs: z
    .array(z.object({ name: z.string(), dtype: z.string(), shape: z.array(z.int()), path: z.string() }))
    .default([]),
})
export type PythonStepDone = z.infer<typeof Done>

/** What `python/batchscope_steps` tells, a JSON line each. */
const Message = z.discriminatedUnion('type', [
  z.object({ ...VERSION, type: z.literal('hello'), python: z.string(), executable: z.string() }),
  z.object({ ...VERSION, type: z.literal('phase'), phase: z.string(), tool: z.string().optional() }),
  Done,
  PythonFailed,
])
export type StepMessage = z.infer<typeof Message>

/** @returns undefined for a line that is none of ours: what was printed past us */
export function stepMessage(line: string): StepMessage | undefined {
  return messageOf(Message, line)
}

const OTHER_PYTHON = 'Choose the Python of the environment that has it with --python, or install it there.'
const FAILURES: FailureTable = {
  'torch-absent': { code: 'RUNTIME_UNAVAILABLE', hint: OTHER_PYTHON },
  'torchvision-absent': { code: 'RUNTIME_UNAVAILABLE', hint: OTHER_PYTHON },
  'tool-absent': {
    code: 'TOOL_MISSING',
    hint: `pip install onnx onnxconverter-common onnxruntime. ${OTHER_PYTHON}`,
  },
  'tool-broken': { code: 'TOOL_FAILED', hint: `It may lack a package of its own: pip install onnx. ${OTHER_PYTHON}` },
  'convert-failed': {
    code: 'TOOL_FAILED',
    hint: 'The traceback says where. Some operators can be left as they are: --keep-op TYPE.',
  },
  'export-failed': {
    code: 'TOOL_FAILED',
    hint: 'The traceback says where. Another --opset, --exporter torchscript or --fixed-batch may do.',
  },
  'nothing-written': { code: 'TOOL_FAILED', hint: 'The log holds what the tool said.' },
  'entry-missing': {
    code: 'NOT_FOUND',
    hint: 'Name it as package.module:Class; --entry-folder says where the package lies.',
  },
  'not-a-module': {
    code: 'MODEL_UNSUPPORTED',
    hint: 'Name a torch.nn.Module, its class, or a function without arguments that makes one.',
  },
  'target-failed': { code: 'RUNTIME_FAILED', hint: 'The traceback says where. Check the shapes of the inputs.' },
  'output-type': { code: 'MODEL_UNSUPPORTED', hint: 'Wrap the module so that it gives plain tensors.' },
  inputs: { code: 'DATA_INVALID', hint: 'Shapes look like --torch-shape 1,3,224,224, a dtype like float32 or int64.' },
  'out-of-memory': { code: 'RUNTIME_FAILED', hint: 'Use smaller inputs.' },
  'cannot-write': { code: 'FILE_UNWRITABLE', hint: 'Check the folder and the space on its disk, or give another.' },
  stopped: { code: 'CANCELLED', hint: 'Start it again.' },
}

/** A failure the helper told, in our own terms. */
export function stepFailure(failed: { code: string; message: string; detail: string }): EngineError {
  return helperFailure(failed, FAILURES)
}
