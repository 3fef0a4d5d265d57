import { formatDuration, formatMs, formatRate } from '#domain/display.ts'
import type { WindowFigures } from '#domain/point.ts'
import type { ChartLine, ChartPoint, ChartSpec } from './spec.ts'

/** Throughput and latency of each measurement window; those the point's figures come from are filled. */
export function windowsOverTime(windows: readonly WindowFigures[], latencyName: string): ChartSpec {
  const places = windows.map((_, index) => index + 1)
  const points = (value: (one: WindowFigures) => number | undefined, text: (y: number) => string): ChartPoint[] =>
    windows.flatMap((one, index): ChartPoint[] => {
      const y = value(one)
      if (y === undefined) return []
      const fate = one.counted ? 'counted' : 'not counted'
      const words = `window ${index + 1} of ${formatDuration(one.durationMs)}: ${text(y)}, ${fate}`
      return [{ x: index + 1, y, text: words, ...(one.counted ? {} : { hollow: true }) }]
    })
  const throughput = points(
    one => one.inferPerSec,
    y => `${formatRate(y)} inferences per second`,
  )
  const latency = points(
    one => one.latencyMs,
    y => `${latencyName} ${formatMs(y)} ms`,
  )
  const lines: ChartLine[] = [
    { label: 'inferences per second', color: 'c3', marker: 'circle', points: throughput },
    { label: `${latencyName} latency`, color: 'c1', marker: 'rect', points: latency, axis: 'y2', dashed: true },
  ]
  return {
    x: { scale: 'places', label: 'window; filled: counted', ticks: places },
    y: { scale: 'linear', label: 'infer/s', min: 0 },
    y2: { scale: 'linear', label: 'ms', min: 0 },
    lines: lines.filter(line => line.points.length > 0),
  }
}
