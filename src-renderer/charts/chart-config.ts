import type { ChartConfiguration, ChartDataset, ScaleOptionsByType } from 'chart.js'
import { decorations } from './decorations.ts'
import { fitText } from './labels.ts'
import { type Look, translucent } from './look.ts'
import { axisPlace, type ChartAxis, type ChartLine, type ChartPoint, type ChartSpec, readableLines } from './spec.ts'
import { linearTicks, logTicks, tickText } from './ticks.ts'

export type LineConfig = ChartConfiguration<'line', ChartPoint[]>

const FONT_PX = 11
const WIDEST_LABEL_PX = 150
/** Of both y axes: the plot keeps its place while values grow. */
const Y_AXIS_PX = 46

/** A spec as chart.js wants it. Never animated: rows arrive while it is read. */
export function chartConfig(spec: ChartSpec, look: Look): LineConfig {
  const font = { family: look.font, size: FONT_PX }
  return {
    type: 'line',
    data: { datasets: spec.lines.map((line, index) => dataset(line, index, spec, look)) },
    options: {
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      parsing: false,
      font,
      layout: { padding: { top: 24, right: endLabelRoom(spec, look), bottom: 0, left: 0 } },
      interaction: { mode: 'nearest', intersect: false, axis: freePointer(spec) ? 'xy' : 'x' },
      scales: {
        x: scaleOf(spec.x, look, { position: 'bottom' }),
        y: scaleOf(filled(spec, 'y'), look, { position: 'left' }),
        ...(spec.y2 ? { y2: scaleOf(spec.y2, look, { position: 'right' }) } : {}),
      },
      plugins: {
        tooltip: {
          mode: 'nearest',
          intersect: false,
          axis: 'xy',
          animation: false,
          displayColors: false,
          backgroundColor: look.text,
          bodyColor: look.surface,
          bodyFont: font,
          padding: 6,
          caretSize: 4,
          cornerRadius: 5,
          filter: item =>
            spec.lines[item.datasetIndex]?.silent !== true &&
            pointAt(spec, item.datasetIndex, item.dataIndex)?.edge !== true,
          callbacks: { title: () => '', label: item => pointAt(spec, item.datasetIndex, item.dataIndex)?.text ?? '' },
        },
      },
    },
    plugins: [decorations(spec, look)],
  }
}

/** Bars and lines that go back along x have several points above one place. */
function freePointer(spec: ChartSpec): boolean {
  return spec.wanders === true || spec.lines.some(line => line.hatch !== undefined)
}

function pointAt(spec: ChartSpec, line: number, index: number): ChartPoint | undefined {
  return spec.lines[line]?.points[index]
}

/** A log axis without limits gets those of its values: chart.js alone would round to whole decades. */
function filled(spec: ChartSpec, axis: 'y'): ChartAxis {
  const own = spec[axis]
  if (own.scale !== 'log' || own.min !== undefined) return own
  const values = spec.lines
    .filter(line => (line.axis ?? 'y') === axis)
    .flatMap(line => line.points.map(point => point.y))
  return { ...own, min: Math.min(...values) / 1.15, max: Math.max(...values) * 1.15 }
}

function endLabelRoom(spec: ChartSpec, look: Look): number {
  const widths = [...spec.lines.map(line => line.endLabel), ...(spec.levels ?? []).map(level => level.label)].map(
    label => (label === undefined ? 0 : look.measure(fitText(label, WIDEST_LABEL_PX, look.measure)) + 14),
  )
  return Math.max(spec.y2 ? 0 : 12, ...widths)
}

