import { formatShape } from '#domain/display.ts'
import type { TensorSpec } from '#domain/model.ts'
import { listOf, numberOf, numbersOf, objectOf } from './config-values.ts'
import type { Lint, LintContext } from './lint.ts'
import { canBatch, tritonDims, tritonType } from './tensors.ts'

/** Names, types and sizes against the model file. */
export function lintOnnx({ config, onnx }: LintContext): Lint[] {
  if (onnx === undefined) return []
  const maxBatch = numberOf(config.max_batch_size) ?? 0
  const lints = [
    ...lintEnds('input', config.input, onnx.inputs, maxBatch),
    ...lintEnds('output', config.output, onnx.outputs, maxBatch),
  ]
  if (maxBatch > 0 && !canBatch(onnx.inputs, onnx.outputs))
    lints.push({
      severity: 'error',
      field: 'max_batch_size',
      message: `max_batch_size ${maxBatch}, but the model has no free first dimension to batch over`,
      hint: 'Set it to 0 and write whole shapes, or export the model with a dynamic batch axis.',
    })
  return lints
}

function lintEnds(field: 'input' | 'output', written: unknown, real: readonly TensorSpec[], maxBatch: number): Lint[] {
  const lints: Lint[] = []
  const tensors = listOf(written).map(objectOf)
  if (tensors.length === 0) return [] // Triton completes them
  for (const [i, { name, data_type, dims, reshape }] of tensors.entries()) {
    const place = `${field}[${i}]`
    const tensor = real.find(tensor => tensor.name === name)
    if (tensor === undefined) {
      const names = real.map(({ name }) => name).join(', ')
      lints.push({
        severity: 'error',
        field: `${place}.name`,
        message: `The model has no ${field} "${String(name)}"`,
        hint: `It has ${names}.`,
      })
      continue
    }
    const type = tritonType(tensor)
    if (type !== undefined && data_type !== undefined && data_type !== type)
      lints.push({
        severity: 'error',
        field: `${place}.data_type`,
        message: `"${tensor.name}" is ${type} in the model`,
        hint: `data_type: ${type}`,
      })
    const sizes = reshape === undefined ? numbersOf(dims) : numbersOf(objectOf(reshape).shape)
    const isScalar = tensor.shape?.length === 0 && elements(sizes) === 1
    if (tensor.shape === undefined || isScalar || agrees(sizes, tritonDims(tensor, maxBatch > 0))) continue
    const own = maxBatch > 0 ? tensor.shape.slice(1) : tensor.shape
    lints.push({
      severity: 'error',
      field: `${place}.dims`,
      message: `"${tensor.name}" is ${formatShape(own)} in the model${maxBatch > 0 ? ' (without the batch)' : ''}, ${formatShape(sizes.map(size => (size < 0 ? '?' : size)))} here`,
      hint: `dims: [ ${tritonDims(tensor, maxBatch > 0).join(', ')} ]`,
    })
  }
  if (field === 'input')
    for (const { name } of real)
      if (!tensors.some(tensor => tensor.name === name))
        lints.push({
          severity: 'error',
          field: 'input',
          message: `The model's input "${name}" is not written`,
          hint: 'Write all inputs, or none.',
        })
  return lints
}

/** A free size agrees with any. */
function agrees(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, i) => size === b[i] || size === -1 || b[i] === -1)
}

function elements(sizes: readonly number[]): number {
  return sizes.reduce((product, size) => product * size, 1)
}
