import { SLICE_CATEGORIES, type SliceCategory } from '#domain/trace-category.ts'

/** Colours of slices as a canvas needs them: resolved for the present theme. */
export interface SliceLook {
  font: string
  text: string
  muted: string
  surface: string
  line: string
  hover: string
  accent: string
  warn: string
  /** By category × TINTS + tint. */
  fills: readonly string[]
  /** The same as bytes in memory order (RGBA), for rows of pixels. */
  pixels: Uint32Array
  /** Of a name on each category's fill. */
  texts: readonly string[]
}

/** Neighbours of one category differ a little by name, so that a row of kernels is not one bar. */
export const TINTS = 3
const TINT_STEP = 0.1
/** What a soft fill has of its colour; the name on it is in the text colour. */
const SOFT = 0.3

/** A token each; soft: in the background, so that what counts stands out. */
const STYLES: Readonly<Record<SliceCategory, { token: string; soft?: true }>> = {
  other: { token: 'c6', soft: true },
  op: { token: 'c3' },
  node: { token: 'c3' },
  annotation: { token: 'c6' },
  nvtx: { token: 'c6' },
  python: { token: 'c6', soft: true },
  'data-loading': { token: 'c5' },
  runtime: { token: 'c1', soft: true },
  sync: { token: 'c2' },
  library: { token: 'c4', soft: true },
  osrt: { token: 'muted', soft: true },
  overhead: { token: 'bad' },
  kernel: { token: 'c1' },
  communication: { token: 'c4' },
  memcpy: { token: 'c2' },
  memset: { token: 'c5' },
  graph: { token: 'c3' },
  'gpu-annotation': { token: 'c6' },
  'gpu-sync': { token: 'c2', soft: true },
}

export const SLICE_TITLES: Readonly<Record<SliceCategory, string>> = {
  other: 'Other',
  op: 'Operator',
  node: 'Graph node',
  annotation: 'Annotation',
  nvtx: 'NVTX range',
  python: 'Python',
  'data-loading': 'Data loading',
  runtime: 'CUDA/HIP call',
  sync: 'Waiting call',
  library: 'Library call',
  osrt: 'OS call',
  overhead: 'Profiler overhead',
  kernel: 'Kernel',
  communication: 'Communication',
  memcpy: 'Copy',
  memset: 'Fill',
  graph: 'CUDA graph',
  'gpu-annotation': 'Annotation on device',
  'gpu-sync': 'Device synchronisation',
}

type Rgb = readonly [number, number, number]

/** Reads the tokens where `element` stands. A probe resolves `light-dark()`, which a canvas would not. */
export function readSliceLook(element: HTMLElement): SliceLook {
  const probe = document.createElement('span')
  probe.hidden = true
  element.append(probe)
  const token = (name: string): Rgb => {
    probe.style.color = `var(--${name})`
    return parseRgb(getComputedStyle(probe).color)
  }
  const surface = token('surface')
  const onFill = css(token('on-accent'))
  const text = css(token('text'))
  const colors = SLICE_CATEGORIES.flatMap(category => {
    const { token: name, soft } = STYLES[category]
    const base = mix(token(name), surface, soft ? 1 - SOFT : 0)
    return Array.from({ length: TINTS }, (_, tint) => mix(base, surface, tint * TINT_STEP))
  })
  const look: SliceLook = {
    font: getComputedStyle(element).fontFamily,
    text,
    muted: css(token('muted')),
    surface: css(surface),
    line: css(token('line')),
    hover: css(token('hover')),
    accent: css(token('accent')),
    warn: css(token('warn')),
    fills: colors.map(css),
    pixels: pixelsOf(colors),
    texts: SLICE_CATEGORIES.map(category => (STYLES[category].soft ? text : onFill)),
  }
  probe.remove()
  return look
}

export function tintOf(name: number): number {
  return (name * 7) % TINTS
}

/** The token a category is drawn with, for a legend in the page. */
export function sliceStyle(category: SliceCategory): { token: string; soft: boolean } {
  const { token, soft = false } = STYLES[category]
  return { token, soft }
}

function parseRgb(color: string): Rgb {
  const [r = 0, g = 0, b = 0] = (color.match(/[\d.]+/g) ?? []).map(Number)
  return color.startsWith('color(') ? [r * 255, g * 255, b * 255] : [r, g, b]
}

function mix(color: Rgb, other: Rgb, share: number): Rgb {
  const [r, g, b] = color.map((value, index) => Math.round(value * (1 - share) + (other[index] ?? 0) * share))
  return [r ?? 0, g ?? 0, b ?? 0]
}

function css([r, g, b]: Rgb): string {
  return `rgb(${r}, ${g}, ${b})`
}

/** Opacity is left 0: the painter sets it by how full the pixel is. */
function pixelsOf(colors: readonly Rgb[]): Uint32Array {
  const bytes = new Uint8Array(colors.length * 4)
  for (const [index, rgb] of colors.entries()) bytes.set(rgb, index * 4)
  return new Uint32Array(bytes.buffer)
}
