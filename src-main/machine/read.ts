import { readFileSync } from 'node:fs'

/** Text of a small system file, trimmed; undefined where it is absent, empty or hidden. */
export function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined // other system, older kernel, sandbox: the fact is not known
  }
}

export function readNumber(path: string): number | undefined {
  const text = readText(path)
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

/** Cores of a kernel list "0-3,8,10-11". */
export function coresOfList(list: string): number[] {
  return list
    .split(',')
    .filter(Boolean)
    .flatMap(range => {
      const [first = Number.NaN, last = first] = range.split('-').map(Number)
      return first <= last ? Array.from({ length: last - first + 1 }, (_, index) => first + index) : []
    })
}
