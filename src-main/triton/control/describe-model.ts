import { z } from 'zod'
import type { ServerModel, ServerTensor } from '#domain/server.ts'
import type { ModelIndex, ModelMetadata } from './client.ts'
import type { ModelConfigJson } from './config-json.ts'

const Batching = z.record(z.string(), z.unknown()).optional()

/** What we read of a configuration; a server that leaves fields out means their protobuf defaults. */
const Config = z.object({
  backend: z.string().default(''),
  platform: z.string().default(''),
  max_batch_size: z.int().default(0),
  input: z.array(z.object({ name: z.string(), optional: z.boolean().default(false) })).default([]),
  output: z.array(z.object({ name: z.string(), label_filename: z.string().default('') })).default([]),
  instance_group: z
    .array(
      z.object({
        kind: z.string().default('KIND_AUTO'),
        count: z.int().default(1),
        gpus: z.array(z.int()).default([]),
      }),
    )
    .default([]),
  dynamic_batching: Batching,
  sequence_batching: Batching,
  ensemble_scheduling: z
    .object({
      step: z
        .array(z.object({ model_name: z.string(), model_version: z.union([z.number(), z.string()]).default(-1) }))
        .default([]),
    })
    .optional(),
  model_transaction_policy: z.object({ decoupled: z.boolean().default(false) }).optional(),
  response_cache: z.object({ enable: z.boolean().default(false) }).optional(),
})

/** What is known of a model: its lines of the index, and what it told of itself where it was asked and willing. */
export function describeModel(
  name: string,
  lines: readonly ModelIndex[],
  metadata?: ModelMetadata,
  config?: ModelConfigJson,
): ServerModel {
  const ready = lines.find(line => line.state === 'READY') ?? lines[0]
  const versions = metadata?.versions ?? lines.flatMap(line => (line.version === undefined ? [] : [line.version]))
  const version = newest(versions)
  return {
    name,
    // A model that was never loaded has a line without a state; without the index nothing is known.
    state: ready === undefined ? (metadata === undefined ? 'UNKNOWN' : 'READY') : (ready.state ?? 'UNAVAILABLE'),
    ...(ready?.reason === undefined ? {} : { reason: ready.reason }),
    ...(version === undefined ? {} : { version }),
    versions,
    ...(metadata === undefined ? {} : { platform: metadata.platform }),
    ...fromConfig(config, metadata),
  }
}

type FromConfig = Pick<ServerModel, 'inputs' | 'outputs' | 'instances' | 'composing'> & Partial<ServerModel>

function fromConfig(json: ModelConfigJson | undefined, metadata: ModelMetadata | undefined): FromConfig {
  const { inputs = [], outputs = [] } = metadata ?? {}
  // One that is not as Triton's is no configuration to go by; the metadata still is.
  const config = Config.safeParse(json).data
  if (config === undefined) return { inputs, outputs, instances: [], composing: [] }
  const steps = config.ensemble_scheduling?.step ?? []
  return {
    ...(config.backend === '' ? {} : { backend: config.backend }),
    maxBatchSize: config.max_batch_size,
    inputs: inputs.map((tensor): ServerTensor => {
      const isOptional = config.input.find(({ name }) => name === tensor.name)?.optional === true
      return isOptional ? { ...tensor, optional: true } : tensor
    }),
    outputs: outputs.map((tensor): ServerTensor => {
      const labels = config.output.find(({ name }) => name === tensor.name)?.label_filename ?? ''
      return labels === '' ? tensor : { ...tensor, hasLabels: true }
    }),
    instances: config.instance_group,
    batching: batchingOf(config),
    decoupled: config.model_transaction_policy?.decoupled ?? false,
    responseCache: config.response_cache?.enable ?? false,
    // -1 is the version that the model's own policy prefers: no version to ask for.
    composing: steps.map(({ model_name, model_version }) => ({
      name: model_name,
      version: String(model_version) === '-1' ? '' : String(model_version),
    })),
  }
}

function batchingOf(config: z.infer<typeof Config>): NonNullable<ServerModel['batching']> {
  if (config.ensemble_scheduling !== undefined) return 'ensemble'
  if (config.sequence_batching !== undefined) return 'sequence'
  return config.dynamic_batching === undefined ? 'none' : 'dynamic'
}

/** Versions are numbers as text; the highest is the one that the usual policy serves. */
function newest(versions: readonly string[]): string | undefined {
  return versions.toSorted((a, b) => Number(a) - Number(b)).at(-1)
}
