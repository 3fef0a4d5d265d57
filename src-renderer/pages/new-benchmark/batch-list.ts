/** Batches as people type them: `1,2,4`, `1 2 4`, ranges `8:64:8` as on the command line. Pure. */

export const MAX_BATCH = 65_536
const MAX_COUNT = 200 // a range with a forgotten step would give thousands of points

export type BatchReading = { batches: number[] } | { problem: string }

/** @returns ascending, each once; or one sentence that says what can't be read */
export function readBatches(text: string): BatchReading {
  const batches = new Set<number>()
  for (const part of text.split(/[\s,;]+/).filter(Boolean)) {
    const expanded = expand(part)
    if (expanded === undefined) return { problem: `"${part}" is not a batch: use whole numbers like 1, 24 or 8:64:8` }
    for (const batch of expanded) {
      if (batch < 1 || batch > MAX_BATCH) return { problem: `Batch ${batch} is outside 1 to ${MAX_BATCH}` }
      batches.add(batch)
    }
    if (batches.size > MAX_COUNT) return { problem: `More than ${MAX_COUNT} batches` }
  }
  return { batches: [...batches].toSorted((a, b) => a - b) }
}

function expand(part: string): number[] | undefined {
  if (/^\d+$/.test(part)) return [Number(part)]
  const range = /^(\d+):(\d+)(?::(\d+))?$/.exec(part)
  if (range === null) return undefined
  const [from, to, step] = [Number(range[1]), Number(range[2]), Number(range[3] ?? 1)]
  if (step < 1 || to < from) return undefined
  const count = Math.min(Math.floor((to - from) / step) + 1, MAX_COUNT + 1)
  return Array.from({ length: count }, (_, index) => from + index * step)
}
