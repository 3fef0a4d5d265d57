import type { NameStore } from './name-store.ts'
import { COUNTER_PX, LANE_PX, laneHeight, type Row } from './rows.ts'
import { type SliceLook, TINTS, tintOf } from './slice-look.ts'
import type { LaneCells, TileStore } from './tiles.ts'
import type { Viewport } from './viewport.ts'

/** A narrower cell is a share of its pixels; a wider one a box with an edge. */
const BOX_PX = 2.5
const NAME_PX = 26
const CHARACTER_PX = 6.1
const NAME_FONT_PX = 11
/** A pixel with anything in it is seen: lone short slices do not vanish. */
const LEAST_OPACITY = 0.4
/** What is not of the highlighted name. */
const FADED = 0.25

export interface LanePainting {
  context: CanvasRenderingContext2D
  look: SliceLook
  view: Viewport
  widthPx: number
  /** Pixels of the device in one of CSS. */
  ratio: number
  store: TileStore
  names: Pick<NameStore, 'get'>
  /** Slices whose name is this are drawn as they are, the others faded. */
  highlight: string | undefined
}

interface Box {
  slice: number
  x: number
  width: number
  category: number
  name: number
}

/** Draws every lane of the rows; what is finer than a pixel goes through one image, a row of pixels a lane. */
export function paintLanes(rows: readonly Row[], scrollTop: number, painting: LanePainting): void {
  const lanes = rows.flatMap(row =>
    row.lanes.map((lane, index) => ({ lane, row, top: row.top - scrollTop + index * laneHeight(row) })),
  )
  const fine = new FineRows(painting, lanes.length)
  for (const [index, { lane, row, top }] of lanes.entries()) {
    if (row.track?.kind === 'counter') paintCounter(lane, top, painting)
    else paintBoxes(fine.collect(lane, index), top, painting)
  }
  fine.paint(lanes.map(({ top, row }) => (row.track?.kind === 'counter' ? undefined : top)))
}

/** Rows of pixels, one a lane, in which each pixel has the colour of what fills it most and is as dense as it is full. */
class FineRows {
  readonly #painting: LanePainting
  readonly #width: number
  readonly #image: ImageData
  readonly #pixels: Uint32Array
  readonly #full: Float32Array
  readonly #most: Float32Array

  constructor(painting: LanePainting, lanes: number) {
    this.#painting = painting
    this.#width = Math.max(1, Math.round(painting.widthPx * painting.ratio))
    this.#image = new ImageData(this.#width, Math.max(lanes, 1))
    this.#pixels = new Uint32Array(this.#image.data.buffer)
    this.#full = new Float32Array(this.#width)
    this.#most = new Float32Array(this.#width)
  }

