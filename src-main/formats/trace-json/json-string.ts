const utf8 = new TextDecoder('utf-8')

/** The text of UTF-8 bytes as they stand; what is no UTF-8 becomes U+FFFD. */
export function plainText(bytes: Uint8Array, from: number, to: number): string {
  return utf8.decode(bytes.subarray(from, to))
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** Whether every escape of the inside of a JSON string is one that JSON knows. */
export function hasOnlyValidEscapes(inside: string): boolean {
  return !/\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4})/.test(inside.replaceAll('\\\\', ''))
}

/**
 * The text of the inside of a JSON string. Where one escape is none of JSON's (`torch\cuda\__init__.py`), the writer
 * did not escape at all: then every backslash is itself, but for the one before a quote.
 */
export function unescapeJson(inside: string): string {
  if (!inside.includes('\\')) return inside
  if (!hasOnlyValidEscapes(inside)) return inside.replaceAll('\\"', '"')
  return inside.replaceAll(/\\(?:u([0-9a-fA-F]{4})|(.))/gs, (_, hex: string | undefined, mark: string | undefined) =>
    hex === undefined ? (ESCAPES[mark ?? ''] ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
  )
}
