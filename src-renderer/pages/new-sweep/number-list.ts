/** Numbers as people type them: `1,2,4`, `1 2 4`, ranges `8:256:8` as on the command line. Pure. */

export type ListReading = { values: number[] } | { problem: string }

interface Kind {
  /** "a batch" */
  what: string
  /** Whole numbers from `min` up; else any above `min`. */
  whole: boolean
  min: number
  max: number
}

export const BATCHES: Kind = { what: 'a batch', whole: true, min: 1, max: 65_536 }
export const CONCURRENCIES: Kind = { what: 'a concurrency', whole: true, min: 1, max: 4096 }
export const RATES: Kind = { what: 'a request rate', whole: false, min: 0, max: 1e7 }

const MAX_COUNT = 400 // a range with a forgotten step would give thousands of points

/** @returns ascending, each once; or one sentence that says what can't be read */
export function readNumbers(text: string, kind: Kind): ListReading {
  const values = new Set<number>()
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const expanded = expand(part)
    if (expanded === undefined) return { problem: `"${part}" is not ${kind.what}: use numbers like 1, 24 or 8:64:8` }
    for (const value of expanded) {
      const problem = outside(value, kind)
      if (problem !== undefined) return { problem }
      values.add(value)
    }
    if (values.size > MAX_COUNT) return { problem: `More than ${MAX_COUNT} values` }
  }
  if (values.size === 0) return { problem: `At least one value: ${kind.what}` }
  return { values: [...values].toSorted((a, b) => a - b) }
}

function outside(value: number, { what, whole, min, max }: Kind): string | undefined {
  if (whole && !Number.isInteger(value)) return `${value} is not ${what}: it must be whole`
  if (whole ? value >= min && value <= max : value > min && value <= max) return undefined
  return `${value} is not ${what}: it must be ${whole ? `${min} to ${max}` : `above ${min}, at most ${max}`}`
}

const NUMBER = /^\d+(?:\.\d+)?$/

function expand(part: string): number[] | undefined {
  if (NUMBER.test(part)) return [Number(part)]
  const pieces = part.split(':')
  if (pieces.length < 2 || pieces.length > 3 || !pieces.every(piece => NUMBER.test(piece))) return undefined
  const [from = 0, to = 0, step = 1] = pieces.map(Number)
  if (step <= 0 || to < from) return undefined
  const count = Math.min(Math.floor((to - from) / step + 1e-9) + 1, MAX_COUNT + 1)
  // Multiplied, not added up: 0.1 steps stay what was typed.
  return Array.from({ length: count }, (_, index) => Number((from + index * step).toPrecision(12)))
}
