import { cellsInView } from './hit.ts'
import { paintLanes } from './paint-lanes.ts'
import { paintGaps, paintGrid, paintRange, paintRuler, RULER_PX, ticksOf } from './paint-over.ts'
import { LANE_PX, laneHeight, type Row } from './rows.ts'
import { type SliceLook, TINTS, tintOf } from './slice-look.ts'
import type { TimelineState } from './timeline.svelte.ts'

/** The view as a picture for a report: title, ruler, every row that is drawn, also those scrolled out of sight. */

const HEAD_PX = 220
const TITLE_PX = 30
const PNG_SCALE = 2
const NAME_PX = 26
const CHARACTER_PX = 6.1
/** A canvas taller than this is refused by browsers; rows beyond it are left out. */
const MOST_PX = 8000

interface Sheet {
  rows: Row[]
  width: number
  height: number
}

function sheetOf({ rows, store, view, widthPx }: TimelineState): Sheet {
  let top = TITLE_PX + RULER_PX
  const placed: Row[] = []
  for (const row of [...rows.pinned, ...rows.main]) {
    if (!store.has(view, widthPx, row.lanes) || top + row.height > MOST_PX) continue
    placed.push({ ...row, top })
    top += row.height
  }
  return { rows: placed, width: HEAD_PX + widthPx, height: top + 8 }
}

/** @throws Error when the browser makes no picture of it */
export async function pngOf(timeline: TimelineState, look: SliceLook, title: string): Promise<Blob> {
  const { rows, width, height } = sheetOf(timeline)
  const canvas = document.createElement('canvas')
  canvas.width = width * PNG_SCALE
  canvas.height = height * PNG_SCALE
  const context = canvas.getContext('2d')
  if (context === null) throw new Error('The browser gave no canvas to paint on')
  context.scale(PNG_SCALE, PNG_SCALE)
  context.fillStyle = look.surface
  context.fillRect(0, 0, width, height)
  context.fillStyle = look.text
  context.textBaseline = 'middle'
  context.font = `600 13px ${look.font}`
  context.fillText(title, 8, TITLE_PX / 2)
  for (const row of rows) {
    context.fillStyle = look.text
    context.font = `${row.kind === 'group' ? '600 ' : ''}12px ${look.font}`
    context.fillText(headText(row), row.kind === 'group' ? 8 : 20, row.top + LANE_PX / 2 + 1, HEAD_PX - 28)
  }
  paintTimes(context, timeline, look, rows, height)
  return new Promise((resolve, reject) => {
    canvas.toBlob(blob => (blob ? resolve(blob) : reject(new Error('The browser could not make a PNG'))), 'image/png')
  })
}

function paintTimes(
  context: CanvasRenderingContext2D,
  { view, trace, store, names, gaps, range, widthPx, highlight }: TimelineState,
  look: SliceLook,
  rows: readonly Row[],
  height: number,
): void {
  context.save()
  context.translate(HEAD_PX, TITLE_PX)
  const painting = { context, look, view, originNs: trace.startNs, widthPx, heightPx: height - TITLE_PX }
  context.beginPath()
  context.rect(0, 0, widthPx, height)
  context.clip()
  paintRuler({ ...painting, heightPx: RULER_PX })
  context.translate(0, RULER_PX)
  paintGrid(painting)
  const scrolled = TITLE_PX + RULER_PX
  for (const row of rows) {
    const idle = row.track?.kind === 'stream' ? gaps.get(row.track.device ?? -1) : undefined
    if (idle) paintGaps(row, row.top - scrolled, idle, painting)
  }
  paintLanes(rows, scrolled, { context, look, view, widthPx, ratio: PNG_SCALE, store, names, highlight })
  if (range) paintRange(range, painting, false)
  context.restore()
}

/** The same as vectors: every cell a rectangle with its name and length as its tooltip. */
export function svgOf(timeline: TimelineState, look: SliceLook, title: string): string {
  const { rows, width, height } = sheetOf(timeline)
  const { view, trace, widthPx } = timeline
  const x = (ns: number) => HEAD_PX + ((ns - view.startNs) / (view.endNs - view.startNs)) * widthPx
  const ticks = ticksOf({ view, originNs: trace.startNs, widthPx }).map(
    ({ atNs, text }) =>
      `<path d="M${px(x(atNs))} ${TITLE_PX + RULER_PX - 5}V${height}" stroke="${look.line}"/>` +
      textAt(x(atNs) + 4, TITLE_PX + RULER_PX / 2, text, look.muted, 11),
  )
  const heads = rows.map(row =>
    textAt(
      row.kind === 'group' ? 8 : 20,
      row.top + LANE_PX / 2 + 1,
      headText(row),
      look.text,
      12,
      row.kind === 'group',
    ),
  )
  const cells = rows.flatMap(row =>
    row.lanes.map((lane, index) => laneSvg(timeline, look, row, lane, row.top + index * laneHeight(row), x)),
  )
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(look.font)}">`,
    `<title>${escaped(title)}</title><rect width="100%" height="100%" fill="${look.surface}"/>`,
    textAt(8, TITLE_PX / 2, title, look.text, 13, true),
    ...ticks,
    ...heads,
    ...cells,
    '</svg>',
  ].join('\n')
}

function laneSvg(
  { store, view, widthPx, names }: TimelineState,
  look: SliceLook,
  row: Row,
  lane: number,
  top: number,
  x: (ns: number) => number,
): string {
  const isCounter = row.track?.kind === 'counter'
  const full = laneHeight(row) - 2
  return cellsInView(store, view, widthPx, lane)
    .map(({ startNs, endNs, name, category, busy, count }) => {
      const left = x(Math.max(startNs, view.startNs))
      const width = Math.max(0.4, x(Math.min(endNs, view.endNs)) - left)
      const height = isCounter ? Math.max(1, busy * full) : full
      const fill = isCounter ? look.fills[0] : look.fills[category * TINTS + tintOf(name)]
      const text = names.get(name) ?? ''
      const opacity = isCounter || count === 1 ? '' : ` opacity="${(0.4 + 0.6 * Math.min(1, busy)).toFixed(2)}"`
      const box = `<rect x="${px(left)}" y="${px(top + 1 + full - height)}" width="${px(width)}" height="${px(height)}" fill="${fill ?? look.muted}"${opacity}><title>${escaped(text)}</title></rect>`
      const room = Math.floor((width - 8) / CHARACTER_PX)
      if (isCounter || width < NAME_PX || text === '') return box
      const label = text.length <= room ? text : `${text.slice(0, Math.max(0, room - 1))}…`
      return box + textAt(left + 4, top + LANE_PX / 2 + 0.5, label, look.texts[category] ?? look.text, 11)
    })
    .join('')
}

function headText({ title, track }: Row): string {
  return track?.unit === undefined ? title : `${title}, ${track.unit}`
}

function textAt(x: number, y: number, text: string, fill: string, size: number, bold = false): string {
  return `<text x="${px(x)}" y="${px(y)}" dominant-baseline="central" font-size="${size}"${bold ? ' font-weight="600"' : ''} fill="${fill}">${escaped(text)}</text>`
}

function px(value: number): string {
  return String(Math.round(value * 100) / 100)
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
