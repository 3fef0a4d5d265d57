import type { ResponseHead } from './response-head.ts'
import type { RequestError } from './slotted-wire.ts'

/** google.rpc.Code, by number. */
const STATUS_NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
]

/** Why a call failed, in the server's words where it has some. */
export function statusError({ status, grpcStatus, grpcMessage }: ResponseHead): RequestError {
  if (grpcStatus === undefined) {
    const isHttp = status !== undefined && status !== 200
    return isHttp
      ? { message: `HTTP status ${status} without a gRPC status`, code: String(status) }
      : { message: 'The answer has no gRPC status' }
  }
  const code = STATUS_NAMES[grpcStatus] ?? String(grpcStatus)
  return { message: grpcMessage === undefined || grpcMessage === '' ? `gRPC status ${code}` : grpcMessage, code }
}
