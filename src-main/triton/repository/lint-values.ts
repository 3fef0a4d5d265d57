import { listOf, numberOf, numbersOf, objectOf, textOf } from './config-values.ts'
import type { Lint, LintContext } from './lint.ts'

/** What Triton 2.51 refuses of the values alone; asked again in test/triton/repository/serve.test.ts. */
export function lintValues({ name, config, hasGpu }: LintContext): Lint[] {
  const lints: Lint[] = []
  const error = (field: string, message: string, hint?: string) =>
    lints.push({ severity: 'error', field, message, ...(hint ? { hint } : {}) })
  const own = textOf(config.name)
  if (own !== undefined && own !== name)
    error('name', `The name "${own}" is not that of the folder, "${name}"`, 'Make them equal, or leave the name out.')
  const maxBatch = numberOf(config.max_batch_size) ?? 0
  if (maxBatch < 0) error('max_batch_size', 'max_batch_size is negative', '0 for a model that does not batch.')
  for (const field of ['input', 'output'] as const)
    for (const [i, tensor] of listOf(config[field]).map(objectOf).entries())
      lintTensor(`${field}[${i}]`, tensor, maxBatch, error)
  lintBatching(config, maxBatch, lints)
  for (const [i, group] of listOf(config.instance_group).map(objectOf).entries()) {
    if (group.kind === 'KIND_GPU' && hasGpu === false)
      lints.push({
        severity: 'warning',
        field: `instance_group[${i}].kind`,
        message: 'KIND_GPU, and this machine shows no NVIDIA GPU',
        hint: 'The model will not load here; elsewhere it may. KIND_AUTO takes what there is.',
      })
  }
  lintWarmup(config, maxBatch, lints)
  return lints
}

function lintTensor(
  field: string,
  tensor: Record<string, unknown>,
  maxBatch: number,
  error: (field: string, message: string, hint?: string) => void,
): void {
  const name = textOf(tensor.name)
  if (name === undefined) error(`${field}.name`, 'An input or output without a name')
  if (tensor.data_type === undefined || tensor.data_type === 'TYPE_INVALID')
    error(`${field}.data_type`, `"${name ?? ''}" has no data_type`)
  const dims = numbersOf(tensor.dims)
  if (dims.length === 0)
    error(
      `${field}.dims`,
      `"${name ?? ''}" has no dims`,
      maxBatch > 0 ? 'A scalar: dims: [ 1 ] reshape { shape: [ ] }' : 'A scalar: dims: [ 1 ]',
    )
  if (dims.some(dim => dim === 0 || dim < -1))
    error(`${field}.dims`, `A size of "${name ?? ''}" is neither positive nor −1`, '−1 stands for a size that varies.')
  const reshape = tensor.reshape === undefined ? undefined : numbersOf(objectOf(tensor.reshape).shape)
  if (reshape?.length === 0 && maxBatch === 0)
    error(`${field}.reshape`, `"${name ?? ''}" cannot become a scalar: nothing is batched`, 'Leave the reshape out.')
  const elements = (sizes: readonly number[]) => sizes.reduce((product, size) => product * size, 1)
  const isKnown = reshape !== undefined && ![...dims, ...reshape].some(dim => dim < 1)
  if (isKnown && elements(dims) !== elements(reshape))
    error(
      `${field}.reshape`,
      `The reshape of "${name ?? ''}" has ${elements(reshape)} elements, its dims ${elements(dims)}`,
    )
}

function lintBatching(config: Record<string, unknown>, maxBatch: number, lints: Lint[]): void {
  const dynamic = config.dynamic_batching === undefined ? undefined : objectOf(config.dynamic_batching)
  if (dynamic === undefined) return
  const field = 'dynamic_batching.preferred_batch_size'
  const tooLarge = numbersOf(dynamic.preferred_batch_size).find(size => size > maxBatch)
  if (tooLarge !== undefined)
    lints.push({
      severity: 'error',
      field,
      message: `A preferred batch of ${tooLarge} is more than max_batch_size ${maxBatch}`,
      hint: `Leave it out, or raise max_batch_size.`,
    })
  else if (maxBatch === 0)
    lints.push({
      severity: 'warning',
      field: 'dynamic_batching',
      message: 'Dynamic batching does nothing at max_batch_size 0',
      hint: 'Set max_batch_size where the model can batch.',
    })
}

function lintWarmup(config: Record<string, unknown>, maxBatch: number, lints: Lint[]): void {
  const inputs = new Map(
    listOf(config.input)
      .map(objectOf)
      .map(input => [String(input.name), numbersOf(input.dims)]),
  )
  for (const [i, sample] of listOf(config.model_warmup).map(objectOf).entries()) {
    const field = `model_warmup[${i}]`
    const batch = numberOf(sample.batch_size) ?? 0
    if (batch > Math.max(1, maxBatch))
      lints.push({
        severity: 'error',
        field: `${field}.batch_size`,
        message: `A warm-up of batch ${batch} is more than max_batch_size ${maxBatch}`,
      })
    if (batch === 0)
      lints.push({
        severity: 'info',
        field: `${field}.batch_size`,
        message: 'A warm-up of batch 0 is not run',
        hint: 'Set batch_size to 1 or more.',
      })
    if (inputs.size === 0) continue
    const given = objectOf(sample.inputs)
    for (const [name, input] of Object.entries(given)) {
      const dims = inputs.get(name)
      const sizes = numbersOf(objectOf(input).dims)
      if (dims === undefined)
        lints.push({
          severity: 'error',
          field: `${field}.inputs`,
          message: `The warm-up feeds "${name}", which is no input`,
        })
      else if (sizes.length !== dims.length || sizes.some((size, at) => dims[at] !== -1 && dims[at] !== size))
        lints.push({
          severity: 'error',
          field: `${field}.inputs`,
          message: `The warm-up feeds "${name}" as [${sizes}], the input is [${dims}]`,
        })
    }
    for (const name of inputs.keys())
      if (!Object.hasOwn(given, name))
        lints.push({ severity: 'error', field: `${field}.inputs`, message: `The warm-up does not feed "${name}"` })
  }
}
