import type { Protocol } from '#domain/server.ts'
import { GrpcWire } from './grpc-wire.ts'
import { Http1Wire } from './http1-wire.ts'
import type { Wire, WireOptions } from './wire.ts'

/** Nothing is opened before `connect`; requests prepared before it let the wire choose its connections by their size. */
export function openWire(protocol: Protocol, options: WireOptions): Wire {
  return protocol === 'http' ? new Http1Wire(options) : new GrpcWire(options)
}
