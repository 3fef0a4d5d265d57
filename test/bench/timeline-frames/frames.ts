/** Frames of one way to move. */
export const FRAMES = 240
const BUDGET_MS = 16.7

export const FRAME_HEAD = [
  '| | median ms | p95 ms | a frame or more late | main thread ms a frame |',
  '|---|---:|---:|---:|---:|',
]

/** @param intervalsMs between frames as the browser delivered them, of all runs */
export function frameRow(way: string, intervalsMs: readonly number[], taskMs: number): string {
  const late = intervalsMs.filter(ms => ms > BUDGET_MS * 1.5).length / intervalsMs.length
  const cells = [way, quantile(intervalsMs, 0.5).toFixed(1), quantile(intervalsMs, 0.95).toFixed(1)]
  return `| ${[...cells, `${(100 * late).toFixed(1)} %`, taskMs.toFixed(2)].join(' | ')} |`
}

/** Nearest rank of 0..1; NaN of none. */
export function quantile(values: readonly number[], q: number): number {
  return values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * q))] ?? Number.NaN
}
