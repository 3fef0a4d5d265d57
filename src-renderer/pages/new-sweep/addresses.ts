import type { Protocol } from '#domain/server.ts'

/**
 * Where the same server usually speaks the other protocol: Triton's gRPC port is its HTTP port + 1 (8000, 8001).
 * @param url as the user gave it   @returns an address to be checked by the user
 */
export function otherAddress(url: string, other: Protocol): string {
  const [, scheme = 'http', rest = ''] = /^(?:([a-z]+):\/\/)?(.*)$/i.exec(url.trim()) ?? []
  const isTls = /s$/i.test(scheme)
  const authority = rest.split('/')[0] ?? ''
  const [, host = authority, portText] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? []
  const usual = other === 'grpc' ? 8001 : 8000
  const port = portText === undefined ? usual : Number(portText) + (other === 'grpc' ? 1 : -1)
  return `${other}${isTls ? 's' : ''}://${host}:${port}`
}
