import type { DurationStats } from '#domain/trace.ts'

/**
 * What `nsys stats` tells of a list of durations: median of an even count is the mean of the middle two, the standard
 * deviation is the sample's (n − 1), 0 for one. Source: report SQL of nsys 2023.4.4.
 * @param durations ns, at least one; reordered
 */
export function durationStats(name: string, durations: Float64Array): DurationStats {
  const count = durations.length
  let totalNs = 0
  let minNs = Number.POSITIVE_INFINITY
  let maxNs = Number.NEGATIVE_INFINITY
  for (let i = 0; i < count; i++) {
    const value = durations[i] ?? 0
    totalNs += value
    if (value < minNs) minNs = value
    if (value > maxNs) maxNs = value
  }
  const avgNs = totalNs / count
  let squares = 0
  for (let i = 0; i < count; i++) squares += ((durations[i] ?? 0) - avgNs) ** 2
  const stdNs = count < 2 ? 0 : Math.sqrt(squares / (count - 1))
  return { name, count, totalNs, avgNs, medianNs: median(durations), minNs, maxNs, stdNs }
}

/** Mean of the middle two where the count is even. @param values at least one; reordered */
export function median(values: Float64Array): number {
  const middle = values.length >>> 1
  const upper = select(values, middle)
  if (values.length % 2 === 1) return upper
  let lower = Number.NEGATIVE_INFINITY
  for (let i = 0; i < middle; i++) if ((values[i] ?? 0) > lower) lower = values[i] ?? 0
  return (lower + upper) / 2
}

/**
 * Puts the value of rank `rank` (0 is the least) in its place, no greater ones before it and no less ones after.
 * Quickselect with the middle of three as pivot; equal values are split evenly, so that many of them cost no more.
 */
export function select(values: Float64Array, rank: number): number {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = middleOfThree(values[low] ?? 0, values[(low + high) >>> 1] ?? 0, values[high] ?? 0)
    let i = low
    let j = high
    while (i <= j) {
      while ((values[i] ?? 0) < pivot) i++
      while ((values[j] ?? 0) > pivot) j--
      if (i > j) break
      const kept = values[i] ?? 0
      values[i++] = values[j] ?? 0
      values[j--] = kept
    }
    if (rank <= j) high = j
    else if (rank >= i) low = i
    else break
  }
  return values[rank] ?? Number.NaN
}

function middleOfThree(a: number, b: number, c: number): number {
  return Math.max(Math.min(a, b), Math.min(Math.max(a, b), c))
}
