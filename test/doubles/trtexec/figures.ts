import type { Switches } from './options.ts'

/** One query, in ms since the reference event of the run. */
export interface Query {
  startEnqMs: number
  endEnqMs: number
  startH2dMs: number
  endH2dMs: number
  startComputeMs: number
  endComputeMs: number
  startD2hMs: number
  endD2hMs: number
  h2dMs: number
  computeMs: number
  d2hMs: number
  latencyMs: number
}

const SPEED: Record<string, number> = { fp32: 1, tf32: 0.8, model: 0.8, bf16: 0.5, fp16: 0.45, fp8: 0.35, int8: 0.3 }

/** Made-up queries: GPU time grows with the batch, ±1 % of repeatable noise. */
export function makeQueries(count: number, batch: number, precision: string, switches: Switches): Query[] {
  const queries: Query[] = []
  let seed = 7
  const noise = () => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31
    return 0.99 + (0.02 * seed) / 2 ** 31
  }
  let atMs = switches.warmUpMs
  for (let at = 0; at < count; at++) {
    const h2dMs = round(switches.dataTransfers ? (0.01 + 0.004 * batch) * noise() : 0)
    const computeMs = round((0.2 + 0.1 * batch) * (SPEED[precision] ?? 1) * noise())
    const d2hMs = round(switches.dataTransfers ? 0.005 * noise() : 0)
    const enqueueMs = round((switches.cudaGraph ? 0.003 : 0.03) * noise())
    const latencyMs = round(h2dMs + computeMs + d2hMs)
    const computeAtMs = round(atMs + h2dMs)
    queries.push({
      startEnqMs: round(atMs),
      endEnqMs: round(atMs + enqueueMs),
      startH2dMs: round(atMs),
      endH2dMs: computeAtMs,
      startComputeMs: computeAtMs,
      endComputeMs: round(computeAtMs + computeMs),
      startD2hMs: round(computeAtMs + computeMs),
      endD2hMs: round(atMs + latencyMs),
      h2dMs,
      computeMs,
      d2hMs,
      latencyMs,
    })
    atMs += latencyMs
  }
  return queries
}

/** The figures of one line of the summary, by trtexec's own rule for percentiles. */
export function summaryLine(title: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const count = sorted.length
  const percentile = (p: number) => sorted[Math.max(count - 1 - Math.floor((1 - p / 100) * count), 0)] ?? 0
  const middle = ((sorted[(count - 1) >> 1] ?? 0) + (sorted[count >> 1] ?? 0)) / 2
  const mean = sorted.reduce((sum, value) => sum + value, 0) / count
  const parts = [
    `min = ${round(sorted[0] ?? 0)} ms`,
    `max = ${round(sorted.at(-1) ?? 0)} ms`,
    `mean = ${round(mean)} ms`,
    `median = ${round(middle)} ms`,
    ...[90, 95, 99].map(p => `percentile(${p}%) = ${round(percentile(p))} ms`),
  ]
  return `${title}: ${parts.join(', ')}`
}

/** As a C++ stream prints a float: six significant digits. */
export function round(value: number): number {
  return Number(value.toPrecision(6))
}
