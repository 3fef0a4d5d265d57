import { performance } from 'node:perf_hooks'
import { z } from 'zod'
import { parseStatistics } from '#formats/triton-statistics.ts'
import type { ServerAddress } from '../address.ts'
import type { CallOptions, ModelName, Settings, SharedRegion, TritonClient } from './client.ts'
import { normaliseConfig } from './config-json.ts'
import type { GrpcCaller } from './grpc-call.ts'
import { grpcInferRequest, readAnswer, readGrpcInfer, readStreamAnswer } from './grpc-infer.ts'
import type { UnaryCall } from './grpc-service.ts'
import { refused } from './server-errors.ts'

const Tensors = z.array(z.object({ name: z.string(), datatype: z.string(), shape: z.array(z.number()) }))
const ModelMetadata = z.object({
  name: z.string(),
  versions: z.array(z.string()),
  platform: z.string(),
  inputs: Tensors,
  outputs: Tensors,
})
const Text = z.string().transform(text => (text === '' ? undefined : text))
const Index = z.object({ models: z.array(z.object({ name: z.string(), version: Text, state: Text, reason: Text })) })
const Regions = z.object({
  regions: z.record(
    z.string(),
    z.object({
      name: z.string(),
      key: z.string().optional(),
      offset: z.number().optional(),
      device_id: z.number().optional(),
      byte_size: z.number(),
    }),
  ),
})
const TraceSettings = z.object({ settings: z.record(z.string(), z.object({ value: z.array(z.string()) })) })
const LogSettings = z.object({
  settings: z.record(
    z.string(),
    z.object({
      bool_param: z.boolean().nullish(),
      uint32_param: z.number().nullish(),
      string_param: z.string().nullish(),
    }),
  ),
})
/** Settings that have several values; over HTTP only these are lists. */
const LISTS = new Set(['trace_level'])

/** KServe v2 and Triton's extensions over gRPC. */
export function grpcClient(address: ServerAddress, caller: GrpcCaller): TritonClient {
  const ask = async <T>(call: UnaryCall, message: object, schema: z.ZodType<T>, options?: CallOptions) =>
    readAnswer(schema, (await caller.call(call, message, options)).answer, call)
  const tell = async (call: UnaryCall, message: object, options?: CallOptions) => {
    await caller.call(call, message, options)
  }
  const named = (model: ModelName) => ({ name: model.name, version: model.version ?? '' })

  return {
    address,
    live: async options => (await ask('ServerLive', {}, z.object({ live: z.boolean() }), options)).live,
    ready: async options => (await ask('ServerReady', {}, z.object({ ready: z.boolean() }), options)).ready,
    modelReady: async (model, options) =>
      (await ask('ModelReady', named(model), z.object({ ready: z.boolean() }), options)).ready,
    metadata: options =>
      ask(
        'ServerMetadata',
        {},
        z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
        options,
      ),
    modelMetadata: (model, options) => ask('ModelMetadata', named(model), ModelMetadata, options),
    modelConfig: async (model, options) =>
      normaliseConfig(
        (await ask('ModelConfig', named(model), z.object({ config: z.record(z.string(), z.unknown()) }), options))
          .config,
      ),
    statistics: async (model, options) =>
      parseStatistics(await ask('ModelStatistics', model === undefined ? {} : named(model), z.unknown(), options)),
    repositoryIndex: async options =>
      (await ask('RepositoryIndex', {}, Index, options)).models.map(({ name, version, state, reason }) => ({
        name,
        ...(version === undefined ? {} : { version }),
        ...(state === undefined ? {} : { state }),
        ...(reason === undefined ? {} : { reason }),
      })),
    loadModel: (name, config, options) => {
      const parameters = config === undefined ? {} : { config: { string_param: JSON.stringify(config) } }
      return tell('RepositoryModelLoad', { model_name: name, parameters }, options)
    },
    unloadModel: (name, dependents, options) => {
      const parameters = { unload_dependents: { bool_param: dependents } }
      return tell('RepositoryModelUnload', { model_name: name, parameters }, options)
    },
    sharedRegions: async (kind, options) => {
      const { regions } = await ask(`${wordOf(kind)}SharedMemoryStatus`, {}, Regions, options)
      return Object.values(regions).map(({ byte_size, device_id, ...region }) => ({
        ...region,
        kind,
        bytes: byte_size,
        ...(device_id === undefined ? {} : { deviceId: device_id }),
      }))
    },
    registerSystemRegion: ({ name, key, offset = 0, bytes }, options) =>
      tell('SystemSharedMemoryRegister', { name, key, offset, byte_size: bytes }, options),
    registerCudaRegion: ({ name, handle, deviceId, bytes }, options) =>
      tell('CudaSharedMemoryRegister', { name, raw_handle: handle, device_id: deviceId, byte_size: bytes }, options),
    unregisterRegion: (kind, name, options) => tell(`${wordOf(kind)}SharedMemoryUnregister`, { name }, options),
    async traceSettings(model, set, options) {
      const settings = Object.fromEntries(
        Object.entries(set ?? {}).map(([name, value]) => [name, { value: [value].flat().map(String) }]),
      )
      const message = { model_name: model ?? '', settings }
      const { settings: now } = await ask('TraceSetting', message, TraceSettings, options)
      return Object.fromEntries(
        Object.entries(now).map(([name, { value }]) => [name, LISTS.has(name) ? value : value.join(',')]),
      )
    },
    async logSettings(set, options) {
      const settings = Object.fromEntries(Object.entries(set ?? {}).map(([name, value]) => [name, logSetting(value)]))
      const { settings: now } = await ask('LogSettings', { settings }, LogSettings, options)
      return Object.fromEntries(
        Object.entries(now).map(([name, { bool_param, uint32_param, string_param }]) => [
          name,
          bool_param ?? uint32_param ?? string_param ?? '',
        ]),
      )
    },
    async infer(call, options) {
      const startMs = performance.now()
      const { answer, arrivedMs, ...bytes } = await caller.call('ModelInfer', grpcInferRequest(call), options)
      return readGrpcInfer(answer, { totalMs: arrivedMs - startMs, ...bytes })
    },
    async *stream(call, options) {
      const startMs = performance.now()
      // Asks for an empty last response, so that the end is known whatever the model's number of responses.
      const parameters = { ...call.parameters, triton_enable_empty_final_response: true }
      for await (const { answer, arrivedMs, ...bytes } of caller.stream(
        grpcInferRequest({ ...call, parameters }),
        options,
      )) {
        const read = readStreamAnswer(answer)
        if (read.error !== undefined) {
          throw refused({ status: 'ModelStreamInfer', message: read.error, where: 'ModelStreamInfer' })
        }
        const response = readGrpcInfer(read.response, { totalMs: arrivedMs - startMs, ...bytes })
        const isLast = response.parameters.triton_final_response === true
        if (!isLast || response.outputs.length > 0) yield response
        if (isLast) return
      }
    },
    close: () => caller.close(),
  }
}

function wordOf(kind: SharedRegion['kind']): 'System' | 'Cuda' {
  return kind === 'system' ? 'System' : 'Cuda'
}

function logSetting(value: Settings[string]): object {
  if (typeof value === 'boolean') return { bool_param: value }
  return typeof value === 'number' ? { uint32_param: value } : { string_param: [value].flat().join(',') }
}
