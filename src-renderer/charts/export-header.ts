import type { Plugin } from 'chart.js'
import type { Look } from './look.ts'
import { type ChartLine, type ChartSpec, readableLines } from './spec.ts'

export interface ExportFrame {
  title: string
  /** "lower is better" */
  direction: string
  width: number
  height: number
}

const TITLE_PX = 30
const ROW_PX = 16
const SWATCH_PX = 16
const MARGIN_PX = 10

/** Where each word of the legend stands: below the title, in as many rows as the width takes. */
function legendPlaces(spec: ChartSpec, look: Look, width: number): { line: ChartLine; x: number; row: number }[] {
  const lines = readableLines(spec)
  let [x, row] = [MARGIN_PX, 0]
  return (lines.length > 1 ? lines : []).map(line => {
    const wide = SWATCH_PX + look.measure(line.label)
    if (x > MARGIN_PX && x + wide > width - MARGIN_PX) [x, row] = [MARGIN_PX, row + 1]
    const place = { line, x, row }
    x += wide + 14
    return place
  })
}

/** Height of title and legend above the plot. */
export function headerPx(spec: ChartSpec, look: Look, { width }: ExportFrame): number {
  const last = legendPlaces(spec, look, width).at(-1)
  return TITLE_PX + (last === undefined ? 0 : (last.row + 1) * ROW_PX)
}

/** Title, direction and legend: on the page they are HTML around the chart. */
export function exportHeader(spec: ChartSpec, look: Look, frame: ExportFrame): Plugin<'line'> {
  const { title, direction, width, height } = frame
  return {
    id: 'batchscope-header',
    beforeDraw: ({ ctx }) => {
      ctx.save()
      ctx.fillStyle = look.surface
      ctx.fillRect(0, 0, width, height)
      ctx.textBaseline = 'middle'
      ctx.textAlign = 'left'
      ctx.fillStyle = look.text
      ctx.font = `600 13px ${look.font}`
      ctx.fillText(title, MARGIN_PX, 16)
      const besideTitle = MARGIN_PX + ctx.measureText(title).width + 10
      ctx.font = `11px ${look.font}`
      ctx.fillStyle = look.muted
      ctx.fillText(direction, besideTitle, 16)
      for (const { line, x, row } of legendPlaces(spec, look, width)) {
        const y = TITLE_PX + row * ROW_PX + 4
        ctx.fillStyle = look.series[line.color]
        ctx.fillRect(x, line.hatch ? y - 5 : y - 2, 12, line.hatch ? 10 : 4)
        ctx.fillText(line.label, x + SWATCH_PX, y)
      }
      ctx.restore()
    },
  }
}
