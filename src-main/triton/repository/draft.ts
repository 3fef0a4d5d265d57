import { basename } from 'node:path'
import type { Model, TensorSpec } from '#domain/model.ts'
import type { ConfigProblem, ModelConfig, NewModel } from '#domain/repository.ts'
import { backendOfFile, MODEL_EXTENSIONS } from './backends.ts'
import { listOf, objectOf } from './config-values.ts'
import { ensembleParts, type Models } from './ensemble.ts'
import { canBatch, tritonDims, tritonType } from './tensors.ts'

/** Triton's own default where it completes a model that can batch (`--backend-config=default-max-batch-size`). */
const DEFAULT_MAX_BATCH = 4

/**
 * A configuration for a new model: what the file tells, and what the user wants. What neither tells is a problem, not a guess.
 * @param inspect reads an ONNX file
 * @param models configurations that an ensemble may name
 */
export async function draftConfig(
  wanted: NewModel,
  inspect: (path: string) => Promise<Model>,
  models: Models,
): Promise<{ config: ModelConfig; problems: ConfigProblem[] }> {
  if (wanted.ensemble !== undefined) {
    const { config, problems } = ensembleParts(wanted.ensemble, models, wanted.maxBatchSize)
    return { config: { name: wanted.name, ...config, ...cacheOf(wanted) }, problems }
  }
  const backend = wanted.modelPath === undefined ? undefined : backendOfFile(wanted.modelPath)
  if (wanted.modelPath === undefined || backend === undefined) {
    const file =
      wanted.modelPath === undefined ? 'No model file is named' : `${basename(wanted.modelPath)} has no known extension`
    const hint = `Known: ${MODEL_EXTENSIONS.join(', ')}. An ensemble has steps instead of a file.`
    return { config: { name: wanted.name }, problems: [{ severity: 'error', field: 'backend', message: file, hint }] }
  }
  const problems: ConfigProblem[] = []
  const ends =
    backend.id === 'onnxruntime'
      ? onnxEnds(await inspect(wanted.modelPath), wanted, problems)
      : unknownEnds(backend.id, backend.completes, wanted, problems)
  const config: ModelConfig = { name: wanted.name, backend: backend.id, ...ends }
  return { config: { ...config, ...optionsOf(wanted, config, problems) }, problems }
}

function onnxEnds({ inputs, outputs }: Model, { maxBatchSize }: NewModel, problems: ConfigProblem[]) {
  const batches = canBatch(inputs, outputs)
  const size = batches ? (maxBatchSize ?? DEFAULT_MAX_BATCH) : 0
  if (!batches && maxBatchSize !== undefined && maxBatchSize > 0)
    problems.push({
      severity: 'warning',
      field: 'max_batch_size',
      message: 'The model cannot be batched: its inputs and outputs have no free first dimension',
      hint: 'Export it with a dynamic batch axis.',
    })
  const ends = (field: string, tensors: readonly TensorSpec[]) =>
    tensors.map((tensor, i) => {
      const type = tritonType(tensor)
      if (type === undefined)
        problems.push({
          severity: 'error',
          field: `${field}[${i}].data_type`,
          message: `"${tensor.name}" is ${tensor.kind === 'tensor' ? (tensor.dtype ?? 'of unknown type') : `a ${tensor.kind}`}, which Triton does not take`,
        })
      const dims = tritonDims(tensor, size > 0)
      const isScalar = dims.length === 0
      if (isScalar && size === 0)
        problems.push({
          severity: 'warning',
          field: `${field}[${i}].dims`,
          message: `"${tensor.name}" is a scalar, which Triton does not know where nothing is batched: written as one element`,
          hint: 'Should the backend refuse it, export the model with [1] in its place.',
        })
      return {
        name: tensor.name,
        ...(type === undefined ? {} : { data_type: type }),
        // Triton wants at least one size. It reshapes an item's one element away, but not a whole request's.
        ...(isScalar ? { dims: [1], ...(size > 0 ? { reshape: { shape: [] } } : {}) } : { dims }),
      }
    })
  return { max_batch_size: size, input: ends('input', inputs), output: ends('output', outputs) }
}

function unknownEnds(backend: string, completes: string, { maxBatchSize }: NewModel, problems: ConfigProblem[]) {
  problems.push({
    severity: backend === 'pytorch' ? 'warning' : 'info',
    field: 'input',
    message: `Inputs and outputs of a ${backend} model cannot be read here; Triton completes ${completes}`,
    hint:
      backend === 'pytorch'
        ? 'Write them into the configuration, in the order of forward(): INPUT__0, INPUT__1, …, OUTPUT__0, …'
        : 'Write them into the configuration where it does not.',
  })
  return maxBatchSize === undefined ? {} : { max_batch_size: maxBatchSize }
}

function optionsOf(wanted: NewModel, config: ModelConfig, problems: ConfigProblem[]): ModelConfig {
  const { dynamicBatching, instances, tensorrt, warmupBatch } = wanted
  const options: ModelConfig = {}
  if (dynamicBatching !== undefined)
    options.dynamic_batching = {
      preferred_batch_size: dynamicBatching.preferredBatchSizes,
      max_queue_delay_microseconds: dynamicBatching.maxQueueDelayMicroseconds ?? 0,
    }
  if (instances.length > 0) options.instance_group = instances.map(({ kind, count, gpus }) => ({ kind, count, gpus }))
  if (tensorrt !== undefined) {
    if (config.backend === 'onnxruntime') options.optimization = accelerator(tensorrt)
    else
      problems.push({
        severity: 'warning',
        field: 'optimization',
        message: 'Only ONNX models can be accelerated by TensorRT',
      })
  }
  if (warmupBatch !== undefined) options.model_warmup = warmup(warmupBatch, config, problems)
  return { ...options, ...cacheOf(wanted) }
}

function cacheOf({ responseCache }: NewModel): ModelConfig {
  return responseCache ? { response_cache: { enable: true } } : {}
}

/** Source: onnxruntime_backend README; the block that Model Navigator writes. */
function accelerator({ precision, maxWorkspaceBytes }: NonNullable<NewModel['tensorrt']>) {
  const parameters = {
    precision_mode: precision,
    ...(maxWorkspaceBytes === undefined ? {} : { max_workspace_size_bytes: String(maxWorkspaceBytes) }),
  }
  return { execution_accelerators: { gpu_execution_accelerator: [{ name: 'tensorrt', parameters }] } }
}

function warmup(batch: number, { input, max_batch_size }: ModelConfig, problems: ConfigProblem[]) {
  const tensors = listOf(input).map(objectOf)
  if (tensors.length === 0)
    problems.push({
      severity: 'warning',
      field: 'model_warmup',
      message: 'A warm-up needs the inputs, which are not known here',
    })
  const free = tensors.filter(({ dims }) => listOf(dims).includes(-1)).map(({ name }) => String(name))
  if (free.length > 0)
    problems.push({
      severity: 'warning',
      field: 'model_warmup',
      message: `The warm-up takes 1 for the free sizes of ${free.join(', ')}`,
      hint: 'Write the sizes that requests will have.',
    })
  const inputs = tensors.map(({ name, data_type, dims }) => {
    const sizes = listOf(dims).map(dim => (dim === -1 ? 1 : dim))
    return [String(name), { data_type, dims: sizes, zero_data: true }] as const
  })
  if (inputs.length === 0) return []
  return [{ name: 'zeros', batch_size: max_batch_size === 0 ? 1 : batch, inputs: Object.fromEntries(inputs) }]
}