  /** @returns the cells wide enough to be boxes, in device pixels */
  collect(lane: number, row: number): Box[] {
    const { store, view, widthPx, look } = this.#painting
    const boxes: Box[] = []
    const offset = row * this.#width
    const scale = this.#width / (view.endNs - view.startNs)
    this.#full.fill(0)
    this.#most.fill(0)
    store.visit(view, widthPx, lane, ({ cells, from, to }, clip) => {
      const { startNs, endNs, category, name, busy, slice } = cells
      for (let cell = firstEndingAfter(cells, from, to, clip.startNs); cell < to; cell++) {
        const start = Math.max(startNs[cell] ?? 0, clip.startNs)
        if (start >= clip.endNs) break
        const end = Math.min(endNs[cell] ?? 0, clip.endNs)
        const x = (start - view.startNs) * scale
        const width = (end - start) * scale
        if (x + width < 0 || x > this.#width) continue
        const kind = category[cell] ?? 0
        const id = name[cell] ?? 0
        const isOne = (busy[cell] ?? 0) > 0.99
        const before = boxes.at(-1)
        if (isOne && before !== undefined && before.slice === slice[cell])
          before.width = x + width - before.x // goes on in the next tile
        else if (isOne && width >= BOX_PX) boxes.push({ slice: slice[cell] ?? 0, x, width, category: kind, name: id })
        else {
          const color = look.pixels[kind * TINTS + tintOf(id)] ?? 0
          const weight = (busy[cell] ?? 0) * opacityOf(id, this.#painting)
          this.#fill(offset, x, width, weight, color)
        }
      }
    })
    this.#finish(offset)
    return boxes
  }

  #fill(offset: number, x: number, width: number, busy: number, color: number): void {
    const last = Math.min(this.#width - 1, Math.floor(x + Math.max(width, 1e-3)))
    for (let pixel = Math.max(0, Math.floor(x)); pixel <= last; pixel++) {
      const part = Math.max(0, Math.min(x + width, pixel + 1) - Math.max(x, pixel)) * busy
      this.#full[pixel] = (this.#full[pixel] ?? 0) + Math.max(part, 1e-3)
      if (part >= (this.#most[pixel] ?? 0)) {
        this.#most[pixel] = part
        this.#pixels[offset + pixel] = color
      }
    }
  }

  #finish(offset: number): void {
    const bytes = this.#image.data
    for (let pixel = 0; pixel < this.#width; pixel++) {
      const full = this.#full[pixel] ?? 0
      if (full > 0) bytes[(offset + pixel) * 4 + 3] = 255 * (LEAST_OPACITY + (1 - LEAST_OPACITY) * Math.min(1, full))
    }
  }

  paint(tops: readonly (number | undefined)[]): void {
    const { context, widthPx } = this.#painting
    const scratch = scratchCanvas(this.#width, this.#image.height)
    scratch.context?.putImageData(this.#image, 0, 0)
    context.imageSmoothingEnabled = false
    for (const [row, top] of tops.entries()) {
      if (top !== undefined) context.drawImage(scratch.canvas, 0, row, this.#width, 1, 0, top + 1, widthPx, LANE_PX - 2)
    }
  }
}

let scratch: { canvas: HTMLCanvasElement; context: CanvasRenderingContext2D | null } | undefined

/** One canvas for all: making one a frame would cost more than the painting. */
function scratchCanvas(width: number, height: number) {
  if (scratch === undefined) {
    const canvas = document.createElement('canvas')
    scratch = { canvas, context: canvas.getContext('2d', { willReadFrequently: true }) }
  }
  const { canvas } = scratch
  if (canvas.width < width) canvas.width = width
  if (canvas.height < height) canvas.height = height
  return scratch
}

function paintBoxes(boxes: readonly Box[], top: number, painting: LanePainting): void {
  const { context, look, ratio, widthPx, names } = painting
  context.font = `${NAME_FONT_PX}px ${look.font}`
  context.textBaseline = 'middle'
  for (const { x, width, category, name } of boxes) {
    const left = Math.max(0, x / ratio)
    const right = Math.min(widthPx, (x + width) / ratio)
    const wide = right - left
    context.globalAlpha = opacityOf(name, painting)
    context.fillStyle = look.fills[category * TINTS + tintOf(name)] ?? look.muted
    // A hair's breadth stays free at the right, so that neighbours are two.
    context.fillRect(left, top + 1, wide > 4 ? wide - 0.7 : wide, LANE_PX - 2)
    if (wide < NAME_PX || context.globalAlpha < 1) continue
    const text = names.get(name)
    if (text === undefined) continue
    context.fillStyle = look.texts[category] ?? look.text
    context.fillText(shortened(text, (wide - 8) / CHARACTER_PX), left + 4, top + LANE_PX / 2 + 0.5)
  }
  context.globalAlpha = 1
}

function opacityOf(name: number, { highlight, names }: LanePainting): number {
  return highlight === undefined || names.get(name) === highlight ? 1 : FADED
}

/** A step line from the axis up; `busy` is the value as a share of the counter's maximum. */
function paintCounter(lane: number, top: number, { context, look, view, widthPx, store }: LanePainting): void {
  const scale = widthPx / (view.endNs - view.startNs)
  const bottom = top + COUNTER_PX - 1
  context.fillStyle = look.fills[0] ?? look.muted
  store.visit(view, widthPx, lane, ({ cells, from, to }, clip) => {
    for (let cell = firstEndingAfter(cells, from, to, clip.startNs); cell < to; cell++) {
      const start = Math.max(cells.startNs[cell] ?? 0, clip.startNs)
      if (start >= clip.endNs) break
      const x = (start - view.startNs) * scale
      const width = Math.max(1, (Math.min(cells.endNs[cell] ?? 0, clip.endNs) - start) * scale)
      const height = Math.max(1, (cells.busy[cell] ?? 0) * (COUNTER_PX - 4))
      context.fillRect(x, bottom - height, width, height)
    }
  })
}

/** First cell of the lane that ends after `ns`; ends are in order, since cells of a lane never overlap. */
function firstEndingAfter({ endNs }: LaneCells['cells'], from: number, to: number, ns: number): number {
  let [low, high] = [from, to]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((endNs[middle] ?? 0) <= ns) low = middle + 1
    else high = middle
  }
  // A slice without length ends where it starts: it counts at the start of its tile.
  while (low > from && (endNs[low - 1] ?? 0) === ns) low--
  return low
}

function shortened(text: string, characters: number): string {
  const room = Math.floor(characters)
  return text.length <= room ? text : room < 3 ? '' : `${text.slice(0, room - 1)}…`
}
