import { formatMs, formatRate } from '#domain/display.ts'
import type { LatencyMs } from '#domain/point.ts'
import { AXIS_TITLES, type LoadAxis, type LoadPoint, type LoadSeries } from './load-series.ts'
import { type ChartAxis, type ChartColor, type ChartLine, type ChartPoint, type ChartSpec, seriesLook } from './spec.ts'
import { needsLog } from './ticks.ts'

/** The latency a chart looks at. */
export type LatencyStatistic = 'mean' | 'p50' | 'p90' | 'p95' | 'p99'
export const STATISTIC_TITLES: Readonly<Record<LatencyStatistic, string>> = {
  mean: 'average',
  p50: 'median',
  p90: 'p90',
  p95: 'p95',
  p99: 'p99',
}

/** Values closer than this have no room for their words on a binary axis. */
const LEAST_LOG2_RATIO = 1.4

function loadAxis(series: readonly LoadSeries[], axis: LoadAxis): ChartAxis {
  const ticks = [...new Set(series.flatMap(each => each.points.map(point => point.x)))].toSorted((a, b) => a - b)
  const label = AXIS_TITLES[axis]
  const isSpread = ticks.every((tick, index) => index === 0 || tick >= LEAST_LOG2_RATIO * (ticks[index - 1] ?? 0))
  return isSpread ? { scale: 'log2', label, ticks } : { scale: 'linear', label, min: 0 }
}

function msAxis(lines: readonly ChartLine[]): ChartAxis {
  const values = lines.flatMap(line => line.points.map(point => point.y))
  return needsLog(values) ? { scale: 'log', label: 'ms' } : { scale: 'linear', label: 'ms', min: 0 }
}

interface Figure {
  axis: LoadAxis
  series: LoadSeries
  alone: boolean
}

function pointsOf(
  { axis, series, alone }: Figure,
  value: (point: LoadPoint) => number | undefined,
  text: (y: number) => string,
): ChartPoint[] {
  return series.points.flatMap(point => {
    const y = value(point)
    if (y === undefined) return []
    const words = `${AXIS_TITLES[axis]} ${point.x}: ${text(y)}${point.doubted ? ', flagged' : ''}`
    return [
      {
        x: point.x,
        y,
        id: point.pointId,
        text: alone ? words : `${series.label}, ${words}`,
        ...(point.doubted ? { hollow: true } : {}),
      },
    ]
  })
}

/** One series: median, p95 and p99. Several: the median of each with a thin p99, to stay legible. */
export function latencyByLoad(series: readonly LoadSeries[], axis: LoadAxis): ChartSpec {
  const alone = series.length === 1
  const latency = (of: LoadSeries, statistic: keyof LatencyMs, name: string) =>
    pointsOf(
      { axis, series: of, alone },
      point => point.latencyMs[statistic],
      y => `${name} ${formatMs(y)} ms`,
    )
  const lines = series.flatMap((each, index): ChartLine[] => {
    if (alone) return percentileLines((statistic, name) => latency(each, statistic, name))
    const { color, marker } = seriesLook(index)
    return [
      { label: each.label, color, marker, points: latency(each, 'p50', 'median') },
      {
        label: `${each.label}, p99`,
        color,
        points: latency(each, 'p99', 'p99'),
        thin: true,
        dashed: true,
        silent: true,
      },
    ]
  })
  return { x: loadAxis(series, axis), y: msAxis(lines), lines }
}

/** Lines of the percentiles that were measured. */
export function percentileLines(
  pointsFor: (statistic: 'p50' | 'p95' | 'p99', name: string) => ChartPoint[],
  /** One colour for all, where the others mean parts. */
  only?: ChartColor,
): ChartLine[] {
  const line = (
    statistic: 'p50' | 'p95' | 'p99',
    name: string,
    look: Pick<ChartLine, 'color' | 'marker' | 'dashed'>,
  ) => ({
    label: name,
    endLabel: name,
    points: pointsFor(statistic, name),
    ...look,
    ...(only === undefined ? {} : { color: only }),
  })
  return [
    line('p50', 'median', { color: 'c1', marker: 'circle' }),
    line('p95', 'p95', { color: 'c4', marker: 'triangle', dashed: true }),
    line('p99', 'p99', { color: 'c2', marker: 'rect', dashed: true }),
  ].filter(({ points }) => points.length > 0)
}

export function throughputByLoad(series: readonly LoadSeries[], axis: LoadAxis): ChartSpec {
  const alone = series.length === 1
  const lines = series.map((each, index): ChartLine => {
    const { color, marker } = alone ? ({ color: 'c3', marker: 'circle' } as const) : seriesLook(index)
    return {
      label: alone ? 'inferences per second' : each.label,
      color,
      marker,
      points: pointsOf(
        { axis, series: each, alone },
        point => point.inferPerSec,
        y => `${formatRate(y)} inferences per second`,
      ),
    }
  })
  return { x: loadAxis(series, axis), y: { scale: 'linear', label: 'infer/s', min: 0 }, lines }
}

/** Each point at its latency and throughput, joined in the order of the load and labelled with it. */
export function throughputVsLatency(
  series: readonly LoadSeries[],
  axis: LoadAxis,
  statistic: LatencyStatistic,
): ChartSpec {
  const alone = series.length === 1
  const lines = series.map((each, index): ChartLine => {
    const { color, marker } = seriesLook(index)
    const points = each.points.flatMap((point): ChartPoint[] => {
      const [x, y] = [point.latencyMs[statistic], point.inferPerSec]
      if (x === undefined || y === undefined) return []
      const words = `${AXIS_TITLES[axis]} ${point.x}: ${formatRate(y)} inferences per second at ${formatMs(x)} ms`
      return [
        {
          x,
          y,
          id: point.pointId,
          label: point.label,
          text: `${alone ? '' : `${each.label}, `}${words}${point.doubted ? ', flagged' : ''}`,
          ...(point.doubted ? { hollow: true } : {}),
        },
      ]
    })
    return { label: each.label, color, marker, points }
  })
  const label = `${STATISTIC_TITLES[statistic]} latency, ms; numbers at the points: ${AXIS_TITLES[axis]}`
  const latencies = lines.flatMap(line => line.points.map(point => point.x))
  const x: ChartAxis = needsLog(latencies) ? { scale: 'log', label } : { scale: 'linear', label, min: 0 }
  return { x, y: { scale: 'linear', label: 'infer/s', min: 0 }, lines, wanders: true }
}
