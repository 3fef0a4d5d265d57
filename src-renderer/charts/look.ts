import { type ChartColor, PART_COLORS, SERIES_COLORS } from './spec.ts'

/** Tokens as a canvas needs them: resolved for the present theme. */
export interface Look {
  font: string
  text: string
  muted: string
  grid: string
  axis: string
  surface: string
  warn: string
  series: Readonly<Record<ChartColor, string>>
  /** Width of a text of the axis font in px. */
  measure: (text: string) => number
}

const AXIS_FONT_PX = 11

/** Reads the tokens where `element` stands. A probe resolves `light-dark()`, which a canvas would not. */
export function readLook(element: HTMLElement): Look {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const token = (name: string) => {
    probe.style.color = `var(--${name})`
    return getComputedStyle(probe).color
  }
  const font = getComputedStyle(element).fontFamily
  const context = document.createElement('canvas').getContext('2d')
  if (context) context.font = `${AXIS_FONT_PX}px ${font}`
  const look: Look = {
    font,
    text: token('text'),
    muted: token('muted'),
    grid: token('grid'),
    axis: token('axis'),
    surface: token('surface'),
    warn: token('warn'),
    series: seriesColors(token),
    measure: text => context?.measureText(text).width ?? text.length * 6,
  }
  probe.remove()
  return look
}

function seriesColors(token: (name: ChartColor) => string): Look['series'] {
  const names: ChartColor[] = [...SERIES_COLORS, ...PART_COLORS.map(part => `part-${part}` as const)]
  const colors: Partial<Record<ChartColor, string>> = {}
  for (const name of names) colors[name] = token(name)
  return colors as Record<ChartColor, string> // every name was just set
}

/** `rgb(11, 99, 165)` → the same with an opacity. A colour in another notation is kept and drawn as it is. */
export function translucent(color: string, opacity: number): string {
  const parts = color
    .match(/^rgba?\(([^)]+)\)$/)?.[1]
    ?.split(/[,\s/]+/)
    .slice(0, 3)
  return parts?.length === 3 ? `rgba(${parts.join(', ')}, ${opacity})` : color
}

/** Calls back when the theme, the system's theme or forced colours change. @returns a function that stops */
export function onLookChange(listener: () => void): () => void {
  const observer = new MutationObserver(listener)
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] })
  const queries = ['(prefers-color-scheme: dark)', '(forced-colors: active)'].map(query => matchMedia(query))
  for (const query of queries) query.addEventListener('change', listener)
  return () => {
    observer.disconnect()
    for (const query of queries) query.removeEventListener('change', listener)
  }
}
