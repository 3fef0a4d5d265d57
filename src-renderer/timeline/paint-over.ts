import { IDLE_REASONS, type SliceDetail } from '#domain/trace.ts'
import { translucent } from '../charts/look.ts'
import { LANE_PX, laneHeight, type Row } from './rows.ts'
import type { SliceLook } from './slice-look.ts'
import { formatNs, timeTicks } from './time-text.ts'
import type { Gaps } from './timeline.svelte.ts'
import type { Viewport } from './viewport.ts'

/** What lies under and over the slices: ruler, gaps, range, marks, arrows. Sizes in CSS pixels. */
export interface OverPainting {
  context: CanvasRenderingContext2D
  look: SliceLook
  view: Viewport
  /** Where the trace starts: times are shown from there. */
  originNs: number
  widthPx: number
  heightPx: number
}

export const RULER_PX = 24
const LEAST_GAP_PX = 3

const xOf = (ns: number, { view, widthPx }: OverPainting) =>
  ((ns - view.startNs) / (view.endNs - view.startNs)) * widthPx

export function ticksOf({
  view,
  originNs,
  widthPx,
}: Pick<OverPainting, 'view' | 'originNs' | 'widthPx'>): { atNs: number; text: string }[] {
  return timeTicks(view.startNs - originNs, view.endNs - originNs, widthPx).map(({ atNs, text }) => ({
    atNs: atNs + originNs,
    text,
  }))
}

/** Times along the top, and a faint line down from each. */
export function paintRuler(painting: OverPainting): void {
  const { context, look, heightPx } = painting
  context.font = `11px ${look.font}`
  context.textBaseline = 'middle'
  for (const { atNs, text } of ticksOf(painting)) {
    const x = Math.round(xOf(atNs, painting)) + 0.5
    context.fillStyle = look.line
    context.fillRect(x, RULER_PX - 5, 1, heightPx)
    context.fillStyle = look.muted
    // A number cut off at the edge would read as another number.
    if (x + 4 + context.measureText(text).width <= painting.widthPx) context.fillText(text, x + 4, RULER_PX / 2)
  }
}

export function paintGrid(painting: OverPainting): void {
  const { context, look, heightPx } = painting
  context.fillStyle = look.line
  for (const { atNs } of ticksOf(painting)) {
    context.fillRect(Math.round(xOf(atNs, painting)), 0, 1, heightPx)
  }
}

/** Idle stretches of a device behind its streams: hatched the way of their reason, which the legend names. */
export function paintGaps(row: Row, top: number, gaps: Gaps, painting: OverPainting): void {
  const { context, look, widthPx } = painting
  const height = laneHeight(row) * Math.max(1, row.lanes.length)
  for (let index = 0; index < gaps.startNs.length; index++) {
    const left = Math.max(0, xOf(gaps.startNs[index] ?? 0, painting))
    const right = Math.min(widthPx, xOf(gaps.endNs[index] ?? 0, painting))
    if (right - left < LEAST_GAP_PX) continue
    context.fillStyle = gapPattern(context, gaps.reason[index] ?? 0, look)
    context.fillRect(left, top, right - left, height)
  }
}

/** Lines of another slope for each reason: seen without colour. */
const SLOPES: readonly ('up' | 'down' | 'level' | 'upright' | 'cross')[] = ['up', 'level', 'down', 'upright', 'cross']
const PATTERN_PX = 8
let patterns: { look: SliceLook; made: Map<number, CanvasPattern> } | undefined

function gapPattern(context: CanvasRenderingContext2D, reason: number, look: SliceLook): CanvasPattern | string {
  if (patterns?.look !== look) patterns = { look, made: new Map() }
  const known = patterns.made.get(reason)
  if (known) return known
  const tile = document.createElement('canvas')
  tile.width = PATTERN_PX
  tile.height = PATTERN_PX
  const pen = tile.getContext('2d')
  if (pen) {
    pen.strokeStyle = translucent(reason < IDLE_REASONS.length - 1 ? look.warn : look.muted, 0.55)
    pen.lineWidth = 1
    pen.beginPath()
    for (const [x1, y1, x2, y2] of strokes(SLOPES[reason] ?? 'cross')) {
      pen.moveTo(x1, y1)
      pen.lineTo(x2, y2)
    }
    pen.stroke()
  }
  const pattern = context.createPattern(tile, 'repeat')
  if (pattern) patterns.made.set(reason, pattern)
  return pattern ?? look.hover
}

function strokes(slope: (typeof SLOPES)[number]): [number, number, number, number][] {
  const p = PATTERN_PX
  switch (slope) {
    case 'up':
      return [
        [0, p, p, 0],
        [-1, 1, 1, -1],
        [p - 1, p + 1, p + 1, p - 1],
      ]
    case 'down':
      return [
        [0, 0, p, p],
        [-1, p - 1, 1, p + 1],
        [p - 1, -1, p + 1, 1],
      ]
    case 'level':
      return [[0, p / 2, p, p / 2]]
    case 'upright':
      return [[p / 2, 0, p / 2, p]]
    case 'cross':
      return [
        [0, p / 2, p, p / 2],
        [p / 2, 0, p / 2, p],
      ]
  }
}

