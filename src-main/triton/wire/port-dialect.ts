import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { EngineError, type ErrorData } from '#domain/errors.ts'
import type { Protocol } from '#domain/server.ts'
import type { Endpoint } from './open-socket.ts'

/** What a port was found to speak; `nothing`: it takes connections and never answers, as a server does that hangs. */
export type Dialect = 'HTTP' | 'gRPC' | 'HTTP with TLS' | 'gRPC with TLS' | 'unknown' | 'nothing'

const PATIENCE_MS = 1500
const TLS_ALERT = 0x15
const SETTINGS = 0x04

/** Asks an open port what it speaks: an HTTP/1.1 request, then a TLS handshake, and a look at the first bytes of each answer. */
export async function portDialect({ host, port }: Endpoint): Promise<Dialect> {
  const plain = await firstBytes(connectPlain({ host, port }), host)
  if (plain.toString('latin1', 0, 5) === 'HTTP/') return 'HTTP'
  if (plain.length >= 9 && plain[3] === SETTINGS) return 'gRPC'
  const maybeTls = plain.length === 0 || plain[0] === TLS_ALERT
  return maybeTls ? tlsDialect(host, port) : 'unknown'
}

function tlsDialect(host: string, port: number): Promise<Dialect> {
  return new Promise(resolve => {
    // Only the answer's kind is of interest, nothing is sent: any certificate will do.
    const socket = connectTls({ host, port, ALPNProtocols: ['h2', 'http/1.1'], rejectUnauthorized: false })
    const give = (dialect: Dialect) => {
      socket.destroy()
      resolve(dialect)
    }
    socket.setTimeout(PATIENCE_MS, () => give(socket.connecting ? 'unknown' : 'nothing'))
    socket.once('secureConnect', () => give(socket.alpnProtocol === 'h2' ? 'gRPC with TLS' : 'HTTP with TLS'))
    socket.once('error', () => give('unknown'))
    socket.once('close', () => give('unknown'))
  })
}

function firstBytes(socket: Socket, host: string): Promise<Buffer> {
  return new Promise(resolve => {
    const give = (bytes: Buffer) => {
      socket.destroy()
      resolve(bytes)
    }
    const nothing = () => give(Buffer.alloc(0))
    socket.setTimeout(PATIENCE_MS, nothing)
    socket.once('connect', () =>
      socket.write(`GET /v2/health/live HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`),
    )
    socket.once('data', give)
    socket.once('error', nothing)
    socket.once('close', nothing)
  })
}

const SCHEMES: Record<Exclude<Dialect, 'unknown' | 'nothing'>, string> = {
  HTTP: 'http',
  gRPC: 'grpc',
  'HTTP with TLS': 'https',
  'gRPC with TLS': 'grpcs',
}

/** The failure of an open port that does not speak what was expected of it, or nothing at all. */
export async function wrongProtocol(endpoint: Endpoint, expected: Protocol, detail: string): Promise<EngineError> {
  const where = `${endpoint.host}:${endpoint.port}`
  const dialect = await portDialect(endpoint)
  const wanted = `${expected === 'http' ? 'HTTP' : 'gRPC'}${endpoint.tls === undefined ? '' : ' with TLS'}`
  const fail = (message: string, data: ErrorData) =>
    new EngineError('SERVER_PROTOCOL', message, { where, detail, ...data })
  if (dialect === 'nothing') {
    return new EngineError('TIMEOUT', `${where} takes connections and answers nothing`, {
      where,
      detail,
      hint: 'The server hangs, or something before it swallows what is sent. Look at its log; start it again.',
    })
  }
  if (dialect === 'unknown' || dialect === wanted) {
    return fail(`${where} does not answer as a ${wanted} server`, {
      hint: 'Triton has HTTP on port 8000 and gRPC on 8001 by default. Check the port.',
    })
  }
  return fail(`${where} speaks ${dialect}, not ${wanted}`, {
    hint: `Use ${SCHEMES[dialect]}://${where}, or the port for ${wanted}.`,
  })
}
