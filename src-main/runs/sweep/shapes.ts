import { formatShape } from '#domain/display.ts'
import { EngineError, type Failure } from '#domain/errors.ts'
import type { RunPlan } from '#domain/plan.ts'
import type { ServerModel, ServerTensor } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'

type PlannedInput = RunPlan['inputs'][number]

export interface SweepInputs {
  /** In the model's order, without those that are left out. */
  inputs: PlannedInput[]
  problems: Failure[]
  /** Optional inputs of unknown size: the model does without. */
  leftOut: string[]
}

/** Whether shapes of this model have the batch in front. Where the configuration is closed, by the free size there. */
export function hasBatch({ maxBatchSize, inputs }: ServerModel): boolean {
  return maxBatchSize === undefined ? inputs.every(({ shape }) => shape[0] === -1) : maxBatchSize > 0
}

/** Shape of one item of each input; free sizes must be given by the user. */
export function sweepInputs(model: ServerModel, spec: Pick<SweepSpec, 'shapes'>): SweepInputs {
  const problems = unknownNames(model, spec)
  const inputs: PlannedInput[] = []
  const leftOut: string[] = []
  for (const input of model.inputs) {
    const itemShape = hasBatch(model) ? input.shape.slice(1) : input.shape
    const wanted = spec.shapes[input.name]
    if (wanted === undefined && input.optional === true && itemShape.includes(-1)) {
      leftOut.push(input.name)
      continue
    }
    const problem = problemOf(input, itemShape, wanted)
    if (problem !== undefined) problems.push(problem)
    inputs.push({
      name: input.name,
      dtype: input.datatype,
      modelShape: input.shape.map(sizeText),
      batchAxis: hasBatch(model) ? 0 : -1,
      itemShape: wanted ?? itemShape.map(sizeText),
    })
  }
  return { inputs, problems, leftOut }
}

/** Whole shape per input for a batch. Only for inputs whose sizes are all known. */
export function shapesForBatch(inputs: readonly PlannedInput[], batch: number): Record<string, number[]> {
  return Object.fromEntries(
    inputs.map(({ name, itemShape, batchAxis }) => {
      const shape = itemShape.map(size => {
        if (typeof size === 'string') throw new EngineError('SHAPE_MISMATCH', `Input ${name} has a free size`)
        return size
      })
      return [name, batchAxis < 0 ? shape : [batch, ...shape]]
    }),
  )
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  BOOL: 1,
  INT8: 1,
  UINT8: 1,
  INT16: 2,
  UINT16: 2,
  FP16: 2,
  BF16: 2,
  INT32: 4,
  UINT32: 4,
  FP32: 4,
  INT64: 8,
  UINT64: 8,
  FP64: 8,
}
const LENGTH_PREFIX_BYTES = 4 // of each BYTES element on the wire

/** Bytes of all inputs of one request as they go over the wire. */
export function requestBytes(
  inputs: readonly PlannedInput[],
  shapes: Record<string, number[]>,
  spec: Pick<SweepSpec, 'stringLength' | 'stringData'>,
): number {
  const stringBytes = LENGTH_PREFIX_BYTES + (spec.stringData?.length ?? spec.stringLength)
  return inputs.reduce((sum, { name, dtype }) => {
    const elements = (shapes[name] ?? []).reduce((product, size) => product * size, 1)
    return sum + elements * (dtype === 'BYTES' ? stringBytes : (ELEMENT_BYTES[dtype] ?? 1))
  }, 0)
}

function problemOf(
  { name }: ServerTensor,
  itemShape: readonly number[],
  wanted: readonly number[] | undefined,
): Failure | undefined {
  if (wanted === undefined) {
    if (!itemShape.includes(-1)) return undefined
    const example = itemShape.map(size => (size === -1 ? 'N' : size)).join(',')
    return {
      code: 'SHAPE_MISMATCH',
      message: `Input ${name} has a free size: ${formatShape(itemShape.map(sizeText))}`,
      where: name,
      hint: `Give the shape of one item, without the batch: --shape ${name}:${example}`,
    }
  }
  const fits =
    wanted.length === itemShape.length && itemShape.every((size, axis) => size === -1 || size === wanted[axis])
  if (fits) return undefined
  return {
    code: 'SHAPE_MISMATCH',
    message: `Shape ${formatShape([...wanted])} does not fit input ${name}: one item is ${formatShape(itemShape.map(sizeText))}`,
    where: name,
    hint: 'Sizes the model fixes cannot be changed. Leave the batch out of --shape.',
  }
}

/** A shape for an input that is not there is a typing mistake, not something to pass over. */
function unknownNames(model: ServerModel, { shapes }: Pick<SweepSpec, 'shapes'>): Failure[] {
  const known = model.inputs.map(({ name }) => name)
  return Object.keys(shapes)
    .filter(name => !known.includes(name))
    .map(name => ({
      code: 'SHAPE_MISMATCH' as const,
      message: `The model has no input ${name}`,
      where: name,
      hint: `Its inputs: ${known.join(', ')}`,
    }))
}

function sizeText(size: number): number | string {
  return size === -1 ? '?' : size
}
