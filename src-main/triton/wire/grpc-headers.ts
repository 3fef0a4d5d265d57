import { authority, checkedHeaders } from './request-headers.ts'
import type { WireOptions } from './wire.ts'

/** Headers of a call of `inference.GRPCInferenceService`. Source: gRPC over HTTP2 (PROTOCOL-HTTP2.md). */
export function grpcHeaders(
  method: string,
  options: Pick<WireOptions, 'host' | 'port' | 'tls' | 'headers'>,
): (readonly [name: string, value: string])[] {
  return [
    [':method', 'POST'],
    [':scheme', options.tls === undefined ? 'http' : 'https'],
    [':path', `/inference.GRPCInferenceService/${method}`],
    [':authority', authority(options)],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ['user-agent', 'batchscope'],
    // HTTP/2 has lower-case names only; a field of a connection is a protocol error there.
    ...checkedHeaders(options.headers).map(([name, value]) => [name.toLowerCase(), value] as const),
  ]
}
