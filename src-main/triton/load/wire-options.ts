import type { LoadInput } from '../../workers/load-protocol.ts'
import { parseAddress, type ServerAddress } from '../address.ts'
import { connectionHeaders, type TlsMaterial, tlsMaterial } from '../control/secrets.ts'
import type { WireOptions } from '../wire/wire.ts'

/** Open loop: requests in flight at most, whatever is asked for; beyond it a request waits in the client, and is said to. */
const MOST_OPEN_SLOTS = 256
const FEWEST_OPEN_SLOTS = 16

/** Requests that may be in flight: by the concurrency, one per sequence, or as many as a rate brings within a second. */
export function slotsOf({ load, sequences }: LoadInput): number {
  if (load.kind === 'concurrency') return load.concurrency
  if (sequences !== undefined) return sequences.count
  const perSec = load.kind === 'rate' ? load.requestsPerSec : rateOf(load.intervalsUs)
  return Math.min(load.maxInFlight, MOST_OPEN_SLOTS, Math.max(FEWEST_OPEN_SLOTS, Math.ceil(perSec)))
}

function rateOf(intervalsUs: readonly number[]): number {
  const sumUs = intervalsUs.reduce((sum, us) => sum + us, 0)
  return sumUs === 0 ? MOST_OPEN_SLOTS : (intervalsUs.length * 1e6) / sumUs
}

/** Where the server is, and what to show it. */
export interface Door {
  address: ServerAddress
  headers: Record<string, string>
  tls: TlsMaterial
  /** Of a control call. */
  timeoutMs: number
}

/** @throws EngineError USAGE, FILE_NOT_FOUND, FILE_UNREADABLE: headers that cannot be sent, certificates that cannot be read */
export function doorOf({ target }: LoadInput): Door {
  const { protocol, host, port, tls, connection } = target
  const bracketed = host.includes(':') ? `[${host}]` : host
  const address = parseAddress(`${protocol}${tls ? 's' : ''}://${bracketed}:${port}`)
  return {
    address,
    headers: connectionHeaders(address, connection),
    tls: tlsMaterial(address, connection),
    timeoutMs: connection.timeoutMs,
  }
}

export function wireOptions(input: LoadInput, { address, headers, tls }: Door): WireOptions {
  const { requestTimeoutMs, streaming, slotsPerConnection } = input
  const { ca, cert, key, serverName, insecure } = tls
  const encrypted = {
    insecure,
    ...(ca === undefined ? {} : { ca: ca.toString() }),
    ...(cert === undefined ? {} : { cert: cert.toString() }),
    ...(key === undefined ? {} : { key: key.toString() }),
    ...(serverName === undefined ? {} : { serverName }),
  }
  return {
    host: address.host,
    port: address.port,
    ...(address.isTls ? { tls: encrypted } : {}),
    headers,
    slots: slotsOf(input),
    ...(slotsPerConnection === undefined ? {} : { slotsPerConnection }),
    requestTimeoutMs,
    streaming,
  }
}
