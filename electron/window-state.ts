import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { z } from 'zod'

/** Position and size in device-independent pixels. */
export interface Bounds {
  x: number
  y: number
  width: number
  height: number
}

const Pixels = z.int().min(-100_000).max(100_000)

const WindowState = z.object({
  bounds: z.object({ x: Pixels, y: Pixels, width: Pixels.positive(), height: Pixels.positive() }),
  maximized: z.boolean(),
})
export type WindowState = z.infer<typeof WindowState>

export const MINIMUM_SIZE = { width: 880, height: 560 }
const FIRST_SIZE = { width: 1280, height: 840 }

/** So much of the window's top edge has to be on a screen for the user to get hold of it. */
const GRIP = { width: 120, height: 32 }

/** The state of the last window, or undefined: no file, not JSON, not a state. A damaged file costs a position, no more. */
export function readWindowState(file: string): WindowState | undefined {
  try {
    return WindowState.safeParse(JSON.parse(readFileSync(file, 'utf8'))).data
  } catch {
    // First start, unreadable or not JSON: the window opens at its first size, and the next close writes a good file.
    return undefined
  }
}

/**
 * Written beside and renamed: another start never reads half a file. Synchronous because the window is closing.
 * @returns why it could not be kept; a lost position is no reason to stop anything
 */
export function writeWindowState(file: string, state: WindowState): Error | undefined {
  const draft = `${file}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(draft, `${JSON.stringify(state)}\n`)
    renameSync(draft, file)
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

/**
 * Where a window opens: as it was left, unless the screen it was on is gone or smaller now.
 * @param workAreas of the displays, the primary one first   @param left state of the last window
 * @param others windows already open: a new one is not put exactly over one of them
 */
export function placeWindow(
  left: WindowState | undefined,
  workAreas: readonly Bounds[],
  others: readonly Bounds[] = [],
): WindowState {
  const home = left && workAreas.find(area => holdsGrip(area, left.bounds))
  const area = home ?? workAreas[0] ?? { x: 0, y: 0, ...FIRST_SIZE }
  let bounds = home && left ? fitSize(left.bounds, area) : centred(fitSize({ x: 0, y: 0, ...FIRST_SIZE }, area), area)
  if (others.some(other => other.x === bounds.x && other.y === bounds.y)) bounds = stepAside(bounds, area)
  return { bounds, maximized: left?.maximized ?? false }
}

function holdsGrip(area: Bounds, window: Bounds): boolean {
  const visibleWidth = Math.min(area.x + area.width, window.x + window.width) - Math.max(area.x, window.x)
  const top = window.y - area.y
  return visibleWidth >= GRIP.width && top >= 0 && top <= area.height - GRIP.height
}

function centred(bounds: Bounds, area: Bounds): Bounds {
  return {
    ...bounds,
    x: area.x + Math.round((area.width - bounds.width) / 2),
    y: area.y + Math.round((area.height - bounds.height) / 2),
  }
}

/** At least the size the page is laid out for, never larger than the screen. */
function fitSize(bounds: Bounds, area: Bounds): Bounds {
  return {
    ...bounds,
    width: Math.min(Math.max(bounds.width, MINIMUM_SIZE.width), area.width),
    height: Math.min(Math.max(bounds.height, MINIMUM_SIZE.height), area.height),
  }
}

/** One title bar down and right; back to the screen's corner where that would leave it. */
function stepAside(bounds: Bounds, area: Bounds): Bounds {
  const x = bounds.x + GRIP.height
  const y = bounds.y + GRIP.height
  const fits = x + bounds.width <= area.x + area.width && y + bounds.height <= area.y + area.height
  return fits ? { ...bounds, x, y } : { ...bounds, x: area.x, y: area.y }
}
