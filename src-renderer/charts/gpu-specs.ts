import { formatDuration, formatSignificant } from '#domain/display.ts'
import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import { isThrottled, throttleReason } from '#domain/throttle-reasons.ts'
import type { ChartLine, ChartPoint, ChartSpec, SeriesColor } from './spec.ts'

type Figure = Exclude<keyof GpuSample, 'atMs' | 'throttleReasons'>

/** One figure of a GPU as a line. */
interface FigureLook {
  figure: Figure
  label: string
  unit: string
  color: SeriesColor
  dashed?: boolean
  axis?: 'y2'
  /** From the stored unit to the shown one. */
  divide?: number
}

export const GPU_CHARTS = ['clocks', 'power', 'temperature', 'memory'] as const
export type GpuChart = (typeof GPU_CHARTS)[number]

const LOOKS: Readonly<Record<GpuChart, readonly FigureLook[]>> = {
  clocks: [
    { figure: 'smClockMHz', label: 'SM clock', unit: 'MHz', color: 'c1' },
    { figure: 'memoryClockMHz', label: 'memory clock', unit: 'MHz', color: 'c2', dashed: true },
  ],
  power: [{ figure: 'powerW', label: 'power', unit: 'W', color: 'c3' }],
  temperature: [
    { figure: 'temperatureC', label: 'temperature', unit: '°C', color: 'c4' },
    { figure: 'utilizationPercent', label: 'utilisation', unit: '%', color: 'c1', dashed: true, axis: 'y2' },
  ],
  memory: [{ figure: 'memoryUsedBytes', label: 'memory in use', unit: 'MiB', color: 'c5', divide: 2 ** 20 }],
}

export const GPU_CHART_TITLES: Readonly<Record<GpuChart, string>> = {
  clocks: 'Clocks',
  power: 'Power',
  temperature: 'Temperature and utilisation',
  memory: 'Memory of the GPU',
}

/** A stretch in which something held the clocks down, in ms of the series, with every reason seen in it. */
export interface ThrottledStretch {
  fromMs: number
  toMs: number
  reasons: string[]
}

/** Neighbouring throttled looks as one stretch; a look stands for the time until the next one. */
export function throttledStretches({ samples, everyMs }: Pick<GpuSeries, 'samples' | 'everyMs'>): ThrottledStretch[] {
  const stretches: ThrottledStretch[] = []
  let open: ThrottledStretch | undefined
  for (const [at, { atMs, throttleReasons = [] }] of samples.entries()) {
    if (!isThrottled(throttleReasons)) {
      open = undefined
      continue
    }
    const toMs = samples[at + 1]?.atMs ?? atMs + everyMs
    const reasons = throttleReasons.filter(id => throttleReason(id).holdsDown)
    if (open === undefined) {
      open = { fromMs: atMs, toMs, reasons: [] }
      stretches.push(open)
    }
    open.toMs = toMs
    open.reasons = [...new Set([...open.reasons, ...reasons])]
  }
  return stretches
}

/** "power cap, thermal (driver)". */
export function reasonWords(reasons: readonly string[]): string {
  return reasons.map(id => throttleReason(id).title).join(', ')
}

/** A moment of the run with a word: where a point began. */
export interface GpuMark {
  atMs: number
  label: string
}

/** A word nearer to the axis than this share of the width would cover it: the first point begins there anyway. */
const LEFT_EDGE = 0.05

/** One chart of a watched GPU over the seconds of the run. @param columns pixels of the plot */
export function gpuSpec(series: GpuSeries, chart: GpuChart, columns: number, marks: readonly GpuMark[]): ChartSpec {
  const { samples, powerLimitW } = series
  const lastMs = samples.at(-1)?.atMs ?? 1000
  const looks = LOOKS[chart]
  const lines = looks.map(look => figureLine(samples, look, columns)).filter(({ points }) => points.length > 0)
  const [first] = looks
  const second = looks.find(({ axis }) => axis === 'y2')
  const hasSecond = lines.some(({ axis }) => axis === 'y2')
  const limit = chart === 'power' && lines.length > 0 ? powerLimitW : undefined
  const toSeconds = (ms: number) => ms / 1000
  return {
    x: { scale: 'linear', label: 'seconds since the run began', min: 0, max: toSeconds(lastMs) },
    y: { scale: 'linear', label: first?.unit ?? '', min: 0, ...(limit === undefined ? {} : { max: limit * 1.1 }) },
    ...(second && hasSecond ? { y2: { scale: 'linear' as const, label: second.unit, min: 0, max: 100 } } : {}),
    lines,
    ...(limit === undefined ? {} : { levels: [{ y: limit, label: `limit ${formatSignificant(limit)} W` }] }),
    marks: marks
      .filter(({ atMs }) => atMs > LEFT_EDGE * lastMs)
      .map(({ atMs, label }) => ({ x: toSeconds(atMs), label })),
    bands: throttledStretches(series).map(({ fromMs, toMs, reasons }) => ({
      from: toSeconds(fromMs),
      to: toSeconds(toMs),
      label: reasonWords(reasons),
    })),
  }
}

function figureLine(samples: readonly GpuSample[], look: FigureLook, columns: number): ChartLine {
  const { figure, label, unit, color, dashed, axis, divide = 1 } = look
  const points = extremes(samples, figure, columns).map((sample): ChartPoint => {
    const y = (sample[figure] ?? 0) / divide
    const { atMs, throttleReasons = [] } = sample
    const held = isThrottled(throttleReasons) ? `, throttled: ${reasonWords(throttleReasons)}` : ''
    return { x: atMs / 1000, y, text: `${formatDuration(atMs)}: ${label} ${formatSignificant(y, 4)} ${unit}${held}` }
  })
  return { label, color, points, ...(dashed ? { dashed } : {}), ...(axis ? { axis } : {}) }
}

/** Samples that tell the figure; of more than two a column, the lowest and the highest of each, in order of time. */
function extremes(samples: readonly GpuSample[], figure: Figure, columns: number): GpuSample[] {
  const told = samples.filter(sample => sample[figure] !== undefined)
  const perColumn = Math.ceil(told.length / columns)
  if (perColumn <= 2) return told
  return Array.from({ length: Math.ceil(told.length / perColumn) }, (_, column) => {
    const own = told.slice(column * perColumn, (column + 1) * perColumn)
    const ordered = own.toSorted((a, b) => (a[figure] ?? 0) - (b[figure] ?? 0))
    const ends = [ordered[0], ordered.at(-1)].filter(sample => sample !== undefined)
    return [...new Set(ends)].toSorted((a, b) => a.atMs - b.atMs)
  }).flat()
}
