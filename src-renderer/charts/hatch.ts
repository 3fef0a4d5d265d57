import type { Hatch } from './spec.ts'

export interface Box {
  left: number
  top: number
  width: number
  height: number
}
export type Segment = readonly [x1: number, y1: number, x2: number, y2: number]

const STEP_PX = 6

/** Lines that fill a box, ended at its edges: drawn the same on a canvas, in an SVG and in the page. Pure. */
export function hatchLines(hatch: Hatch, box: Box): Segment[] {
  switch (hatch) {
    case 'plain':
      return []
    case 'level':
    case 'dots':
      return level(box)
    case 'up':
      return slanted(box)
    case 'down':
      return slanted(box).map(([x1, y1, x2, y2]) => [mirrored(x1, box), y1, mirrored(x2, box), y2])
  }
}

function level({ left, top, width, height }: Box): Segment[] {
  const lines: Segment[] = []
  for (let y = top + STEP_PX / 2; y < top + height; y += STEP_PX) lines.push([left, y, left + width, y])
  return lines
}

/** From bottom left to top right, 45°. */
function slanted({ left, top, width, height }: Box): Segment[] {
  const lines: Segment[] = []
  for (let offset = STEP_PX; offset < width + height; offset += STEP_PX) {
    const start = Math.max(0, offset - height)
    const end = Math.min(width, offset)
    lines.push([left + start, top + offset - start, left + end, top + offset - end])
  }
  return lines
}

function mirrored(x: number, { left, width }: Box): number {
  return 2 * left + width - x
}
