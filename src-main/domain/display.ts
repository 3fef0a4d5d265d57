/** The one formatter: numbers to text for page, CLI and Markdown. No zod; English, tabular digits, no locale surprises. */

/** What a cell shows where nothing was measured. */
export const ABSENT = '–'

/** 3–4 significant digits without exponent: 0.0123, 1.23, 12.3, 123, 1234. */
export function formatSignificant(value: number, digits = 3): string {
  if (!Number.isFinite(value)) return ABSENT
  if (value === 0) return '0'
  const magnitude = Math.floor(Math.log10(Math.abs(value)))
  const decimals = Math.min(12, Math.max(0, digits - 1 - magnitude))
  return groupThousands(value.toFixed(decimals))
}

/** 1234567.5 → 1,234,567.5. Four-digit numbers get their comma too, so columns line up. */
export function groupThousands(text: string): string {
  const [whole = '', fraction] = text.split('.')
  const grouped = whole.replace(/\B(?=(\d{3})+(?!\d))/g, ',')
  return fraction === undefined ? grouped : `${grouped}.${fraction}`
}

export type LatencyUnit = 'auto' | 'ms'

/** Latency with its unit: ms, µs below 0.1 ms; never 0.00 ms. */
export function formatLatency(latencyMs: number | undefined, unit: LatencyUnit = 'auto'): string {
  if (latencyMs === undefined) return ABSENT
  return unit === 'auto' && latencyMs < 0.1
    ? `${formatSignificant(latencyMs * 1000)} µs`
    : `${formatSignificant(latencyMs)} ms`
}

/** Latency as a bare number of ms for a table whose header says ms. Small values keep 3 significant digits. */
export function formatMs(latencyMs: number | undefined): string {
  return latencyMs === undefined ? ABSENT : formatSignificant(latencyMs)
}

/** What a rate counts (DESIGN §2): a server answers inferences, a local batch is frames. */
export function rateUnit(runtime: string): 'infer/s' | 'FPS' {
  return runtime === 'triton' ? 'infer/s' : 'FPS'
}

/** "4,545 FPS", "1,309 infer/s": for places that show both kinds. */
export function rateText(rate: { inferPerSec: number; runtime: string } | undefined): string {
  return rate === undefined ? ABSENT : `${formatRate(rate.inferPerSec)} ${rateUnit(rate.runtime)}`
}

/** Samples per second of a local batch: 4,545 FPS; small rates keep 3 digits. */
export function formatRate(perSec: number | undefined): string {
  if (perSec === undefined) return ABSENT
  return perSec >= 100 ? groupThousands(perSec.toFixed(0)) : formatSignificant(perSec)
}

export type MemoryUnit = 'MiB' | 'MB'

/** Bytes as a bare number of MiB (2^20) or MB (10^6). */
export function formatMemory(bytes: number | undefined, unit: MemoryUnit = 'MiB'): string {
  if (bytes === undefined) return ABSENT
  const value = bytes / (unit === 'MiB' ? 1_048_576 : 1_000_000)
  return value >= 100 ? groupThousands(value.toFixed(0)) : formatSignificant(value)
}

/** File sizes: 512 B, 12.3 KiB, 4.56 MiB, 1.23 GiB. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return unit === 0 ? `${bytes} B` : `${formatSignificant(value)} ${units[unit]}`
}

/** 2.13 → "2.13 %". Takes percent, not a share. */
export function formatPercent(percent: number | undefined): string {
  return percent === undefined ? ABSENT : `${formatSignificant(percent, percent >= 10 ? 3 : 2)} %`
}

/** Elapsed or remaining time for people: 0.4 s, 12 s, 3 min 5 s, 2 h 4 min. */
export function formatDuration(durationMs: number): string {
  if (durationMs < 9950) return `${(durationMs / 1000).toFixed(1)} s`
  const seconds = Math.round(durationMs / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  return minutes < 60 ? `${minutes} min ${seconds % 60} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** A shape as people write it: 1×3×224×224; symbolic dimensions by name, unnamed ones as "?". */
export function formatShape(shape: readonly (number | string)[]): string {
  return shape.length === 0 ? 'scalar' : shape.map(dim => (dim === '' ? '?' : String(dim))).join('×')
}
