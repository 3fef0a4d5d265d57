import type { MethodDefinition } from '@grpc/grpc-js'
import { fromJSON } from '@grpc/proto-loader'
import { CONFIG_MESSAGES } from './config-messages.ts'
import { readMessageTable, toJsonDescriptor } from './message-table.ts'
import { SERVICE_MESSAGES } from './service-messages.ts'

/** A call of the service with messages as plain objects; what comes back is checked where it is used. */
export type GrpcMethod = MethodDefinition<object, object>

const SERVICE = 'inference.GRPCInferenceService'
const UNARY = [
  'ServerLive',
  'ServerReady',
  'ModelReady',
  'ServerMetadata',
  'ModelMetadata',
  'ModelInfer',
  'ModelConfig',
  'ModelStatistics',
  'RepositoryIndex',
  'RepositoryModelLoad',
  'RepositoryModelUnload',
  'SystemSharedMemoryStatus',
  'SystemSharedMemoryRegister',
  'SystemSharedMemoryUnregister',
  'CudaSharedMemoryStatus',
  'CudaSharedMemoryRegister',
  'CudaSharedMemoryUnregister',
  'TraceSetting',
  'LogSettings',
] as const
export type UnaryCall = (typeof UNARY)[number]

let methods: Map<string, GrpcMethod> | undefined

/** Built on first use: a program that asks no server over gRPC does not pay for it. */
export function grpcMethod(call: UnaryCall | 'ModelStreamInfer'): GrpcMethod {
  methods ??= loadMethods()
  const method = methods.get(call)
  if (method === undefined) throw new Error(`The service has no ${call}`)
  return method
}

function loadMethods(): Map<string, GrpcMethod> {
  const messages = toJsonDescriptor(readMessageTable(SERVICE_MESSAGES + CONFIG_MESSAGES))
  const unary = UNARY.map(name => [name, { requestType: `${name}Request`, responseType: `${name}Response` }])
  const stream = {
    requestType: 'ModelInferRequest',
    requestStream: true,
    responseType: 'ModelStreamInferResponse',
    responseStream: true,
  }
  const service = { methods: { ...Object.fromEntries(unary), ModelStreamInfer: stream } }
  const nested = { inference: { nested: { ...messages, GRPCInferenceService: service } } }
  // 64-bit integers as numbers: exact to 2^53, which nanosecond totals pass after 104 days (read as ns, shown as ms).
  const definition = fromJSON(
    { nested },
    { keepCase: true, longs: Number, enums: String, defaults: true, arrays: true },
  )
  const loaded = definition[SERVICE]
  if (loaded === undefined || 'format' in loaded) throw new Error('The service is not in its descriptor')
  return new Map(Object.entries(loaded))
}
