import { formatMs, formatPercent } from '#domain/display.ts'
import { sumOfParts } from '#domain/part-titles.ts'
import { AXIS_TITLES, type LoadAxis, type LoadPoint, type LoadSeries } from './load-series.ts'
import { percentileLines } from './load-specs.ts'
import { PART_LOOKS, type PartLook } from './parts.ts'
import type { ChartLine, ChartPoint, ChartSpec } from './spec.ts'

/** Room above the highest bar or marker. */
const HEADROOM = 1.06

/** Bars stacked of the parts of a mean request over the load, with the percentiles as lines above them. */
export function partsByLoad({ points }: LoadSeries, axis: LoadAxis): ChartSpec {
  const bars = PART_LOOKS.map(
    ({ name, title, color, hatch }): ChartLine => ({
      label: title,
      color,
      hatch,
      points: points.flatMap(point => piece(point, name, title, axis)),
    }),
  ).filter(line => line.points.length > 0)
  const measured = points.filter(point => point.partsMs !== undefined)
  const lines = percentileLines(
    (statistic, name) =>
      measured.flatMap(({ x, pointId, latencyMs }): ChartPoint[] => {
        const y = latencyMs[statistic]
        if (y === undefined) return []
        return [{ x, y, id: pointId, text: `${AXIS_TITLES[axis]} ${x}: ${name} ${formatMs(y)} ms` }]
      }),
    'c6',
  )
  const tops = [...bars, ...lines].flatMap(line => line.points.map(point => point.bar?.to ?? point.y))
  return {
    x: { scale: 'places', label: AXIS_TITLES[axis], ticks: measured.map(point => point.x) },
    y: { scale: 'linear', label: 'ms', min: 0, max: Math.max(0, ...tops) * HEADROOM },
    lines: bars.length === 0 ? [] : [...bars, ...lines],
  }
}

function piece(point: LoadPoint, name: PartLook['name'], title: string, axis: LoadAxis): ChartPoint[] {
  const { partsMs, x, pointId } = point
  const value = partsMs?.[name]
  const sum = sumOfParts(partsMs)
  if (value === undefined || sum === undefined) return []
  const before = PART_LOOKS.slice(
    0,
    PART_LOOKS.findIndex(part => part.name === name),
  ).reduce((total, part) => total + (partsMs?.[part.name] ?? 0), 0)
  const share = sum === 0 ? '' : `, ${formatPercent((100 * value) / sum)}`
  return [
    {
      x,
      y: before + value / 2,
      id: pointId,
      bar: { from: before, to: before + value },
      text: `${AXIS_TITLES[axis]} ${x}: ${title.toLowerCase()} ${formatMs(value)} ms${share}`,
    },
  ]
}
