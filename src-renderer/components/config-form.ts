import { DATATYPES } from '#domain/datatypes.ts'
import type { ModelConfig } from '#domain/repository.ts'

/** The parts of a model configuration that most people change, as fields; all else stays in the text. Pure. */

export interface TensorForm {
  name: string
  /** `TYPE_FP32`. */
  dataType: string
  /** Without the batch: `3, 224, 224`; −1 is free. */
  dims: string
}

export interface InstanceForm {
  kind: string
  count: string
  gpus: string
}

export interface StepForm {
  model: string
  /** `name = tensor` a line: the model's own name, then the ensemble's. */
  inputMap: string
  outputMap: string
}

export interface ConfigForm {
  name: string
  backend: string
  platform: string
  maxBatchSize: string
  inputs: readonly TensorForm[]
  outputs: readonly TensorForm[]
  dynamicBatching: boolean
  preferredBatchSizes: string
  maxQueueDelayMicroseconds: string
  instances: readonly InstanceForm[]
  /** TensorRT behind ONNX Runtime: empty is off. */
  tensorrt: string
  responseCache: boolean
  /** Batch of one warm-up request of zeros; empty: none. */
  warmupBatch: string
  steps: readonly StepForm[]
}

/** As a configuration names them. */
export const DATA_TYPES = DATATYPES.map(datatype => `TYPE_${datatype === 'BYTES' ? 'STRING' : datatype}`)
export const INSTANCE_KINDS = ['KIND_AUTO', 'KIND_GPU', 'KIND_CPU', 'KIND_MODEL']
export const TENSORRT_PRECISIONS = ['FP32', 'FP16', 'INT8']

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
const fields = (value: unknown): Fields => (isFields(value) ? value : {})
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])
const text = (value: unknown): string => (typeof value === 'string' || typeof value === 'number' ? String(value) : '')
const numbers = (value: unknown): string => list(value).map(text).join(', ')

const mapText = (value: unknown) =>
  Object.entries(fields(value))
    .map(([own, tensor]) => `${own} = ${text(tensor)}`)
    .join('\n')

export function readForm(config: ModelConfig): ConfigForm {
  const batching = fields(config.dynamic_batching)
  return {
    name: text(config.name),
    backend: text(config.backend),
    platform: text(config.platform),
    maxBatchSize: text(config.max_batch_size),
    inputs: list(config.input).map(tensorForm),
    outputs: list(config.output).map(tensorForm),
    dynamicBatching: isFields(config.dynamic_batching),
    preferredBatchSizes: numbers(batching.preferred_batch_size),
    maxQueueDelayMicroseconds: text(batching.max_queue_delay_microseconds),
    instances: list(config.instance_group).map(each => {
      const { kind, count, gpus } = fields(each)
      return { kind: text(kind) || 'KIND_AUTO', count: text(count) || '1', gpus: numbers(gpus) }
    }),
    tensorrt: tensorrtOf(config),
    responseCache: fields(config.response_cache).enable === true,
    warmupBatch: warmupBatchOf(config),
    steps: list(fields(config.ensemble_scheduling).step).map(each => {
      const { model_name, input_map, output_map } = fields(each)
      return { model: text(model_name), inputMap: mapText(input_map), outputMap: mapText(output_map) }
    }),
  }
}

function tensorForm(value: unknown): TensorForm {
  const { name, data_type, dims } = fields(value)
  return { name: text(name), dataType: text(data_type), dims: numbers(dims) }
}

const gpuAccelerators = (config: ModelConfig) =>
  list(fields(fields(config.optimization).execution_accelerators).gpu_execution_accelerator)

const isTensorrt = (accelerator: unknown) => fields(accelerator).name === 'tensorrt'

function tensorrtOf(config: ModelConfig): string {
  const own = gpuAccelerators(config).find(isTensorrt)
  return own === undefined ? '' : text(fields(fields(own).parameters).precision_mode) || 'FP32'
}

function warmupBatchOf(config: ModelConfig): string {
  const [first] = list(config.model_warmup)
  return first === undefined ? '' : text(fields(first).batch_size) || '1'
}

