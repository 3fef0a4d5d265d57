import { EngineError } from '#domain/errors.ts'

/** RFC 9110 §5.6.2, a token; and printable characters, as both protocols allow. */
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const VALUE = /^[\t\x20-\x7e\x80-\xff]*$/

/** Headers of the user, checked so that none can end its line and start another. @throws EngineError SPEC_INVALID */
export function checkedHeaders(headers: Readonly<Record<string, string>>): [name: string, value: string][] {
  return Object.entries(headers).map(([name, value]) => {
    if (NAME.test(name) && VALUE.test(value)) return [name, value]
    const hint = 'A name is letters, digits and dashes; a value is one line.'
    throw new EngineError('SPEC_INVALID', 'A header of the request is not valid', { where: JSON.stringify(name), hint })
  })
}

/** `host:port` as it stands in addresses: IPv6 in brackets. */
export function authority({ host, port }: { host: string; port: number }): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}

const WANTED_HEADER = /expecting header '([^']+)'/

/** The header a restricted Triton asks for, out of its message. */
function wantedHeader(message: string): string | undefined {
  return WANTED_HEADER.exec(message)?.[1]
}

/** 401, 403 and their gRPC likes. @param message the server's own words */
export function accessDenied(where: string, message: string): EngineError {
  const header = wantedHeader(message)
  const fact = header === undefined ? `${where} denied access` : `${where} wants the header "${header}"`
  const hint =
    header === undefined
      ? 'Give the token or header that this server expects.'
      : `Give it with the request: ${header}: VALUE (a PyTriton access token goes into the field of that name).`
  return new EngineError('ACCESS_DENIED', fact, { where, hint, detail: message })
}
