/** What a chart shows, without saying how: drawn by chart-config.ts, read aloud and tabled by ChartFrame. */

export const SERIES_COLORS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'] as const
export type SeriesColor = (typeof SERIES_COLORS)[number]

/** Names of chart.js; the legend draws the same shapes. */
export const MARKERS = ['circle', 'rect', 'triangle', 'rectRot', 'crossRot', 'star'] as const
export type Marker = (typeof MARKERS)[number]

/** Colour and shape of the nth series: after six the colours come again with other shapes. */
export function seriesLook(index: number): { color: SeriesColor; marker: Marker } {
  const at = <T>(list: readonly T[], place: number, fallback: T) => list[place % list.length] ?? fallback
  return {
    color: at(SERIES_COLORS, index, 'c1'),
    marker: at(MARKERS, index + Math.floor(index / SERIES_COLORS.length), 'circle'),
  }
}

export interface ChartPoint {
  x: number
  y: number
  /** What tooltip and screen reader say: "batch 8: median 1.93 ms". */
  text: string
  /** Only a bound: drawn hollow. */
  hollow?: boolean
  /** Handed back on a click. */
  id?: string
  /** Only closes the outline of an area: no measured value, not read, no tooltip. */
  edge?: boolean
}

export interface ChartLine {
  label: string
  color: SeriesColor
  /** Absent: no markers. */
  marker?: Marker
  points: ChartPoint[]
  dashed?: boolean
  thin?: boolean
  /** Steps from point to point: bars of a histogram. */
  stepped?: boolean
  /** Tinted down to zero, or towards the line with this index. */
  fill?: 'zero' | number
  /** Words at its right end. */
  endLabel?: string
  axis?: 'y' | 'y2'
  /** Not read by arrow keys, not in the legend: an envelope of another line. */
  silent?: boolean
}

export interface ChartAxis {
  /** `log2` takes its values as ticks: batch sizes. */
  scale: 'linear' | 'log' | 'log2'
  /** Said at the axis: "ms", "batch size". */
  label: string
  min?: number
  max?: number
  ticks?: readonly number[]
}

export interface ChartSpec {
  x: ChartAxis
  y: ChartAxis
  y2?: ChartAxis
  lines: ChartLine[]
  /** Vertical lines with a word at the top: percentiles. Where words would collide, the earlier one stays. */
  marks?: { x: number; label: string }[]
  /** Horizontal lines with a word at the right: the median. */
  levels?: { y: number; label: string }[]
  /** Shaded from the left edge to `to`: the warm-up. */
  region?: { to: number; label: string }
}

/** Lines a reader walks through. */
export function readableLines(spec: ChartSpec): ChartLine[] {
  return spec.lines.filter(line => line.silent !== true && line.points.some(point => !point.edge))
}
