/** Values of `pattern`'s `:names` in `path`, or nothing when it doesn't fit. */
export function matchRoute(pattern: string, path: string): Record<string, string> | undefined {
  const want = segments(pattern)
  const have = segments(path)
  if (want.length !== have.length) return undefined
  const params: Record<string, string> = {}
  for (const [index, segment] of want.entries()) {
    const value = have[index] ?? ''
    if (segment.startsWith(':')) params[segment.slice(1)] = decode(value)
    else if (segment !== value) return undefined
  }
  return params
}

/** `/run/:runId` with `{ runId }` as an address, everything encoded. */
export function fillRoute(
  pattern: string,
  params: Readonly<Record<string, string>> = {},
  query: Readonly<Record<string, string>> = {},
): string {
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
  const search = new URLSearchParams(query).toString()
  return search === '' ? path : `${path}?${search}`
}

function segments(path: string): string[] {
  return path.split('/').filter(part => part !== '')
}

/** A broken escape in a typed address is taken as it stands. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
