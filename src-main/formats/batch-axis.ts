import type { TensorSpec } from '#domain/model.ts'

/** Names that people and exporters give to a batch dimension. */
const BATCH_NAME = /^(n|b|bs|bsz|.*batch.*)$/i

/**
 * Position of the batch dimension of one input, -1 for none, from the shapes of all inputs:
 * 1. Some input has a symbolic dimension 0 (`[batch, 3, 224, 224]`): that symbol is the batch. Where exporters gave each
 *    input its own symbol, a symbol that reads like a batch (`batch_size`, `N`) wins; without one every symbolic
 *    dimension 0 counts; one without a name always does. Another input takes the batch where it has the same symbol, at any position (a recurrent
 *    state `[2, batch, 64]`: 1); with a number in front and no such symbol it has no batch.
 * 2. All have a number there: the batch is fixed to the number that most inputs share (the first input decides a tie);
 *    an input with another number has no batch.
 * Scalars, and inputs that are no tensors or of unknown rank, have none. The user may say otherwise (`batchAxes`).
 * @param input one of `inputs`   @param inputs all inputs of the model
 */
export function findBatchAxis(input: TensorSpec, inputs: readonly TensorSpec[]): number {
  const shape = tensorShape(input)
  if (shape.length === 0) return -1
  const fronts = inputs.flatMap(other => tensorShape(other).slice(0, 1))
  const symbols = fronts.filter(front => typeof front === 'string')
  if (symbols.length === 0) return shape[0] === mostCommon(fronts) ? 0 : -1
  const named = symbols.filter(symbol => BATCH_NAME.test(symbol))
  const batch = new Set(named.length > 0 ? named : symbols)
  return shape.findIndex((dim, axis) => (dim === '' ? axis === 0 : typeof dim === 'string' && batch.has(dim)))
}

function tensorShape({ kind, shape = [] }: TensorSpec): readonly (number | string)[] {
  return kind === 'tensor' ? shape : []
}

/** The most frequent value; the earlier one of equals. */
function mostCommon<T>(values: readonly T[]): T | undefined {
  const count = (value: T) => values.filter(other => other === value).length
  return values.toSorted((a, b) => count(b) - count(a))[0]
}
