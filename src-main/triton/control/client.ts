import type { ModelStatistics } from '#domain/server.ts'
import type { ServerAddress } from '../address.ts'
import type { InferCall, ParameterValue } from '../request.ts'
import type { ModelConfigJson } from './config-json.ts'

export interface ServerMetadata {
  name: string
  version: string
  extensions: string[]
}

/** Shapes are the API's: the batch dimension in front as −1 where the model batches. */
export interface TensorMetadata {
  name: string
  datatype: string
  shape: number[]
}

export interface ModelMetadata {
  name: string
  versions: string[]
  platform: string
  inputs: TensorMetadata[]
  outputs: TensorMetadata[]
}

/** A line of the repository index. A model that was never loaded has a name only. */
export interface ModelIndex {
  name: string
  version?: string
  state?: string
  reason?: string
}

export interface SharedRegion {
  name: string
  kind: 'system' | 'cuda'
  /** shm_open name, system only. */
  key?: string
  bytes: number
  offset?: number
  /** CUDA only. */
  deviceId?: number
}

export type Settings = Record<string, string | string[] | number | boolean>

/** An output as it came: raw bytes as `RequestTensor` has them; classified ones are BYTES `score:index[:label]`. */
export interface ResponseTensor {
  name: string
  datatype: string
  shape: number[]
  parameters: Record<string, ParameterValue>
  /** Empty where the server wrote it into shared memory. */
  data: Uint8Array
}

/** One answer. Times in ms from the first byte written; what a library does not tell is absent. */
export interface InferResponse {
  modelVersion: string
  parameters: Record<string, ParameterValue>
  outputs: ResponseTensor[]
  timing: {
    totalMs: number
    sendMs?: number
    waitMs?: number
    receiveMs?: number
    requestBytes: number
    responseBytes: number
  }
}

export interface CallOptions {
  /** Limit of this call in ms; absent: the connection's. */
  timeoutMs?: number
  signal?: AbortSignal | undefined
}

export interface ModelName {
  name: string
  /** Absent: the version that the server's policy prefers. */
  version?: string | undefined
}

/**
 * A Triton server over HTTP or gRPC: single calls, one answer each.
 * Every call @throws EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL (the port speaks something else), TIMEOUT, CANCELLED,
 * ACCESS_DENIED (a restricted call; names the header), NOT_FOUND (unknown model), SHAPE_MISMATCH, DATA_INVALID,
 * SERVER_REFUSED (all else the server says no to; its words in `detail`).
 */
export interface TritonClient {
  readonly address: ServerAddress
  live(options?: CallOptions): Promise<boolean>
  ready(options?: CallOptions): Promise<boolean>
  modelReady(model: ModelName, options?: CallOptions): Promise<boolean>
  metadata(options?: CallOptions): Promise<ServerMetadata>
  modelMetadata(model: ModelName, options?: CallOptions): Promise<ModelMetadata>
  modelConfig(model: ModelName, options?: CallOptions): Promise<ModelConfigJson>
  /** Of one model, or of all. */
  statistics(model?: ModelName, options?: CallOptions): Promise<ModelStatistics[]>
  repositoryIndex(options?: CallOptions): Promise<ModelIndex[]>
  /** `config` replaces the file's until the model is unloaded. */
  loadModel(name: string, config?: ModelConfigJson, options?: CallOptions): Promise<void>
  /** Returns at once; the model is UNLOADING for a while. */
  unloadModel(name: string, dependents: boolean, options?: CallOptions): Promise<void>
  sharedRegions(kind: SharedRegion['kind'], options?: CallOptions): Promise<SharedRegion[]>
  registerSystemRegion(
    region: { name: string; key: string; offset?: number; bytes: number },
    options?: CallOptions,
  ): Promise<void>
  /** `handle`: a cudaIpcMemHandle_t, 64 bytes. */
  registerCudaRegion(
    region: { name: string; handle: Uint8Array; deviceId: number; bytes: number },
    options?: CallOptions,
  ): Promise<void>
  unregisterRegion(kind: SharedRegion['kind'], name: string, options?: CallOptions): Promise<void>
  traceSettings(model?: string, set?: Settings, options?: CallOptions): Promise<Settings>
  logSettings(set?: Settings, options?: CallOptions): Promise<Settings>
  infer(call: InferCall, options?: CallOptions): Promise<InferResponse>
  /** Over the gRPC stream, as decoupled models need it; ends with the model's last response. HTTP: SERVER_PROTOCOL. */
  stream(call: InferCall, options?: CallOptions): AsyncGenerator<InferResponse>
  close(): void
}
