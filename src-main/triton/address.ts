import { EngineError } from '#domain/errors.ts'
import type { Protocol } from '#domain/server.ts'

/** Where a server listens. `host` is bare: an IPv6 address without its brackets. */
export interface ServerAddress {
  protocol: Protocol
  isTls: boolean
  host: string
  port: number
  /** `host:port`, brackets around IPv6: for gRPC targets and Host headers. */
  authority: string
  /** In front of `/v2`, where a gateway serves Triton under a path; HTTP only. No slash at the end. */
  basePath: string
  /** Written in full, without credentials: safe to show and to keep. */
  url: string
  /** User and password of the address, as `Authorization` wants them. A secret. */
  authorization?: string
}

const DEFAULT_PORTS: Record<Protocol, number> = { http: 8000, grpc: 8001 }
const METRICS_PORT = 8002
const EXAMPLES = 'Examples: http://localhost:8000, grpc://localhost:8001, https://gpu-box.'

/**
 * `http(s)://HOST:8000` or `grpc(s)://HOST:8001`. Without a scheme HTTP, without a port the protocol's own (8000, 8001),
 * as Triton's clients have it.
 * @throws EngineError USAGE, never with the credentials an address may hold
 */
export function parseAddress(text: string): ServerAddress {
  const trimmed = text.trim()
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(trimmed)?.[1]?.toLowerCase()
  const rest = scheme === undefined ? trimmed : trimmed.slice(scheme.length + 3)
  const kind = SCHEMES[scheme ?? 'http']
  if (kind === undefined) {
    throw new EngineError('USAGE', `A server speaks http, https, grpc or grpcs, not ${scheme}`, { hint: EXAMPLES })
  }
  // Parsed as HTTP whatever it is, so that hosts follow one rule; a bare IPv6 address gets its brackets.
  const url = urlOf(`http://${bracketed(rest)}`)
  const { protocol, isTls } = kind
  const host = url.hostname.replace(/^\[|\]$/g, '')
  // `URL` drops the port it takes for its own.
  const port =
    /:80(?:\/|\?|#|$)/.test(withoutUser(rest)) && url.port === '' ? 80 : Number(url.port || DEFAULT_PORTS[protocol])
  const authority = `${url.hostname}:${port}`
  const basePath = protocol === 'http' ? url.pathname.replace(/\/+$/, '').replace(/\/v2$/, '') : ''
  if (url.search !== '' || url.hash !== '' || (protocol === 'grpc' && url.pathname !== '/')) {
    throw new EngineError('USAGE', 'The address goes on after host and port', { where: authority, hint: EXAMPLES })
  }
  return {
    protocol,
    isTls,
    host,
    port,
    authority,
    basePath,
    url: `${protocol}${isTls ? 's' : ''}://${authority}${basePath}`,
    ...(url.username === '' ? {} : { authorization: basicAuthorization(url) }),
  }
}

/** Prometheus text of the server at this address: port 8002 beside it, unless told. undefined: not asked (''). */
export function metricsUrlOf({ host, authority }: ServerAddress, told?: string): string | undefined {
  if (told === '') return undefined
  if (told === undefined) {
    return `http://${host.includes(':') ? authority.slice(0, authority.lastIndexOf(':')) : host}:${METRICS_PORT}/metrics`
  }
  const url = urlOf(/^https?:\/\//i.test(told) ? told : `http://${told}`)
  if (url.pathname === '/') url.pathname = '/metrics'
  return url.href
}

/** An address for people and records: without user and password, whatever else it holds. */
export function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/?#]*@/, '//')
}

const SCHEMES: Readonly<Record<string, { protocol: Protocol; isTls: boolean }>> = {
  http: { protocol: 'http', isTls: false },
  https: { protocol: 'http', isTls: true },
  grpc: { protocol: 'grpc', isTls: false },
  grpcs: { protocol: 'grpc', isTls: true },
}

function urlOf(text: string): URL {
  if (/[\s\p{Cc}\\]/u.test(text) || !URL.canParse(text)) {
    throw new EngineError('USAGE', 'This is no address of a server', {
      ...(text.includes('@') ? {} : { where: text }),
      hint: EXAMPLES,
    })
  }
  const url = new URL(text)
  if (url.port === '0') throw new EngineError('USAGE', 'Port 0 is none', { where: url.host, hint: EXAMPLES })
  return url
}

/** `::1` and `fe80::1` as `[::1]`; `[::1]:8000` and `host:8000` stay. */
function bracketed(rest: string): string {
  const [, host = '', path = ''] = /^([^/?#]*)(.*)$/s.exec(rest) ?? []
  const isBareIpv6 = !host.includes('[') && !host.includes('@') && /^[\da-f]*:[\da-f:.]*:[\da-f:.]*$/i.test(host)
  return isBareIpv6 ? `[${host}]${path}` : rest
}

function withoutUser(rest: string): string {
  return rest.replace(/^[^/?#]*@/, '')
}

/** User and password of a URL as the `Authorization` header. @throws EngineError USAGE */
export function basicAuthorization({ username, password }: Pick<URL, 'username' | 'password'>): string {
  try {
    const text = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
    return `Basic ${Buffer.from(text).toString('base64')}`
  } catch (cause) {
    const hint = 'Write special characters as %XX.'
    throw new EngineError('USAGE', 'User and password of the address cannot be read', { hint }, { cause })
  }
}
