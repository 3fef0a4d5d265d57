import { EngineError } from '#domain/errors.ts'
import type { ServerAddress } from '../address.ts'

const OTHER = { http: 'grpc', grpc: 'http' } as const
/** First bytes of an HTTP/2 server: a SETTINGS frame (type 4) on stream 0, which is what a gRPC port says first. */
const HTTP2_SETTINGS = /^0000..04/
/** A TLS alert record. */
const TLS_ALERT = /^1503/
const GONE =
  /\b(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|ENOTFOUND|EAI_AGAIN|EADDRNOTAVAIL)\b|Name resolution failed/
const CERTIFICATE =
  /self.signed certificate|unable to (get|verify)|certificate has expired|CERT_|not yet valid|altnames|ERR_TLS_CERT_ALTNAME_INVALID/i
const WANTS_CERTIFICATE = /(certificate required|alert number 116|bad certificate|handshake failure)/i

/**
 * Why there was no answer at all. Both libraries say it in free text, with the system's code inside; recognised are a port
 * that speaks another protocol, TLS where there is none and the reverse, and a certificate that does not do.
 */
export function unreachable(address: ServerAddress, thrown: unknown, where: string): EngineError {
  if (thrown instanceof EngineError) return thrown
  const text = thrown instanceof Error ? `${codeOf(thrown)} ${thrown.message}` : String(thrown)
  const first = firstBytes(thrown)
  const { protocol, isTls, host, port, authority, url } = address
  const fail = (code: 'SERVER_PROTOCOL' | 'SERVER_UNREACHABLE' | 'ACCESS_DENIED', message: string, hint: string) =>
    new EngineError(code, message, { where, hint, detail: text.trim() }, { cause: thrown })

  if (HTTP2_SETTINGS.test(first)) {
    return fail(
      'SERVER_PROTOCOL',
      `Port ${port} speaks gRPC, not HTTP`,
      `Write grpc://${authority}, or take the HTTP port (8000).`,
    )
  }
  if (TLS_ALERT.test(first)) {
    return fail('SERVER_PROTOCOL', `Port ${port} speaks TLS`, `Write ${protocol}s://${authority}.`)
  }
  if (WANTS_CERTIFICATE.test(text) && isTls) {
    return fail('ACCESS_DENIED', 'The server wants a client certificate', 'Give one: --cert FILE --key FILE.')
  }
  if (CERTIFICATE.test(text)) {
    return fail(
      'SERVER_UNREACHABLE',
      `The certificate of ${host} is not trusted`,
      'Give the authority it is signed by (--ca FILE), its name (--server-name NAME), or accept any (--insecure).',
    )
  }
  if (isTls && /wrong version number|before secure TLS connection was established|packet length too long/i.test(text)) {
    return fail('SERVER_PROTOCOL', `Port ${port} does not speak TLS`, `Write ${protocol}://${authority}.`)
  }
  if (/HPE_|Parse Error|Protocol error|ERR_HTTP2|Expected HTTP/i.test(text)) {
    return fail(
      'SERVER_PROTOCOL',
      `Port ${port} does not speak ${protocol === 'http' ? 'HTTP' : 'gRPC'}`,
      `Is this Triton's ${protocol === 'http' ? 'HTTP port (8000)' : 'gRPC port (8001)'}?`,
    )
  }
  if (protocol === 'grpc' && /Failed to connect|Connection dropped/i.test(text) && !GONE.test(text)) {
    const other = `${OTHER[protocol]}://${authority}`
    return fail(
      'SERVER_PROTOCOL',
      `Port ${port} does not speak gRPC`,
      `Write ${other} if it is the HTTP port; Triton's gRPC port is 8001. An encrypted port is grpcs://.`,
    )
  }
  if (GONE.test(text)) {
    const why = /ENOTFOUND|EAI_AGAIN|Name resolution/.test(text)
      ? `The name ${host} is not known`
      : `Nothing answers at ${authority}`
    return fail('SERVER_UNREACHABLE', why, `Is the server running, and is ${url} its address?`)
  }
  return fail(
    'SERVER_UNREACHABLE',
    `The connection to ${authority} broke`,
    isTls
      ? 'Look into the log of the server.'
      : `Look into the log of the server; if its port is encrypted, write ${protocol}s://${authority}.`,
  )
}

export function timedOut(address: ServerAddress, timeoutMs: number, where: string): EngineError {
  return new EngineError('TIMEOUT', `${address.authority} did not answer within ${timeoutMs} ms`, {
    where,
    hint: 'Is the server busy or hanging? Give it longer, or look into its log.',
  })
}

export function cancelled(): EngineError {
  return new EngineError('CANCELLED', 'Cancelled')
}

function codeOf(error: Error): string {
  return 'code' in error ? String(error.code) : ''
}

/** Node keeps what its HTTP parser choked on. */
function firstBytes(thrown: unknown): string {
  const packet = thrown instanceof Error && 'rawPacket' in thrown ? thrown.rawPacket : undefined
  return packet instanceof Uint8Array ? Buffer.from(packet.subarray(0, 8)).toString('hex') : ''
}
