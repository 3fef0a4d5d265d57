import { connect as connectPlain, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { EngineError } from '#domain/errors.ts'
import type { WireOptions } from './wire.ts'

export type Endpoint = Pick<WireOptions, 'host' | 'port' | 'tls'>

export interface SocketEvents {
  /** `buffer` is used again for the next read: take what is needed before returning. */
  onBytes(buffer: Buffer, length: number): void
  /** Once, whoever closed it. */
  onClosed(reason: string): void
}

/** Of one read; larger reads save calls where answers are large. */
const READ_BYTES = 256 * 1024

/**
 * All sockets read into this one: what is read is used up inside the callback, and JavaScript runs one at a time.
 * Saves an allocation a chunk (`onread` of node:net).
 */
const readBuffer = Buffer.allocUnsafeSlow(READ_BYTES)

/** @throws EngineError SERVER_UNREACHABLE, SERVER_PROTOCOL, ACCESS_DENIED */
export function openSocket(
  endpoint: Endpoint,
  events: SocketEvents,
  { timeoutMs, protocols }: { timeoutMs: number; protocols: string[] },
): Promise<Socket> {
  const { host, port, tls } = endpoint
  const onread = {
    buffer: readBuffer,
    callback(length: number) {
      events.onBytes(readBuffer, length)
      return true
    },
  }
  return new Promise((resolve, reject) => {
    const plain = { host, port, onread, noDelay: true, highWaterMark: 1024 * 1024 }
    const socket =
      tls === undefined
        ? connectPlain(plain)
        : connectTls({
            ...plain,
            ALPNProtocols: protocols,
            ...(tls.ca === undefined ? {} : { ca: tls.ca }),
            ...(tls.cert === undefined ? {} : { cert: tls.cert }),
            ...(tls.key === undefined ? {} : { key: tls.key }),
            ...(tls.serverName === undefined ? {} : { servername: tls.serverName }),
            rejectUnauthorized: !tls.insecure,
          })
    let reason = 'The server closed the connection'
    let open = false
    const timer = setTimeout(() => {
      socket.destroy(new Error(`no connection within ${timeoutMs} ms`))
    }, timeoutMs)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      clearTimeout(timer)
      open = true
      resolve(socket)
    })
    socket.on('error', error => {
      reason = error.message
      if (!open) reject(connectError(endpoint, error))
    })
    socket.once('close', () => {
      clearTimeout(timer)
      if (open) events.onClosed(reason)
      else reject(connectError(endpoint, new Error(reason)))
    })
  })
}

const TRUST_CODES = /SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_|ALTNAME/
const CLIENT_CERTIFICATE_CODES = /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA/

/** A refused or failed connection in words; codes of Node and OpenSSL. */
function connectError({ host, port, tls }: Endpoint, error: Error & { code?: string }): EngineError {
  const where = `${host}:${port}`
  const { code = '', message: detail } = error
  const data = { where, detail }
  const fail = (errorCode: 'SERVER_UNREACHABLE' | 'SERVER_PROTOCOL' | 'ACCESS_DENIED', message: string, hint: string) =>
    new EngineError(errorCode, message, { ...data, hint }, { cause: error })
  if (code === 'ECONNREFUSED') {
    return fail('SERVER_UNREACHABLE', `Nothing listens at ${where}`, 'Check host and port, and that the server runs.')
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return fail('SERVER_UNREACHABLE', `The name ${host} is not known here`, 'Check the host name.')
  }
  if (tls !== undefined && CLIENT_CERTIFICATE_CODES.test(code)) {
    const hint = 'Give the certificate and key that the server expects.'
    return fail('ACCESS_DENIED', `${where} refused this client's certificate`, hint)
  }
  if (tls !== undefined && TRUST_CODES.test(code)) {
    const hint = 'Give the certificate authority it was signed by, its server name, or accept any certificate.'
    return fail('SERVER_UNREACHABLE', `The certificate of ${where} is not trusted`, hint)
  }
  if (tls !== undefined && (code.startsWith('ERR_SSL') || code === 'ECONNRESET')) {
    return fail('SERVER_PROTOCOL', `${where} does not speak TLS`, 'Use the address without TLS (http:// or grpc://).')
  }
  return fail('SERVER_UNREACHABLE', `${where} cannot be reached`, 'Check host, port and firewall.')
}
