import { EngineError, type ErrorCode } from '#domain/errors.ts'

/** A text of ONNX Runtime 1.30 and what it means. `$1`… are the groups of `text`. */
interface KnownText {
  text: RegExp
  code: ErrorCode
  message: string
  hint: string
}

const SMALLER = 'Try a smaller batch or a smaller shape.'

const KNOWN: readonly KnownText[] = [
  {
    text: /Protobuf parsing failed|ModelProto does not have a graph|Failed to load model because protobuf/,
    code: 'MODEL_BROKEN',
    message: 'This is not a whole ONNX model',
    hint: 'The file is cut or something else. Copy or export it again.',
  },
  {
    text: /Load model .* failed\. File doesn't exist|model path is a directory/s,
    code: 'FILE_NOT_FOUND',
    message: 'There is no such model file',
    hint: 'Look whether it was moved or renamed.',
  },
  {
    text: /External data path does not exist|External data.*(?:not exist|not found|out of bounds|outside)|GetExtDataFromTensorProto/is,
    code: 'MODEL_BROKEN',
    message: 'The weights that this model keeps in another file are missing or cut',
    hint: 'Put the weight files beside the model, under the names they had when it was exported.',
  },
  {
    text: /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    code: 'MODEL_UNSUPPORTED',
    message: 'The model has ONNX IR version $1; this ONNX Runtime reads up to $2',
    hint: 'Export it for an older ONNX, or wait for a newer ONNX Runtime.',
  },
  {
    text: /Opset (\d+) is under development.*support for domain (\S+) is till opset (\d+)/s,
    code: 'MODEL_UNSUPPORTED',
    message: 'The model needs opset $1 of $2; this ONNX Runtime knows up to $3',
    hint: 'Export it with an older opset.',
  },
  {
    text: /No Op registered for (\S+) with domain_version of (\d+)/,
    code: 'MODEL_UNSUPPORTED',
    message: 'ONNX has no operator $1 in opset $2',
    hint: 'The model comes from a tool with operators of its own, or names its opset wrongly.',
  },
  {
    text: /Fatal error: (\S+?)\(-?\d+\) is not a registered function\/op/,
    code: 'MODEL_UNSUPPORTED',
    message: 'ONNX Runtime does not have the custom operator $1',
    hint: 'It needs the library of whoever made this operator.',
  },
  {
    text: /Could not find an implementation for (\S+?)\((\d+)\) node with name '([^']*)'/,
    code: 'MODEL_UNSUPPORTED',
    message: 'ONNX Runtime cannot run $1 (opset $2) on the CPU with these element types, at node "$3"',
    hint: 'Some operators run in few element types only. Export the model in float32.',
  },
  {
    text: /MLDataType for: (\S+) is not currently registered|Unsupported (?:tensor|data) type: ?(\S+)/,
    code: 'MODEL_UNSUPPORTED',
    message: 'ONNX Runtime cannot handle the element type $1',
    hint: 'Export the model with another element type.',
  },
  {
    text: /This is an invalid model|INVALID_GRAPH|Graph must be in single static assignment|Node .* does not exist/,
    code: 'MODEL_BROKEN',
    message: 'The model breaks the rules of ONNX',
    hint: 'Check it with `onnx.checker.check_model`, and export it again.',
  },
  {
    text: /Got invalid dimensions for input: (.+?) for the following indices\s+(.+?)\s+Please fix/s,
    code: 'SHAPE_MISMATCH',
    message: 'Input $1 has the wrong shape: $2',
    hint: 'Give the shape the model asks for.',
  },
  {
    text: /Invalid rank for input: (.+?) Got: (\d+) Expected: (\d+)/,
    code: 'SHAPE_MISMATCH',
    message: 'Input $1 has $2 dimensions, the model asks for $3',
    hint: 'Give the shape the model asks for.',
  },
  {
    text: /Unexpected input data type\. Actual: \(?(tensor\(\w+\))\)? ?, expected: \(?(tensor\(\w+\))\)?/,
    code: 'DATA_INVALID',
    message: 'An input is $1, the model asks for $2',
    hint: 'Convert the data to the element type of the input.',
  },
  {
    text: /Missing Input: (.+)/,
    code: 'DATA_INVALID',
    message: 'Input $1 was not given',
    hint: 'Every input of the model needs a shape and data.',
  },
  {
    text: /bad_alloc|bad allocation|Failed to allocate memory|out of memory|Array buffer allocation failed|BFCArena.*Available memory/i,
    code: 'RUNTIME_FAILED',
    message: 'There was not enough memory',
    hint: SMALLER,
  },
  {
    text: /indices? element out of data bounds|idx must be within|index out of range/i,
    code: 'DATA_INVALID',
    message: 'The data holds an index beyond what the model has',
    hint: 'Random numbers do not fit every input. Give zeros or real data for index inputs.',
  },
  {
    text: /while running (\w+) node\. Name:'([^']*)'.*(?:reshape|broadcast|dimension|shape|incompatible)/is,
    code: 'SHAPE_MISMATCH',
    message: 'The shapes do not fit inside the model, at $1 node "$2"',
    hint: 'Try another shape (many vision models need heights and widths that are multiples of 32), or the batch the model was exported with.',
  },
  {
    text: /while running (\w+) node\. Name:'([^']*)'/,
    code: 'RUNTIME_FAILED',
    message: 'ONNX Runtime failed at $1 node "$2"',
    hint: 'The details say what it complained about.',
  },
]

/**
 * What ONNX Runtime threw, as a typed failure. Its own text, which names source files and may quote hostile names, goes
 * into `detail`.
 * @param where what was being handled: the model's path
 */
export function ortError(thrown: unknown, where: string): EngineError {
  if (thrown instanceof EngineError) return thrown
  const native = thrown instanceof Error ? thrown.message : String(thrown)
  const known = KNOWN.find(({ text }) => text.test(native))
  const detail = native.trim()
  if (known === undefined) {
    return new EngineError('RUNTIME_FAILED', 'ONNX Runtime failed', { where, detail }, { cause: thrown })
  }
  const groups = known.text.exec(native) ?? []
  const message = known.message.replace(/\$(\d)/g, (_, at) =>
    oneLine(groups[Number(at)] ?? groups[Number(at) + 1] ?? '?'),
  )
  return new EngineError(known.code, message, { where, hint: known.hint, detail }, { cause: thrown })
}

function oneLine(text: string): string {
  return text.trim().replace(/\s+/g, ' ')
}
