import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import { readFolder } from './input-data-folder.ts'
import { type DataInput, type DataStep, itemShape } from './input-data-step.ts'
import { readPaJson } from './pa-json.ts'
import { randomStep, zeroStep } from './random-inputs.ts'

export interface InputDataOptions {
  inputs: readonly DataInput[]
  batch: number
  /** False: shapes have no batch in front. */
  batches: boolean
  /** perf_analyzer's --input-data: `random`, `zero`, a folder, or a JSON file. */
  source: string
  seed: number
  stringLength: number
  stringData?: string | undefined
}

export interface InputData {
  /** Requests of each stream, in order: shapes whole, batch included. A stream is a sequence where the model takes such. */
  streams: DataStep[][]
  facts: Facts
  /** What the user should know: parts of the file that were not used. */
  notes: string[]
}

/** Encoded requests kept in memory; what goes beyond is left out and said. */
export const MOST_BYTES = 256 * 2 ** 20

/**
 * Tensors of every request variant, made once. Random and zero data and a folder give one item, sent over and over;
 * batch N takes N copies of it. JSON gives an item a step; batch N takes the next N steps, round and round.
 * @throws EngineError DATA_INVALID naming input, step and place; FILE_NOT_FOUND, FILE_UNREADABLE
 * @see perf_analyzer docs/input_data.md
 */
export async function readInputData(options: InputDataOptions, mostBytes = MOST_BYTES): Promise<InputData> {
  const { source, batch, batches } = options
  const inputs = options.inputs.map(input => ({ ...input, shape: itemShape(input.shape, batches) }))
  const { streams: items, ...rest } = await readItems(source, inputs, options)
  const notes = [...rest.notes]
  const streams: DataStep[][] = []
  const all = items.reduce((sum, { length }) => sum + length, 0)
  let used = 0
  let bytes = 0
  for (const steps of items) {
    const requests: DataStep[] = []
    for (const request of batched(steps, batches ? batch : 1, batches)) {
      const size = request.reduce((sum, { data }) => sum + data.length, 0)
      // At least one request, however large.
      if (used > 0 && bytes + size > mostBytes) break
      requests.push(request)
      bytes += size
      used++
    }
    if (requests.length > 0) streams.push(requests)
    if (requests.length < requestCount(steps.length, batches ? batch : 1)) {
      notes.push(`The data is too large to keep ready: only the first ${used} requests of its ${all} steps are sent.`)
      break
    }
  }
  return { streams, notes, facts: { ...rest.facts, dataRequests: used, dataBytes: bytes } }
}

async function readItems(
  source: string,
  inputs: readonly DataInput[],
  { seed, stringLength, stringData }: InputDataOptions,
): Promise<InputData> {
  if (source === 'random') {
    return {
      streams: [[randomStep(inputs, { seed, stringLength, stringData })]],
      facts: { inputData: 'random', seed },
      notes: [],
    }
  }
  if (source === 'zero') return { streams: [[zeroStep(inputs)]], facts: { inputData: 'zero' }, notes: [] }
  const facts = { inputData: basename(source) }
  if (await isFolder(source)) return { streams: [[await readFolder(source, inputs)]], facts, notes: [] }
  return { ...(await readPaJson(source, inputs)), facts }
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory()
  } catch (thrown) {
    throw new EngineError(
      'FILE_NOT_FOUND',
      'The input data does not exist',
      {
        where: path,
        hint: 'Give random, zero, a folder with a file per input, or a JSON file as perf_analyzer takes it.',
      },
      { cause: thrown },
    )
  }
}

/** Steps k·N, k·N+1, … in turn until they would repeat: S ÷ gcd(S, N) requests of S steps. */
function* batched(steps: readonly DataStep[], batch: number, batches: boolean): Generator<DataStep> {
  for (let request = 0; request < requestCount(steps.length, batch); request++) {
    const parts = Array.from({ length: batch }, (_, i) => steps[(request * batch + i) % steps.length] ?? [])
    yield batches ? stacked(parts) : (parts[0] ?? [])
  }
}

function requestCount(steps: number, batch: number): number {
  return steps / greatestDivisor(steps, batch)
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b)
}

/** Items as one tensor with the batch in front. @throws EngineError DATA_INVALID when their shapes or inputs differ */
function stacked(items: readonly DataStep[]): DataStep {
  const [first = []] = items
  return first.map(tensor => {
    const parts = items.map(item => {
      const part = item.find(({ name }) => name === tensor.name)
      if (part?.shape.join() === tensor.shape.join()) return part.data
      throw new EngineError('DATA_INVALID', `Items of one batch differ in the shape of ${tensor.name}`, {
        where: `input ${tensor.name}`,
        hint: 'Measure with batch 1, or give all steps one shape.',
      })
    })
    const data = parts.length === 1 ? (parts[0] ?? new Uint8Array()) : Buffer.concat(parts)
    return { ...tensor, shape: [items.length, ...tensor.shape], data }
  })
}
