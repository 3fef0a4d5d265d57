import type { ServerTarget } from '#domain/server.ts'
import { parseAddress } from '../address.ts'
import type { TritonClient } from './client.ts'
import { GrpcCaller } from './grpc-call.ts'
import { grpcClient } from './grpc-client.ts'
import { HttpCaller } from './http-call.ts'
import { httpClient } from './http-client.ts'
import { connectionHeaders, tlsMaterial } from './secrets.ts'

/** A client for the address; connects with its first call. Whoever opens it closes it. @throws EngineError USAGE, FILE_NOT_FOUND */
export function openClient({ url, connection }: ServerTarget): TritonClient {
  const address = parseAddress(url)
  const headers = connectionHeaders(address, connection)
  const tls = tlsMaterial(address, connection)
  return address.protocol === 'http'
    ? httpClient(address, new HttpCaller(address, headers, tls, connection.timeoutMs))
    : grpcClient(address, new GrpcCaller(address, headers, tls, connection.timeoutMs))
}
