import type { Chart, Plugin } from 'chart.js'
import { drawBars, drawPointLabels } from './bars.ts'
import { hatchLines } from './hatch.ts'
import { fitText, spreadLabels } from './labels.ts'
import { type Look, translucent } from './look.ts'
import type { ChartSpec } from './spec.ts'

const FONT_PX = 11
const LINE_PX = 13

/** What chart.js has no option for: unit at the y axes, words at line ends, percentile marks, levels, the warm-up region, hatched stretches. */
export function decorations(spec: ChartSpec, look: Look): Plugin<'line'> {
  return {
    id: 'batchscope-decorations',
    beforeDatasetsDraw: chart => {
      drawRegion(chart, spec, look)
      drawBands(chart, spec, look)
      drawBars(chart, spec, look)
    },
    afterDatasetsDraw: chart => {
      drawUnits(chart, spec, look)
      drawMarks(chart, spec, look)
      drawBandLabels(chart, spec, look)
      drawPointLabels(chart, spec, look)
      drawEndLabels(chart, spec, look)
    },
  }
}

function write(chart: Chart<'line'>, look: Look, color: string, align: CanvasTextAlign): CanvasRenderingContext2D {
  const { ctx } = chart
  ctx.font = `${FONT_PX}px ${look.font}`
  ctx.fillStyle = color
  ctx.textAlign = align
  ctx.textBaseline = 'middle'
  return ctx
}

function drawUnits(chart: Chart<'line'>, spec: ChartSpec, look: Look): void {
  const { left, top } = chart.chartArea
  // A long word goes on over the plot rather than out of the picture.
  const start = Math.max(2, left - 4 - look.measure(spec.y.label))
  write(chart, look, look.muted, 'left').fillText(spec.y.label, start, top - 15)
  if (spec.y2) write(chart, look, look.muted, 'right').fillText(spec.y2.label, chart.width - 2, top - 15)
}

function drawRegion(chart: Chart<'line'>, { region }: ChartSpec, look: Look): void {
  const x = chart.scales.x
  if (!region || !x) return
  const { left, right, top, bottom } = chart.chartArea
  const edge = Math.min(right, Math.max(left + 2, x.getPixelForValue(region.to)))
  const { ctx } = chart
  ctx.save()
  ctx.fillStyle = translucent(look.warn, 0.16)
  ctx.fillRect(left, top, edge - left, bottom - top)
  vertical(ctx, edge, top, bottom, look.warn)
  ctx.restore()
  const roomRight = right - edge > look.measure(region.label) + 12
  write(chart, look, look.warn, roomRight ? 'left' : 'right').fillText(
    region.label,
    edge + (roomRight ? 6 : -6),
    top + 8,
  )
}

/** Never thinner than this: a stretch of one sample is still seen. */
const LEAST_BAND_PX = 3

function bandBoxes(chart: Chart<'line'>, { bands = [] }: ChartSpec) {
  const x = chart.scales.x
  const { left, right, top, bottom } = chart.chartArea
  if (!x) return []
  return bands.map(({ from, to, label }) => {
    const start = Math.max(left, Math.min(right - LEAST_BAND_PX, x.getPixelForValue(from)))
    const end = Math.min(right, Math.max(start + LEAST_BAND_PX, x.getPixelForValue(to)))
    return { label, left: start, top, width: end - start, height: bottom - top }
  })
}

function drawBands(chart: Chart<'line'>, spec: ChartSpec, look: Look): void {
  const { ctx } = chart
  ctx.save()
  for (const box of bandBoxes(chart, spec)) {
    ctx.fillStyle = translucent(look.warn, 0.12)
    ctx.fillRect(box.left, box.top, box.width, box.height)
    ctx.strokeStyle = translucent(look.warn, 0.45)
    ctx.lineWidth = 1
    ctx.setLineDash([])
    ctx.beginPath()
    for (const [x1, y1, x2, y2] of hatchLines('up', box)) {
      ctx.moveTo(x1, y1)
      ctx.lineTo(x2, y2)
    }
    ctx.stroke()
  }
  ctx.restore()
}

function drawBandLabels(chart: Chart<'line'>, spec: ChartSpec, look: Look): void {
  const { right, bottom } = chart.chartArea
  let free = Number.NEGATIVE_INFINITY
  for (const { label, left } of bandBoxes(chart, spec)) {
    const at = Math.max(chart.chartArea.left, Math.min(left + 2, right - look.measure(label) - 2))
    if (at < free) continue
    free = at + look.measure(label) + 4
    write(chart, look, look.warn, 'left').fillText(label, at, bottom - 8)
  }
}

function drawMarks(chart: Chart<'line'>, { marks = [], levels = [] }: ChartSpec, look: Look): void {
  const { left, right, top, bottom } = chart.chartArea
  const [x, y] = [chart.scales.x, chart.scales.y]
  if (!x || !y) return
  const { ctx } = chart
  const taken: [number, number][] = []
  for (const { x: value, label } of marks) {
    const at = x.getPixelForValue(value)
    ctx.save()
    vertical(ctx, at, top, bottom, look.muted)
    ctx.restore()
    // A word that would cover an earlier one is left out; its line stays.
    const half = look.measure(label) / 2
    if (taken.some(([from, to]) => at + half > from - 4 && at - half < to + 4)) continue
    taken.push([at - half, at + half])
    write(chart, look, look.muted, 'center').fillText(label, at, top - 8)
  }
  for (const { y: value, label } of levels) {
    const at = y.getPixelForValue(value)
    ctx.save()
    ctx.strokeStyle = look.muted
    ctx.lineWidth = 1
    ctx.setLineDash([3, 3])
    ctx.beginPath()
    ctx.moveTo(left, at)
    ctx.lineTo(right, at)
    ctx.stroke()
    ctx.restore()
    write(chart, look, look.muted, 'left').fillText(label, right + 6, at)
  }
}

function vertical(ctx: CanvasRenderingContext2D, x: number, top: number, bottom: number, color: string): void {
  ctx.strokeStyle = color
  ctx.lineWidth = 1
  ctx.setLineDash([3, 3])
  ctx.beginPath()
  ctx.moveTo(x, top)
  ctx.lineTo(x, bottom)
  ctx.stroke()
}

function drawEndLabels(chart: Chart<'line'>, spec: ChartSpec, look: Look): void {
  const ends = spec.lines.flatMap((line, index) => {
    const last = chart.getDatasetMeta(index).data.at(-1)
    return line.endLabel === undefined || !last ? [] : [{ line, label: line.endLabel, x: last.x, y: last.y }]
  })
  const hasBars = spec.lines.some(line => line.hatch !== undefined)
  const { top, bottom, right } = chart.chartArea
  const places = spreadLabels(
    ends.map(end => end.y),
    LINE_PX,
    top,
    bottom,
  )
  for (const [index, { line, label, x }] of ends.entries()) {
    // Beside bars there is no room at the line's end: the last bar may be wider.
    const start = (hasBars ? right : Math.min(x, right)) + 8
    const text = fitText(label, chart.width - start, look.measure)
    write(chart, look, look.series[line.color], 'left').fillText(text, start, places[index] ?? 0)
  }
}