export type FormProblems = Readonly<Record<string, string>>

/** What cannot be written, by field: `maxBatchSize`, `input:0`, `instance:1`… */
export function formProblems(form: ConfigForm): FormProblems {
  const problems: Record<string, string> = {}
  const whole = (value: string, least: number) => /^\d+$/.test(value.trim()) && Number(value) >= least
  if (form.maxBatchSize.trim() !== '' && !whole(form.maxBatchSize, 0))
    problems.maxBatchSize = 'A whole number, at least 0'
  const sizes = readNumbers(form.preferredBatchSizes)
  if (sizes === undefined || sizes.some(size => size < 1)) problems.preferredBatchSizes = 'Batch sizes, as 4, 8, 16'
  if (form.maxQueueDelayMicroseconds.trim() !== '' && !whole(form.maxQueueDelayMicroseconds, 0))
    problems.maxQueueDelayMicroseconds = 'Whole microseconds'
  for (const [side, tensors] of [
    ['input', form.inputs],
    ['output', form.outputs],
  ] as const) {
    for (const [index, tensor] of tensors.entries()) {
      const dims = readNumbers(tensor.dims)
      if (tensor.name.trim() === '') problems[`${side}:${index}`] = 'A name is needed'
      else if (dims === undefined || dims.length === 0) problems[`${side}:${index}`] = 'Sizes, as 3, 224, 224'
      else if (dims.some(size => size < -1 || size === 0))
        problems[`${side}:${index}`] = 'Sizes above 0, or −1 for free'
    }
  }
  for (const [index, { count, gpus }] of form.instances.entries()) {
    if (!whole(count, 1)) problems[`instance:${index}`] = 'At least 1'
    else if (readNumbers(gpus)?.every(gpu => gpu >= 0) !== true) problems[`instance:${index}`] = 'GPU numbers, as 0, 1'
  }
  if (form.warmupBatch.trim() !== '' && !whole(form.warmupBatch, 1)) problems.warmupBatch = 'At least 1, or empty'
  for (const [index, step] of form.steps.entries()) {
    if (step.model.trim() === '') problems[`step:${index}`] = 'A model is needed'
    else if (!readMap(step.inputMap) || !readMap(step.outputMap)) problems[`step:${index}`] = 'Lines of name = tensor'
  }
  return problems
}

function readNumbers(typed: string): number[] | undefined {
  const values = typed
    .replaceAll('−', '-')
    .split(/[\s,]+|(?<=\d)[x×](?=[-\d])/)
    .filter(Boolean)
    .map(Number)
  return values.every(Number.isInteger) ? values : undefined
}

function readMap(typed: string): Record<string, string> | undefined {
  const map: Record<string, string> = {}
  for (const line of typed.split('\n').filter(each => each.trim() !== '')) {
    const [own = '', tensor = '', more] = line.split('=').map(each => each.trim())
    if (own === '' || tensor === '' || more !== undefined) return undefined
    map[own] = tensor
  }
  return map
}

/**
 * The configuration with what the form changed. Fields that the form does not know, and those it shows unchanged, stay
 * as they are, so that a text written from it loses nothing. @param form without problems
 */
export function withForm(config: ModelConfig, form: ConfigForm): ModelConfig {
  const before = readForm(config)
  const changed = (key: keyof ConfigForm) => JSON.stringify(before[key]) !== JSON.stringify(form[key])
  const next: ModelConfig = { ...config }
  const set = (key: string, value: unknown) => {
    if (value === undefined) delete next[key]
    else next[key] = value
  }
  for (const key of ['name', 'backend', 'platform'] as const) if (changed(key)) set(key, form[key].trim() || undefined)
  if (changed('maxBatchSize'))
    set('max_batch_size', form.maxBatchSize.trim() === '' ? undefined : Number(form.maxBatchSize))
  if (changed('inputs')) set('input', tensors(config.input, form.inputs))
  if (changed('outputs')) set('output', tensors(config.output, form.outputs))
  if (changed('dynamicBatching') || changed('preferredBatchSizes') || changed('maxQueueDelayMicroseconds'))
    set('dynamic_batching', form.dynamicBatching ? batchingOf(fields(config.dynamic_batching), form) : undefined)
  if (changed('instances')) set('instance_group', instancesOf(config, form))
  if (changed('tensorrt')) set('optimization', optimizationOf(config, form.tensorrt))
  if (changed('responseCache')) set('response_cache', form.responseCache ? { enable: true } : undefined)
  if (changed('warmupBatch')) set('model_warmup', warmupOf(config, form))
  if (changed('steps')) set('ensemble_scheduling', stepsOf(config, form))
  return next
}

