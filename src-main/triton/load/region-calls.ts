import { EngineError } from '#domain/errors.ts'
import type { Protocol } from '#domain/server.ts'
import { CallRefused, GrpcCaller } from '../wire/grpc-caller.ts'
import { textField, varintField } from '../wire/protobuf.ts'
import type { WireOptions } from '../wire/wire.ts'
import type { RegionCalls } from './prepare-requests.ts'
import type { Door } from './wire-options.ts'

/** Shared-memory calls over the load's own protocol, without the heavy gRPC library. */
export async function regionCalls(protocol: Protocol, options: WireOptions, door: Door): Promise<RegionCalls> {
  return protocol === 'grpc' ? grpcCalls(options) : httpCalls(door)
}

/** Field numbers: SystemSharedMemoryRegisterRequest name 1, key 2, offset 3, byte_size 4; …UnregisterRequest name 1. */
function grpcCalls(options: WireOptions): RegionCalls {
  const once = async (method: string, message: Uint8Array[]) => {
    const caller = new GrpcCaller(options)
    try {
      await caller.call(caller.prepare(method, message))
    } catch (thrown) {
      throw thrown instanceof CallRefused ? refusal(thrown) : thrown
    } finally {
      caller.close()
    }
  }
  return {
    register: ({ name, key, bytes }) =>
      once('SystemSharedMemoryRegister', [...textField(1, name), ...textField(2, key), ...varintField(4, bytes)]),
    unregister: name => once('SystemSharedMemoryUnregister', textField(1, name)),
  }
}

/** Only here is an HTTP client needed: loaded when it is. */
async function httpCalls({ address, headers, tls, timeoutMs }: Door): Promise<RegionCalls> {
  const [{ HttpCaller }, { httpClient }] = await Promise.all([
    import('../control/http-call.ts'),
    import('../control/http-client.ts'),
  ])
  const client = httpClient(address, new HttpCaller(address, headers, tls, timeoutMs))
  return {
    async register(region) {
      try {
        await client.registerSystemRegion(region)
      } catch (thrown) {
        throw thrown instanceof EngineError && thrown.code === 'SERVER_REFUSED' ? refusal(thrown) : thrown
      }
    },
    unregister: name => client.unregisterRegion('system', name),
  }
}

function refusal(cause: Error): EngineError {
  const detail = cause instanceof EngineError ? (cause.data.detail ?? cause.message) : cause.message
  return new EngineError(
    'SERVER_REFUSED',
    'The server does not take our shared memory',
    {
      detail,
      hint: 'It must run on this machine and see this /dev/shm (docker: --ipc=host); from 2.69 on it wants --allow-client-shm=true.',
    },
    { cause },
  )
}
