/** What a chart shows, without saying how: drawn by chart-config.ts, read aloud and tabled by ChartFrame. */

export const SERIES_COLORS = ['c1', 'c2', 'c3', 'c4', 'c5', 'c6'] as const
export type SeriesColor = (typeof SERIES_COLORS)[number]

/** Parts of a request: the same colour for the same part everywhere; order and hatching tell them apart beside it. */
export const PART_COLORS = ['send', 'net', 'queue', 'in', 'infer', 'out', 'hit', 'miss', 'recv'] as const
export type PartColor = `part-${(typeof PART_COLORS)[number]}`
/** Name of a colour token. */
export type ChartColor = SeriesColor | PartColor

/** How the surface of a bar is drawn: colour alone never tells two neighbours apart. */
export const HATCHES = ['plain', 'up', 'down', 'level', 'dots'] as const
export type Hatch = (typeof HATCHES)[number]

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
  /** A piece of a stacked bar; `y` is then its middle, so that a pointer inside finds it. */
  bar?: { from: number; to: number }
  /** Word beside the marker: the concurrency of a point. Where words would collide, the earlier one stays. */
  label?: string
}

export interface ChartLine {
  label: string
  color: ChartColor
  /** Absent: no markers. */
  marker?: Marker
  points: ChartPoint[]
  dashed?: boolean
  thin?: boolean
  /** Its points are pieces of bars. */
  hatch?: Hatch
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
  /** `log2` takes its values as ticks: batch sizes. `places`: the ticks at equal distances, for bars. */
  scale: 'linear' | 'log' | 'log2' | 'places'
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
  /** A line may go back along x: the pointer then looks for the nearest point in both directions. */
  wanders?: boolean
  /** Vertical lines with a word at the top: percentiles. Where words would collide, the earlier one stays. */
  marks?: { x: number; label: string }[]
  /** Horizontal lines with a word at the right: the median. */
  levels?: { y: number; label: string }[]
  /** Shaded from the left edge to `to`: the warm-up. */
  region?: { to: number; label: string }
  /** Hatched stretches with a word at the bottom: throttled. Where words would collide, the earlier one stays. */
  bands?: { from: number; to: number; label: string }[]
}

/** Lines a reader walks through. */
export function readableLines(spec: ChartSpec): ChartLine[] {
  return spec.lines.filter(line => line.silent !== true && line.points.some(point => !point.edge))
}

/** Where a value stands along an axis, in the units chart.js draws. */
export function axisPlace(axis: ChartAxis, value: number): number {
  if (axis.scale === 'log2') return Math.log2(value)
  return axis.scale === 'places' ? (axis.ticks ?? []).indexOf(value) : value
}