/** A range with its edges and its length. */
export function paintRange(range: Viewport, painting: OverPainting, withText: boolean): void {
  const { context, look, heightPx, widthPx } = painting
  const left = xOf(range.startNs, painting)
  const right = xOf(range.endNs, painting)
  if (right < 0 || left > widthPx) return
  context.fillStyle = translucent(look.accent, 0.14)
  context.fillRect(left, 0, Math.max(1, right - left), heightPx)
  context.fillStyle = look.accent
  context.fillRect(left, 0, 1, heightPx)
  context.fillRect(right - 1, 0, 1, heightPx)
  if (!withText) return
  const text = formatNs(range.endNs - range.startNs)
  context.font = `600 11px ${look.font}`
  context.textBaseline = 'middle'
  const width = context.measureText(text).width
  const x = Math.max(4, Math.min(widthPx - width - 4, (left + right - width) / 2))
  context.fillStyle = look.surface
  context.fillRect(x - 3, 4, width + 6, RULER_PX - 8)
  context.fillStyle = look.accent
  context.fillText(text, x, RULER_PX / 2)
}

export function paintMark(range: Viewport, painting: OverPainting): void {
  const { context, look, heightPx } = painting
  context.strokeStyle = look.accent
  context.setLineDash([4, 3])
  context.beginPath()
  for (const ns of [range.startNs, range.endNs]) {
    const x = Math.round(xOf(ns, painting)) + 0.5
    context.moveTo(x, 0)
    context.lineTo(x, heightPx)
  }
  context.stroke()
  context.setLineDash([])
}

const HIT_PX = 5

/** A tick at the lower edge for each pixel in which a searched slice starts. @param startsNs ascending */
export function paintHits(startsNs: Float64Array, painting: OverPainting): void {
  const { context, look, view, widthPx, heightPx } = painting
  context.fillStyle = look.warn
  let last = Number.NEGATIVE_INFINITY
  for (const ns of startsNs) {
    if (ns > view.endNs) break
    if (ns < view.startNs) continue
    const x = Math.min(widthPx - 2, Math.floor(xOf(ns, painting)))
    if (x - last < 2) continue
    last = x
    context.fillRect(x, heightPx - HIT_PX, 2, HIT_PX)
  }
}

export function paintHover(ns: number, painting: OverPainting): void {
  const { context, look, heightPx } = painting
  context.fillStyle = translucent(look.muted, 0.5)
  context.fillRect(Math.round(xOf(ns, painting)), 0, 1, heightPx)
}

/** A frame around the chosen slice, and arrows to what it is linked with where both are on the screen. */
export function paintChosen(
  detail: SliceDetail,
  laneTop: (lane: number) => number | undefined,
  painting: OverPainting,
): void {
  const { context, look } = painting
  const top = laneTop(detail.lane)
  if (top === undefined) return
  const left = xOf(detail.startNs, painting)
  const right = Math.max(left + 3, xOf(detail.startNs + detail.durationNs, painting))
  context.strokeStyle = look.text
  context.lineWidth = 2
  context.strokeRect(left, top + 1, right - left, LANE_PX - 2)
  context.lineWidth = 1.5
  for (const link of detail.links) {
    const otherTop = laneTop(link.lane)
    if (otherTop === undefined) continue
    const later = link.startNs >= detail.startNs
    const from = later ? { x: xOf(detail.startNs, painting), y: top } : { x: xOf(link.startNs, painting), y: otherTop }
    const to = later ? { x: xOf(link.startNs, painting), y: otherTop } : { x: left, y: top }
    paintArrow(from, to, painting)
  }
  context.lineWidth = 1
}

function paintArrow(
  from: { x: number; y: number },
  to: { x: number; y: number },
  { context, look, widthPx }: OverPainting,
): void {
  if (Math.max(from.x, to.x) < -widthPx || Math.min(from.x, to.x) > 2 * widthPx) return
  const [y1, y2] = [from.y + LANE_PX / 2, to.y + LANE_PX / 2]
  const bend = Math.max(20, Math.abs(to.x - from.x) / 2)
  context.strokeStyle = look.text
  context.beginPath()
  context.moveTo(from.x, y1)
  context.bezierCurveTo(from.x + bend, y1, to.x - bend, y2, to.x, y2)
  context.stroke()
  context.fillStyle = look.text
  context.beginPath()
  context.moveTo(to.x, y2)
  context.lineTo(to.x - 6, y2 - 3.5)
  context.lineTo(to.x - 6, y2 + 3.5)
  context.fill()
}
