import { readFileSync } from 'node:fs'
import { EngineError } from '#domain/errors.ts'
import type { ServerConnection } from '#domain/server.ts'
import type { ServerAddress } from '../address.ts'

/** PyTriton's token: an HTTP header, and behind the prefix Triton gives to restricted calls' gRPC metadata. */
const TOKEN_HEADER = 'triton-access-token'
const GRPC_PREFIX = 'triton-grpc-protocol-'
/** RFC 9110: a field name is a token. A value is Latin-1 without control characters; gRPC's metadata is ASCII. */
const NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]+$/
const VALUES = { http: /^[ -~\u00a0-\u00ff]*$/, grpc: /^[ -~]*$/ } as const
/** Set by us for each message; from outside they would break it. */
const OURS = new Set(['content-length', 'transfer-encoding', 'host', 'connection', 'inference-header-content-length'])

/** What a connection reads from files once. */
export interface TlsMaterial {
  ca?: Buffer
  cert?: Buffer
  key?: Buffer
  serverName?: string
  insecure: boolean
}

/**
 * Headers of every call, names in lower case: the connection's own, the access token, the address's user.
 * @throws EngineError USAGE for a header that cannot be sent; its value is never in the message
 */
export function connectionHeaders(address: ServerAddress, connection: ServerConnection): Record<string, string> {
  const headers: Record<string, string> = {}
  if (address.authorization !== undefined) headers.authorization = address.authorization
  for (const [name, value] of Object.entries(connection.headers)) {
    const key = name.toLowerCase()
    if (
      !NAME.test(name) ||
      !VALUES[address.protocol].test(value) ||
      OURS.has(key) ||
      (address.protocol === 'grpc' && /^grpc-|-bin$/.test(key))
    ) {
      throw new EngineError('USAGE', `The header ${JSON.stringify(name)} cannot be sent`, {
        hint: 'A header is NAME: VALUE in plain characters, and not one the protocol sets itself.',
      })
    }
    headers[key] = value.trim()
  }
  const { accessToken } = connection
  if (accessToken !== undefined) {
    if (!VALUES[address.protocol].test(accessToken))
      throw new EngineError('USAGE', 'The access token has characters that no header can carry')
    headers[address.protocol === 'grpc' ? GRPC_PREFIX + TOKEN_HEADER : TOKEN_HEADER] = accessToken
  }
  return headers
}

/** @throws EngineError FILE_NOT_FOUND, FILE_UNREADABLE; USAGE for TLS files with an address without TLS */
export function tlsMaterial(address: ServerAddress, { tls }: ServerConnection): TlsMaterial {
  if (tls === undefined) return { insecure: false }
  const { caPath, certPath, keyPath, serverName, insecure } = tls
  if (!address.isTls && (caPath ?? certPath ?? keyPath) !== undefined) {
    throw new EngineError('USAGE', `${address.url} is not encrypted, yet certificates are given`, {
      hint: `Write ${address.protocol}s://${address.authority}.`,
    })
  }
  return {
    ...(caPath === undefined ? {} : { ca: readPem(caPath) }),
    ...(certPath === undefined ? {} : { cert: readPem(certPath) }),
    ...(keyPath === undefined ? {} : { key: readPem(keyPath) }),
    ...(serverName === undefined ? {} : { serverName }),
    insecure,
  }
}

function readPem(path: string): Buffer {
  try {
    return readFileSync(path)
  } catch (cause) {
    const isMissing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT'
    throw new EngineError(
      isMissing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      isMissing ? 'The certificate file does not exist' : 'The certificate file cannot be read',
      { where: path, hint: 'A PEM file is needed.' },
      { cause },
    )
  }
}
