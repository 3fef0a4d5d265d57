import { formatMs, formatPercent, groupThousands } from '#domain/display.ts'
import {
  cdf,
  counted,
  logHistogram,
  minMaxPerColumn,
  nearestRank,
  type SampleSeries,
  sortedPositive,
} from './sample-math.ts'
import { type ChartLine, type ChartSpec, seriesLook } from './spec.ts'
import { needsLog } from './ticks.ts'

/** Histogram over log latency with the cumulative share on the right axis; warm-up left out. */
export function distribution(samples: readonly SampleSeries[]): ChartSpec {
  const sorted = samples.map(each => ({ label: each.label, values: sortedPositive(counted(each)) })).filter(hasValues)
  const range = [
    Math.min(...sorted.map(each => each.values[0] ?? 0)),
    Math.max(...sorted.map(each => each.values.at(-1) ?? 0)),
  ] as const
  const alone = sorted.length === 1
  const lines = sorted.flatMap(({ label, values }, index): ChartLine[] => {
    const { color } = seriesLook(index)
    const name = alone ? '' : `${label}, `
    const cdfColor = alone ? 'c2' : color
    return [
      {
        label: alone ? 'calls' : label,
        color,
        stepped: true,
        fill: 'zero',
        points: histogramPoints(values, range, name),
      },
      {
        label: alone ? 'at or below' : `${label}, at or below`,
        color: cdfColor,
        axis: 'y2',
        dashed: true,
        points: cdf(values).map(({ latencyMs, share }) => ({
          x: latencyMs,
          y: share * 100,
          text: `${name}${formatPercent(share * 100)} at or below ${formatMs(latencyMs)} ms`,
        })),
      },
    ]
  })
  const only = alone ? sorted[0] : undefined
  return {
    x: { scale: 'log', label: 'latency, ms', ...widened(range) },
    y: { scale: 'linear', label: '% of calls', min: 0 },
    y2: { scale: 'linear', label: '% at or below', min: 0, max: 100 },
    lines,
    ...(only ? { marks: [50, 99, 90].map(p => ({ x: nearestRank(only.values, p), label: `p${p}` })) } : {}),
  }
}

function hasValues({ values }: { values: Float64Array }): boolean {
  return values.length > 0
}

/** Some room on both sides, so that the outermost bins stand free; more where all samples are equal. */
function widened([low, high]: readonly [number, number]): { min: number; max: number } {
  const room = Math.max(1.005, (high / low) ** 0.03)
  return { min: low / room, max: high * room }
}

function histogramPoints(values: Float64Array, range: readonly [number, number], name: string) {
  const { edgesMs, shares } = logHistogram(values, range)
  const points = shares.map((share, bin) => ({
    x: edgesMs[bin] ?? 0,
    y: share * 100,
    text: `${name}${formatPercent(share * 100)} of the calls from ${formatMs(edgesMs[bin])} to ${formatMs(edgesMs[bin + 1])} ms`,
  }))
  const edge = (x: number | undefined, share = 0) => ({ x: x ?? 0, y: share * 100, text: '', edge: true })
  return [edge(edgesMs[0]), ...points, edge(edgesMs.at(-1), shares.at(-1)), edge(edgesMs.at(-1))]
}

/** Every call in order of measurement; more than fit are drawn as lowest and highest of each pixel column. */
export function samplesOverTime(sample: SampleSeries, columns: number): ChartSpec {
  const { latenciesMs, warmup } = sample
  const drawn = minMaxPerColumn(latenciesMs, columns)
  const positive = latenciesMs.every(value => value > 0)
  const sorted = sortedPositive(counted(sample))
  const median = sorted.length > 0 ? nearestRank(sorted, 50) : undefined
  const uncounted = sample.uncountedAs ?? 'warm-up'
  return {
    x: { scale: 'linear', label: 'call', min: 0, max: Math.max(1, latenciesMs.length - 1) },
    y:
      positive && needsLog(drawn.map(each => each.latencyMs))
        ? { scale: 'log', label: 'ms' }
        : { scale: 'linear', label: 'ms', min: 0 },
    lines: [
      {
        label: sample.label,
        color: 'c1',
        thin: true,
        ...(drawn.length <= 120 ? { marker: 'circle' as const } : {}),
        points: drawn.map(({ call, latencyMs }) => ({
          x: call,
          y: latencyMs,
          text: `call ${groupThousands(String(call + 1))}${call < warmup ? `, ${uncounted}` : ''}: ${formatMs(latencyMs)} ms`,
        })),
      },
    ],
    ...(median === undefined ? {} : { levels: [{ y: median, label: `median ${formatMs(median)} ms` }] }),
    ...(warmup > 0 ? { region: { to: warmup - 0.5, label: `${uncounted}, not counted` } } : {}),
  }
}
