import type { Chart } from 'chart.js'
import { hatchLines } from './hatch.ts'
import { type Box, freePlace } from './labels.ts'
import type { Look } from './look.ts'
import { axisPlace, type ChartSpec } from './spec.ts'

const WIDEST_BAR_PX = 56
const SHARE_OF_PLACE = 0.62
const FONT_PX = 11

/** Stacked bars: each piece in its colour and hatching, a hair of space between two. */
export function drawBars(chart: Chart<'line'>, spec: ChartSpec, look: Look): void {
  const [x, y] = [chart.scales.x, chart.scales.y]
  if (!x || !y) return
  const gapPx = Math.abs(x.getPixelForValue(1) - x.getPixelForValue(0))
  const width = Math.min(WIDEST_BAR_PX, Math.max(2, gapPx * SHARE_OF_PLACE))
  const { ctx } = chart
  ctx.save()
  for (const { points, hatch, color } of spec.lines) {
    if (hatch === undefined) continue
    for (const { x: value, bar } of points) {
      if (bar === undefined) continue
      const left = x.getPixelForValue(axisPlace(spec.x, value)) - width / 2
      const [bottom, top] = [y.getPixelForValue(bar.from), y.getPixelForValue(bar.to)]
      const height = Math.max(0.4, bottom - top - 0.6)
      ctx.fillStyle = look.series[color]
      ctx.fillRect(left, top, width, height)
      if (height < 4 || hatch === 'plain') continue
      ctx.strokeStyle = look.surface
      ctx.lineWidth = 1
      ctx.setLineDash(hatch === 'dots' ? [1.5, 4] : [])
      ctx.beginPath()
      for (const [x1, y1, x2, y2] of hatchLines(hatch, { left, top, width, height })) {
        ctx.moveTo(x1, y1)
        ctx.lineTo(x2, y2)
      }
      ctx.stroke()
    }
  }
  ctx.restore()
}

/** Words beside the markers, clear of each other and of the lines where there is room; one that finds none is left out. */
export function drawPointLabels(chart: Chart<'line'>, spec: ChartSpec, look: Look): void {
  const { ctx, chartArea } = chart
  ctx.font = `${FONT_PX}px ${look.font}`
  ctx.textAlign = 'left'
  ctx.textBaseline = 'middle'
  const lines = spec.lines.map((_, index) => chart.getDatasetMeta(index).data.map(({ x, y }) => ({ x, y })))
  const area = { left: chartArea.left, right: chart.width - 2, top: chartArea.top, bottom: chartArea.bottom }
  const taken: Box[] = []
  for (const [index, line] of spec.lines.entries()) {
    const elements = chart.getDatasetMeta(index).data
    ctx.fillStyle = look.series[line.color]
    for (const [at, { label }] of line.points.entries()) {
      const element = elements[at]
      if (label === undefined || element === undefined) continue
      const place = freePlace(element, look.measure(label), { lines, taken, area })
      if (place === undefined) continue
      taken.push(place)
      ctx.fillText(label, place.left, (place.top + place.bottom) / 2)
    }
  }
}
