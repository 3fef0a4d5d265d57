import { linearTicks } from './ticks.ts'

/** A value at a time; `undefined` breaks the line: not measured, or the counters began anew. */
export interface LivePoint {
  atMs: number
  value: number | undefined
}

export interface LiveLine {
  label: string
  points: readonly LivePoint[]
}

export interface LiveScale {
  fromMs: number
  toMs: number
  /** Top of the axis; its bottom is 0. */
  max: number
  ticks: readonly number[]
}

const TICKS = 2
/** The highest value stays this much below the top. */
const HEADROOM = 1.08

/** Axis from 0 to a round number above all values; `least`: never lower, so that noise of an idle server looks idle. */
export function liveScale(
  lines: readonly LiveLine[],
  { toMs, spanMs, least = 0, most }: { toMs: number; spanMs: number; least?: number; most?: number },
): LiveScale {
  const values = lines.flatMap(line => line.points.map(point => point.value ?? 0))
  const highest = most ?? Math.max(least, ...values) * HEADROOM
  const step = linearTicks(0, highest || 1, TICKS)[1] ?? (highest || 1)
  const max = most ?? Math.max(step, Math.ceil(highest / step) * step)
  return { fromMs: toMs - spanMs, toMs, max, ticks: linearTicks(0, max, TICKS) }
}

/** SVG path of a line in a box of `width` × `height`; a new piece after every gap. Points before the scale are left out. */
export function livePath(
  points: readonly LivePoint[],
  scale: LiveScale,
  { width, height }: { width: number; height: number },
): string {
  let path = ''
  let drawing = false
  for (const { atMs, value } of points) {
    if (value === undefined || atMs < scale.fromMs) {
      drawing = false
      continue
    }
    const x = ((atMs - scale.fromMs) / (scale.toMs - scale.fromMs)) * width
    const y = height - (Math.min(value, scale.max) / scale.max) * height
    path += `${drawing ? 'L' : 'M'}${x.toFixed(1)},${y.toFixed(1)}`
    drawing = true
  }
  return path
}

export function lastValue({ points }: LiveLine): number | undefined {
  return points.at(-1)?.value
}

/** Rows of the chart's table: a time each, a column a line, the latest first. */
export function liveRows(lines: readonly LiveLine[]): { atMs: number; values: (number | undefined)[] }[] {
  const times = [...new Set(lines.flatMap(line => line.points.map(point => point.atMs)))].toSorted((a, b) => b - a)
  const byTime = lines.map(line => new Map(line.points.map(point => [point.atMs, point.value])))
  return times.map(atMs => ({ atMs, values: byTime.map(line => line.get(atMs)) }))
}
