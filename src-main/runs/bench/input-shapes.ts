import type { BenchSpec } from '#domain/bench-spec.ts'
import { formatShape } from '#domain/display.ts'
import { EngineError, type Failure } from '#domain/errors.ts'
import type { Model, TensorSpec } from '#domain/model.ts'
import type { RunPlan } from '#domain/plan.ts'
import { findBatchAxis } from '#formats/batch-axis.ts'

type PlannedInput = RunPlan['inputs'][number]

export interface InputShapes {
  inputs: PlannedInput[]
  problems: Failure[]
  /** The only batch the model takes; absent when the batch is free or there is none. */
  fixedBatch?: number
  /** No input has a batch dimension: one call is one sample. */
  hasBatch: boolean
}

/** How each input takes the batch and what one item looks like: the model's shapes, with the user's words on top. */
export function planInputs(model: Model, spec: Pick<BenchSpec, 'shapes' | 'batchAxes'>): InputShapes {
  const problems: Failure[] = unknownNames(model, spec)
  const inputs = model.inputs.map(input => planInput(model, input, spec, problems))
  const fixed = new Set(
    inputs.flatMap(input => {
      const dim = input.batchAxis < 0 ? undefined : input.modelShape[input.batchAxis]
      return typeof dim === 'number' ? [dim] : []
    }),
  )
  if (fixed.size > 1) {
    problems.push(
      failure('SHAPE_MISMATCH', `The inputs have different fixed batches: ${[...fixed].join(', ')}`, {
        hint: 'Say which dimension is the batch with --batch-axis INPUT:AXIS (-1: the input has none).',
      }),
    )
  }
  const [fixedBatch] = fixed
  return {
    inputs,
    problems,
    hasBatch: inputs.some(input => input.batchAxis >= 0),
    ...(fixedBatch === undefined ? {} : { fixedBatch }),
  }
}

/** Full shape per input for one batch. Only for inputs whose sizes are all known. */
export function shapesForBatch(inputs: readonly PlannedInput[], batch: number): Record<string, number[]> {
  return Object.fromEntries(
    inputs.map(({ name, itemShape, batchAxis }) => {
      const shape = itemShape.map(dim => {
        if (typeof dim === 'string')
          throw new EngineError('SHAPE_MISMATCH', `input ${name} has no size for ${dim || '?'}`)
        return dim
      })
      return [name, batchAxis < 0 ? shape : shape.toSpliced(batchAxis, 0, batch)]
    }),
  )
}

function planInput(
  model: Model,
  input: TensorSpec,
  spec: Pick<BenchSpec, 'shapes' | 'batchAxes'>,
  problems: Failure[],
): PlannedInput {
  const { name } = input
  if (input.kind !== 'tensor' || input.dtype === undefined) {
    problems.push(
      failure('MODEL_UNSUPPORTED', `Input ${name} is a ${input.kind}, not a tensor`, {
        where: name,
        hint: 'Only tensor inputs can be fed. Export the model with tensor inputs.',
      }),
    )
  }
  const modelShape = input.shape ?? []
  const batchAxis = spec.batchAxes[name] ?? findBatchAxis(input, model.inputs)
  const planned = { name, dtype: input.dtype ?? 'unknown', modelShape: [...modelShape], batchAxis }
  if (batchAxis >= modelShape.length) {
    problems.push(
      failure(
        'SHAPE_MISMATCH',
        `Input ${name} has ${modelShape.length} dimensions, so axis ${batchAxis} can't be its batch`,
        {
          where: name,
        },
      ),
    )
    return { ...planned, batchAxis: -1, itemShape: [...modelShape] }
  }
  const modelItem = batchAxis < 0 ? [...modelShape] : modelShape.toSpliced(batchAxis, 1)
  const wanted = spec.shapes[name]
  if (wanted === undefined) {
    const open = modelItem.filter(dim => typeof dim === 'string')
    if (open.length > 0) {
      const example = modelItem.map(dim => (typeof dim === 'string' ? 'N' : dim)).join(',')
      problems.push(
        failure('SHAPE_MISMATCH', `Input ${name} needs a size for ${open.map(dim => dim || '?').join(', ')}`, {
          where: name,
          hint: `Give the shape of one item, without the batch: --shape ${name}:${example}`,
        }),
      )
    }
    return { ...planned, itemShape: modelItem }
  }
  if (!fits(wanted, modelItem)) {
    problems.push(
      failure(
        'SHAPE_MISMATCH',
        `Shape ${formatShape(wanted)} does not fit input ${name}: one item is ${formatShape(modelItem)}`,
        {
          where: name,
          hint: batchAxis < 0 ? 'This input has no batch dimension.' : 'Leave the batch dimension out of --shape.',
        },
      ),
    )
  }
  return { ...planned, itemShape: wanted }
}

function fits(wanted: readonly number[], modelItem: readonly (number | string)[]): boolean {
  return (
    wanted.length === modelItem.length &&
    modelItem.every((dim, axis) => typeof dim === 'string' || dim === wanted[axis])
  )
}

/** A shape or axis for an input that isn't there is a typing mistake, not something to pass over. */
function unknownNames(model: Model, spec: Pick<BenchSpec, 'shapes' | 'batchAxes'>): Failure[] {
  const known = new Set(model.inputs.map(input => input.name))
  const named = new Set([...Object.keys(spec.shapes), ...Object.keys(spec.batchAxes)])
  return [...named]
    .filter(name => !known.has(name))
    .map(name =>
      failure('SHAPE_MISMATCH', `The model has no input ${name}`, {
        where: name,
        hint: `Its inputs: ${[...known].join(', ') || 'none'}`,
      }),
    )
}

export function failure(code: Failure['code'], message: string, data: Omit<Failure, 'code' | 'message'> = {}): Failure {
  return { code, message, ...data }
}
