import { z } from 'zod'
import { EngineError, type ErrorCode } from '#domain/errors.ts'

const version = { v: z.literal(1) }

const Done = z.object({
  ...version,
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
  z.object({ ...version, type: z.literal('hello'), python: z.string(), executable: z.string() }),
  z.object({ ...version, type: z.literal('phase'), phase: z.string(), tool: z.string().optional() }),
  Done,
  z.object({ ...version, type: z.literal('failed'), code: z.string(), message: z.string(), detail: z.string() }),
])
export type StepMessage = z.infer<typeof Message>

/** @returns undefined for a line that is none of ours: what was printed past us */
export function stepMessage(line: string): StepMessage | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return Message.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // not JSON: a tool's own words
  }
}

const OTHER_PYTHON = 'Choose the Python of the environment that has it with --python, or install it there.'
const FAILURES: Readonly<Record<string, { code: ErrorCode; hint: string }>> = {
  request: { code: 'INTERNAL', hint: 'This is a bug in Batchscope. Copy the details into a report.' },
  internal: { code: 'INTERNAL', hint: 'This is a bug in Batchscope. Copy the details into a report.' },
  'torch-absent': { code: 'RUNTIME_UNAVAILABLE', hint: OTHER_PYTHON },
  'torch-broken': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Run `python -c "import torch"` with this Python; its message says what is missing.',
  },
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
  'target-missing': { code: 'FILE_NOT_FOUND', hint: 'Check the path.' },
  'target-broken': {
    code: 'MODEL_BROKEN',
    hint: 'A file saved with torch.jit.save is needed; a state_dict has no program in it.',
  },
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
export function stepFailure({ code, message, detail }: { code: string; message: string; detail: string }): EngineError {
  const known = FAILURES[code] ?? { code: 'TOOL_FAILED' as const, hint: 'The details say more.' }
  return new EngineError(known.code, message, { hint: known.hint, ...(detail === '' ? {} : { detail }) })
}
