import { chartConfig, type LineConfig } from './chart-config.ts'
import { BasicPlatform, Chart } from './chart-js.ts'
import { type ExportFrame, exportHeader, headerPx } from './export-header.ts'
import type { Look } from './look.ts'
import type { ChartSpec } from './spec.ts'
import { SvgContext } from './svg-context.ts'

const PNG_SCALE = 2

/** The chart as vectors, drawn by the same code as on screen into a recorder. */
export function chartSvg(spec: ChartSpec, look: Look, frame: ExportFrame): string {
  const measuring = document.createElement('canvas').getContext('2d')
  const recorder = new SvgContext(frame.title, frame.width, frame.height, (text, font) => {
    if (!measuring) return text.length * 6
    measuring.font = font
    return measuring.measureText(text).width
  })
  // chart.js only ever asks this object for a context and its size; BasicPlatform keeps the DOM out.
  const canvas = recorder.canvas as unknown as HTMLCanvasElement
  Object.assign(canvas, { canvas: undefined })
  drawOnce(canvas, spec, look, frame, 1)
  return recorder.toSvg({ background: look.surface, title: `${frame.title}, ${frame.direction}` })
}

/** The chart as a picture with twice the pixels of the screen. */
export function chartPng(spec: ChartSpec, look: Look, frame: ExportFrame): Promise<Blob> {
  const canvas = document.createElement('canvas')
  canvas.width = frame.width
  canvas.height = frame.height
  drawOnce(canvas, spec, look, frame, PNG_SCALE)
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('The browser could not make a PNG'))), 'image/png')
  })
}

function drawOnce(canvas: HTMLCanvasElement, spec: ChartSpec, look: Look, frame: ExportFrame, scale: number): void {
  const config = chartConfig(spec, look)
  const padding = config.options?.layout?.padding
  const chart = new Chart(canvas, {
    ...config,
    platform: BasicPlatform,
    options: {
      ...config.options,
      responsive: false,
      devicePixelRatio: scale,
      layout: {
        padding: {
          ...(typeof padding === 'object' ? padding : {}),
          top: headerPx(spec, look, frame) + 24,
          left: 8,
          bottom: 8,
        },
      },
    },
    plugins: [...(config.plugins ?? []), exportHeader(spec, look, frame)],
  } satisfies LineConfig)
  chart.stop()
}
