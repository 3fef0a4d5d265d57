import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'
import { openFileSource } from '../../models/file-source.ts'
import { datatypeOf, encodeValues, type Value } from './datatypes.ts'
import { type DataInput, type DataStep, type DataTensor, rawTensor, valueCount, wrongCount } from './input-data-step.ts'

/** As text; parsing takes several times that in memory. */
const MOST_FILE_BYTES = 256 * 2 ** 20

/**
 * perf_analyzer's --input-data JSON: `{"data": [{"INPUT": values, …}, …]}` is one stream, `{"data": [[{…}], …]}` several.
 * Values: a flat or nested list, `{"content": list, "shape": […]}`, `{"b64": text}` (raw little-endian bytes; BYTES with
 * length prefixes), or `{"content": {"b64": text}, "shape": […]}`. Shapes are of one item.
 * @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE, DATA_INVALID naming stream, step and input   @see perf_analyzer docs/input_data.md
 */
export async function readPaJson(
  path: string,
  inputs: readonly DataInput[],
): Promise<{ streams: DataStep[][]; notes: string[] }> {
  const source = await openFileSource(path)
  try {
    if (source.size > MOST_FILE_BYTES) {
      throw new EngineError('DATA_INVALID', `The input data has ${formatBytes(source.size)}`, {
        where: path,
        hint: `At most ${formatBytes(MOST_FILE_BYTES)} of JSON; a folder of raw files, or fewer steps, would do.`,
      })
    }
    return parsePaJson(new TextDecoder().decode(await source.read(0, source.size)), path, inputs)
  } finally {
    await source.close()
  }
}

export function parsePaJson(text: string, path: string, inputs: readonly DataInput[]) {
  const root = parse(text, path)
  const data = isRecord(root) ? root.data : undefined
  if (!Array.isArray(data) || data.length === 0) {
    throw invalid('There is no list "data" in the file', path, 'Expected: {"data": [{"INPUT": [1, 2, 3]}]}.')
  }
  const all: unknown[] = data
  const isNested = all.every(stream => Array.isArray(stream))
  const unknownInputs = new Set<string>()
  const streams = (isNested ? all : [all]).map((stream, streamIndex) => {
    const steps: unknown[] = Array.isArray(stream) ? stream : []
    const place = isNested ? `${path}: stream ${streamIndex}, ` : `${path}: `
    if (steps.length === 0) throw invalid('A stream has no steps', `${place}no step`)
    return steps.map((step, index) => readStep(step, inputs, `${place}step ${index}`, unknownInputs))
  })
  const notes = [...unknownInputs].map(name => `The data holds ${name}, which is no input of the model: not sent.`)
  return { streams, notes }
}

/** Integers beyond 2^53 keep all their digits. */
function parse(text: string, path: string): unknown {
  const exact = (_key: string, value: unknown, context?: { source?: string }) =>
    typeof value === 'number' && !Number.isSafeInteger(value) && /^-?\d+$/.test(context?.source ?? '')
      ? BigInt(context?.source ?? '0')
      : value
  try {
    return /\d{16}/.test(text) ? JSON.parse(text, exact) : JSON.parse(text)
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown)
    throw new EngineError('DATA_INVALID', 'The input data is not JSON', { where: path, detail }, { cause: thrown })
  }
}

function readStep(step: unknown, inputs: readonly DataInput[], place: string, unknownInputs: Set<string>): DataStep {
  if (!isRecord(step)) throw invalid('A step is not an object of inputs', place)
  for (const name of Object.keys(step)) {
    if (!inputs.some(input => input.name === name)) unknownInputs.add(name)
  }
  return inputs.flatMap(input => {
    const value = step[input.name]
    if (value !== undefined) return [readTensor(input, value, `${place}, input ${input.name}`)]
    if (input.optional) return []
    throw invalid(`Input ${input.name} is missing`, place, `Inputs: ${inputs.map(({ name }) => name).join(', ')}.`)
  })
}

function readTensor(input: DataInput, value: unknown, where: string): DataTensor {
  const given = isRecord(value) && !('b64' in value) ? value : { content: value }
  if (!('content' in given)) throw invalid('There is neither "content" nor "b64"', where)
  const shape = given.shape === undefined ? input.shape : readShape(given.shape, input, where)
  const { content } = given
  if (isRecord(content)) return rawTensor(input, shape, fromBase64(content.b64, where), where)
  const values = flatten(content, where)
  const count = valueCount(shape)
  if (values.length !== count) throw wrongCount(input.name, shape, plural(count), plural(values.length), where)
  const { name, datatype } = input
  return { name, datatype, shape: [...shape], data: encodeValues(datatypeOf(datatype, where), values, where) }
}

function readShape(shape: unknown, { shape: wanted }: DataInput, where: string): number[] {
  const sizes: unknown[] = Array.isArray(shape) ? shape : [shape]
  const result = sizes.flatMap(size => (typeof size === 'number' && Number.isInteger(size) && size >= 0 ? [size] : []))
  if (result.length === sizes.length && result.length === wanted.length) return result
  const hint = `${wanted.length} sizes as in [${wanted.join(', ')}], without the batch.`
  throw invalid(`The shape ${JSON.stringify(shape)} does not fit the model`, where, hint)
}

function fromBase64(text: unknown, where: string): Uint8Array {
  if (typeof text === 'string' && /^[A-Za-z\d+/\s]*={0,2}\s*$/.test(text)) return Buffer.from(text, 'base64')
  throw invalid('"b64" is not base64', where)
}

function flatten(content: unknown, where: string, into: Value[] = []): Value[] {
  if (Array.isArray(content)) {
    for (const part of content) flatten(part, where, into)
  } else if (
    typeof content === 'number' ||
    typeof content === 'string' ||
    typeof content === 'boolean' ||
    typeof content === 'bigint'
  ) {
    into.push(content)
  } else {
    throw invalid(`${JSON.stringify(content)} is no value`, where)
  }
  return into
}

const plural = (count: number) => `${count} ${count === 1 ? 'value' : 'values'}`

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function invalid(message: string, where: string, hint?: string): EngineError {
  return new EngineError('DATA_INVALID', message, { where, ...(hint === undefined ? {} : { hint }) })
}
