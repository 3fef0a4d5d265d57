import { formatBytes } from '#domain/display.ts'
import type { Protocol } from '#domain/server.ts'

export interface ProtocolLimit {
  bytes: number
  why(requestBytes: number, batch: number): string
}

/** Triton's default `--http-max-input-size`. Source: server src/http_server.h, HTTP_DEFAULT_MAX_INPUT_SIZE. */
const HTTP_BYTES = 64 * 2 ** 20
/** A protobuf message's own limit. Source: protobuf encoding guide, "Message size". */
const GRPC_BYTES = 2 ** 31 - 1

/** The largest request body a protocol carries. */
export function protocolLimit(protocol: Protocol): ProtocolLimit {
  if (protocol === 'http') {
    return {
      bytes: HTTP_BYTES,
      why: (bytes, batch) =>
        `A request of batch ${batch} is ${formatBytes(bytes)}; Triton takes ${formatBytes(HTTP_BYTES)} over HTTP. Use gRPC or shared memory`,
    }
  }
  return {
    bytes: GRPC_BYTES,
    why: (bytes, batch) =>
      `A request of batch ${batch} is ${formatBytes(bytes)}; a protobuf message ends at ${formatBytes(GRPC_BYTES)}. Use shared memory`,
  }
}
