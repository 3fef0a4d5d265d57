import { formatMs, formatRate } from '#domain/display.ts'
import type { BatchPoint, BatchSeries } from './batch-series.ts'
import { type ChartAxis, type ChartLine, type ChartPoint, type ChartSpec, seriesLook } from './spec.ts'
import { needsLog } from './ticks.ts'

function batchAxis(series: readonly BatchSeries[]): ChartAxis {
  const batches = new Set(series.flatMap(each => each.points.map(point => point.batch)))
  return { scale: 'log2', label: 'batch size', ticks: [...batches].toSorted((a, b) => a - b) }
}

function msAxis(lines: readonly ChartLine[]): ChartAxis {
  const values = lines.flatMap(line => line.points.map(point => point.y))
  return needsLog(values) ? { scale: 'log', label: 'ms' } : { scale: 'linear', label: 'ms', min: 0 }
}

function pointsOf(
  points: readonly BatchPoint[],
  value: (point: BatchPoint) => number | undefined,
  text: (y: number, point: BatchPoint) => string,
): ChartPoint[] {
  return points.flatMap(point => {
    const y = value(point)
    if (y === undefined) return []
    const id = point.pointId === undefined ? {} : { id: point.pointId }
    return [{ x: point.batch, y, text: `batch ${point.batch}: ${text(y, point)}`, ...id }]
  })
}

/** Median with its band up to p99. One series shows p99 as a line of its own; several show bands only, to stay legible. */
export function latencyByBatch(series: readonly BatchSeries[]): ChartSpec {
  const alone = series.length === 1
  const lines = series.flatMap((each, index): ChartLine[] => {
    const { color, marker } = seriesLook(index)
    const median = pointsOf(
      each.points,
      point => point.p50Ms,
      y => `median ${formatMs(y)} ms`,
    )
    const p99 = pointsOf(
      each.points,
      point => point.p99Ms,
      (y, point) => `p99 ${point.p99AtLeast ? 'at least ' : ''}${formatMs(y)} ms`,
    ).map(point => (isLowerBound(each, point.x) ? { ...point, hollow: true } : point))
    const name = alone ? '' : `${each.label}, `
    return [
      {
        label: alone ? 'median' : each.label,
        color,
        marker,
        points: named(median, name),
        endLabel: alone ? 'median' : each.label,
        fill: index * 2 + 1,
      },
      alone
        ? { label: 'p99', color: 'c2', marker: 'rect', points: p99, endLabel: 'p99' }
        : { label: `${each.label} p99`, color, points: p99, thin: true, dashed: true, silent: true },
    ]
  })
  return { x: batchAxis(series), y: msAxis(lines), lines }
}

function isLowerBound(series: BatchSeries, batch: number): boolean {
  return series.points.some(point => point.batch === batch && point.p99AtLeast === true)
}

export function throughputByBatch(series: readonly BatchSeries[]): ChartSpec {
  const alone = series.length === 1
  const lines = series.map((each, index): ChartLine => {
    const { color, marker } = alone ? ({ color: 'c3', marker: 'circle' } as const) : seriesLook(index)
    const label = alone ? 'FPS' : each.label
    const points = pointsOf(
      each.points,
      point => point.inferPerSec,
      y => `${formatRate(y)} samples per second`,
    )
    return { label, color, marker, points: named(points, alone ? '' : `${each.label}, `), endLabel: label }
  })
  return { x: batchAxis(series), y: { scale: 'linear', label: 'FPS', min: 0 }, lines }
}

function named(points: ChartPoint[], name: string): ChartPoint[] {
  return name === '' ? points : points.map(point => ({ ...point, text: name + point.text }))
}