function dataset(line: ChartLine, index: number, spec: ChartSpec, look: Look): ChartDataset<'line', ChartPoint[]> {
  const color = look.series[line.color]
  const tint = translucent(color, 0.15)
  const several = readableLines(spec).length > 1
  return {
    label: line.label,
    data: line.points.map(point => ({ ...point, x: axisPlace(spec.x, point.x) })),
    yAxisID: line.axis ?? 'y',
    borderColor: color,
    borderWidth: line.hatch ? 0 : line.thin ? 1 : 2,
    showLine: line.hatch === undefined,
    borderDash: line.dashed ? [4, 3] : [],
    backgroundColor: tint,
    fill:
      line.fill === undefined
        ? false
        : line.fill === 'zero'
          ? 'origin'
          : { value: undefined, target: line.fill, above: tint, below: tint },
    stepped: line.stepped ? 'before' : false,
    tension: 0,
    // Markers at the edges are drawn whole.
    clip: 8,
    order: several ? index : 0,
    pointStyle: line.marker ?? false,
    pointRadius: line.marker ? (line.points.length > 30 ? 2 : 3.5) : 0,
    pointHoverRadius: line.hatch ? 4 : 5,
    pointHitRadius: 12,
    pointBackgroundColor: line.points.map(point => (point.hollow ? look.surface : color)),
    pointBorderColor: color,
    pointBorderWidth: 1.5,
    pointHoverBorderWidth: 2,
    // Direct drawing instead of a cached Path2D, which the SVG recorder could not read back.
    segment: {},
  }
}

type Scales = ScaleOptionsByType<'linear' | 'logarithmic'>

function scaleOf(axis: ChartAxis, look: Look, { position }: { position: 'bottom' | 'left' | 'right' }) {
  const isLog = axis.scale === 'log'
  const vertical = position !== 'bottom'
  return {
    type: isLog ? ('logarithmic' as const) : ('linear' as const),
    position,
    ...(axis.min === undefined ? {} : { min: axis.min }),
    ...(axis.max === undefined ? {} : { max: axis.max }),
    ...(axis.scale === 'log2' ? log2Range(axis) : {}),
    ...(axis.scale === 'places' ? { min: -0.5, max: (axis.ticks ?? []).length - 0.5 } : {}),
    grid: {
      color: look.grid,
      drawOnChartArea: position === 'left',
      drawTicks: !vertical,
      tickLength: 4,
      tickColor: look.axis,
    },
    border: { display: !vertical, color: look.axis },
    ticks: {
      color: look.muted,
      padding: 4,
      maxRotation: 0,
      autoSkipPadding: 8,
      font: { family: look.font, size: FONT_PX },
      callback: (value: number | string) => tickText(valueAt(axis, Number(value))),
    },
    afterBuildTicks: (scale: { min: number; max: number; ticks: { value: number }[] }) => {
      scale.ticks = ticksOf(axis, scale.min, scale.max, vertical ? 6 : 9).map(value => ({ value }))
    },
    afterFit: (scale: { width: number }) => {
      if (vertical) scale.width = Y_AXIS_PX
    },
    title: {
      display: !vertical,
      text: axis.label,
      align: 'start' as const,
      color: look.muted,
      padding: { top: 0, bottom: 0 },
      font: { family: look.font, size: FONT_PX },
    },
  } satisfies { [Key in keyof Scales]?: unknown } & { type: string }
}

/** Batches stand at their binary logarithm; a single one gets room on both sides. */
function log2Range({ ticks = [] }: ChartAxis): { min: number; max: number } {
  const places = ticks.map(Math.log2)
  const [first = 0, last = 0] = [places[0], places.at(-1)]
  return first === last ? { min: first - 1, max: last + 1 } : { min: first, max: last }
}

/** The value that stands at a place: the other way round of `axisPlace`. */
function valueAt(axis: ChartAxis, place: number): number {
  if (axis.scale === 'log2') return 2 ** place
  return axis.scale === 'places' ? (axis.ticks?.[place] ?? place) : place
}

function ticksOf(axis: ChartAxis, min: number, max: number, count: number): number[] {
  if (axis.scale === 'log2' || axis.scale === 'places') return (axis.ticks ?? []).map(tick => axisPlace(axis, tick))
  return axis.scale === 'log' ? logTicks(min, max, count) : linearTicks(min, max, count)
}