function orNothing<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length > 0 ? values : undefined
}

/** A row keeps what else the tensor of that name said: format, reshape, label file. */
function tensors(before: unknown, rows: readonly TensorForm[]) {
  const known = list(before).map(fields)
  return orNothing(
    rows.map(({ name, dataType, dims }, index) => ({
      ...(known.find(each => each.name === name) ?? known[index]),
      name: name.trim(),
      data_type: dataType,
      dims: readNumbers(dims),
    })),
  )
}

function batchingOf(before: Fields, form: ConfigForm): Fields {
  const { preferred_batch_size: _, max_queue_delay_microseconds: __, ...others } = before
  const sizes = readNumbers(form.preferredBatchSizes) ?? []
  const delay = form.maxQueueDelayMicroseconds.trim()
  return {
    ...others,
    ...(sizes.length > 0 ? { preferred_batch_size: sizes } : {}),
    ...(delay === '' ? {} : { max_queue_delay_microseconds: Number(delay) }),
  }
}

function instancesOf(config: ModelConfig, form: ConfigForm) {
  const before = list(config.instance_group).map(fields)
  return orNothing(
    form.instances.map(({ kind, count, gpus }, index) => {
      const { gpus: _, ...others } = before[index] ?? {}
      const chosen = readNumbers(gpus) ?? []
      return { ...others, count: Number(count), kind, ...(chosen.length > 0 ? { gpus: chosen } : {}) }
    }),
  )
}

function optimizationOf(config: ModelConfig, precision: string): Fields | undefined {
  const optimization = fields(config.optimization)
  const accelerators = fields(optimization.execution_accelerators)
  const others = gpuAccelerators(config).filter(each => !isTensorrt(each))
  const own = fields(gpuAccelerators(config).find(isTensorrt))
  const gpu =
    precision === ''
      ? others
      : [...others, { ...own, name: 'tensorrt', parameters: { ...fields(own.parameters), precision_mode: precision } }]
  const { gpu_execution_accelerator: _, ...rest } = accelerators
  const nextAccelerators = { ...rest, ...(gpu.length > 0 ? { gpu_execution_accelerator: gpu } : {}) }
  const { execution_accelerators: __, ...keep } = optimization
  const next = {
    ...keep,
    ...(Object.keys(nextAccelerators).length > 0 ? { execution_accelerators: nextAccelerators } : {}),
  }
  return Object.keys(next).length > 0 ? next : undefined
}

/** One request of zeros; free sizes become 1, which every model takes. */
function warmupOf(config: ModelConfig, form: ConfigForm) {
  if (form.warmupBatch.trim() === '') return undefined
  const [first, ...more] = list(config.model_warmup)
  if (first !== undefined) return [{ ...fields(first), batch_size: Number(form.warmupBatch) }, ...more]
  const inputs = form.inputs.map(({ name, dataType, dims }) => [
    name,
    { data_type: dataType, dims: (readNumbers(dims) ?? []).map(size => Math.max(1, size)), zero_data: true },
  ])
  return [{ name: 'zeros', batch_size: Number(form.warmupBatch), inputs: Object.fromEntries(inputs) }]
}

function stepsOf(config: ModelConfig, form: ConfigForm) {
  const before = list(fields(config.ensemble_scheduling).step).map(fields)
  if (form.steps.length === 0) return undefined
  return {
    ...fields(config.ensemble_scheduling),
    step: form.steps.map((step, index) => ({
      ...(before[index] ?? { model_version: -1 }),
      model_name: step.model.trim(),
      input_map: readMap(step.inputMap),
      output_map: readMap(step.outputMap),
    })),
  }
}
