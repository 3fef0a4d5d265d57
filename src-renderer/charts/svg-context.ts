/**
 * The part of CanvasRenderingContext2D that our charts use, written down as SVG: paths stay paths, text stays text.
 * Points are transformed as they come (as a canvas does), so the output carries no transforms but those of rotated text.
 */

type Matrix = [a: number, b: number, c: number, d: number, e: number, f: number]

const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0]

/** Styles under canvas names, saved and restored together. */
function startStyle() {
  return {
    fillStyle: '#000',
    strokeStyle: '#000',
    lineWidth: 1,
    lineCap: 'butt',
    lineJoin: 'miter',
    globalAlpha: 1,
    font: '10px sans-serif',
    textAlign: 'start',
    textBaseline: 'alphabetic',
    matrix: IDENTITY,
    dash: [] as number[],
    clip: '',
  }
}

const STYLE_NAMES = [
  'fillStyle',
  'strokeStyle',
  'lineWidth',
  'lineCap',
  'lineJoin',
  'globalAlpha',
  'font',
  'textAlign',
  'textBaseline',
] as const

/** `measure` gives the width of a text in a font, as the page's canvas would. */
export class SvgContext {
  fillStyle = '#000'
  strokeStyle = '#000'
  lineWidth = 1
  lineCap = 'butt'
  lineJoin = 'miter'
  globalAlpha = 1
  font = '10px sans-serif'
  textAlign = 'start'
  textBaseline = 'alphabetic'
  readonly canvas: { width: number; height: number; getContext: () => SvgContext }
  #measure: (text: string, font: string) => number
  #out: string[] = []
  #clips: string[] = []
  #stack: ReturnType<typeof startStyle>[] = []
  #matrix: Matrix = IDENTITY
  #dash: number[] = []
  #idStart: string
  #clip = ''
  #path = ''

  /** @param name starts the ids inside, so that several pictures can stand in one document */
  constructor(name: string, width: number, height: number, measure: (text: string, font: string) => number) {
    this.#idStart = name.replaceAll(/[^\w-]+/g, '-')
    this.canvas = { width, height, getContext: () => this }
    this.#measure = measure
  }

  /** The whole picture. @param background colour behind everything   @param title for readers of the file */
  toSvg({ background, title }: { background: string; title: string }): string {
    const { width, height } = this.canvas
    return [
      `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">`,
      `<title>${markup(title)}</title>`,
      ...(this.#clips.length > 0 ? [`<defs>${this.#clips.join('')}</defs>`] : []),
      `<rect width="${width}" height="${height}" fill="${markup(background)}"/>`,
      ...this.#out,
      '</svg>',
    ].join('\n')
  }

  save(): void {
    const style = { ...startStyle(), matrix: this.#matrix, dash: this.#dash, clip: this.#clip }
    for (const name of STYLE_NAMES) Object.assign(style, { [name]: this[name] })
    this.#stack.push(style)
  }

  restore(): void {
    const style = this.#stack.pop()
    if (!style) return
    for (const name of STYLE_NAMES) Object.assign(this, { [name]: style[name] })
    this.#matrix = style.matrix
    this.#dash = style.dash
    this.#clip = style.clip
  }

  translate(x: number, y: number): void {
    this.#multiply([1, 0, 0, 1, x, y])
  }

  scale(x: number, y: number): void {
    this.#multiply([x, 0, 0, y, 0, 0])
  }

  rotate(angle: number): void {
    const [cos, sin] = [Math.cos(angle), Math.sin(angle)]
    this.#multiply([cos, sin, -sin, cos, 0, 0])
  }

  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void {
    this.#matrix = [a, b, c, d, e, f]
  }

  resetTransform(): void {
    this.#matrix = IDENTITY
  }

  setLineDash(dash: number[]): void {
    this.#dash = [...dash]
  }

  beginPath(): void {
    this.#path = ''
  }

  closePath(): void {
    this.#path += 'Z'
  }

  moveTo(x: number, y: number): void {
    this.#path += `M${this.#point(x, y)}`
  }

  lineTo(x: number, y: number): void {
    this.#path += `${this.#path === '' ? 'M' : 'L'}${this.#point(x, y)}`
  }

  bezierCurveTo(x1: number, y1: number, x2: number, y2: number, x: number, y: number): void {
    this.#path += `C${this.#point(x1, y1)} ${this.#point(x2, y2)} ${this.#point(x, y)}`
  }

  rect(x: number, y: number, width: number, height: number): void {
    this.moveTo(x, y)
    this.lineTo(x + width, y)
    this.lineTo(x + width, y + height)
    this.lineTo(x, y + height)
    this.closePath()
  }

  /** Cubic pieces of at most a quarter turn: exact to 0.03 % of the radius, and right under any transform. */
  arc(x: number, y: number, radius: number, start: number, end: number, counterclockwise = false): void {
    let sweep = end - start
    const full = Math.PI * 2
    if (Math.abs(sweep) >= full) sweep = counterclockwise ? -full : full
    else if (counterclockwise && sweep > 0) sweep -= full
    else if (!counterclockwise && sweep < 0) sweep += full
    const pieces = Math.max(1, Math.ceil(Math.abs(sweep) / (Math.PI / 2) - 1e-9))
    const step = sweep / pieces
    const handle = (4 / 3) * Math.tan(step / 4) * radius
    this.lineTo(x + radius * Math.cos(start), y + radius * Math.sin(start))
    for (let piece = 0; piece < pieces; piece++) {
      const [from, to] = [start + piece * step, start + (piece + 1) * step]
      const [x0, y0] = [x + radius * Math.cos(from), y + radius * Math.sin(from)]
      const [x1, y1] = [x + radius * Math.cos(to), y + radius * Math.sin(to)]
      this.bezierCurveTo(
        x0 - handle * Math.sin(from),
        y0 + handle * Math.cos(from),
        x1 + handle * Math.sin(to),
        y1 - handle * Math.cos(to),
        x1,
        y1,
      )
    }
  }

  fill(): void {
    if (this.#path !== '') this.#emit(`<path d="${this.#path}" fill="${markup(this.fillStyle)}"${this.#shared()}/>`)
  }

  stroke(): void {
    if (this.#path === '' || this.lineWidth <= 0) return
    const dash = this.#dash.length > 0 ? ` stroke-dasharray="${this.#dash.map(short).join(' ')}"` : ''
    const ends = `${this.lineCap === 'butt' ? '' : ` stroke-linecap="${this.lineCap}"`}${this.lineJoin === 'miter' ? '' : ` stroke-linejoin="${this.lineJoin}"`}`
    this.#emit(
      `<path d="${this.#path}" fill="none" stroke="${markup(this.strokeStyle)}" stroke-width="${short(this.lineWidth)}"${dash}${ends}${this.#shared()}/>`,
    )
  }

  clip(): void {
    const id = `${this.#idStart}-clip${this.#clips.length}`
    this.#clips.push(
      `<clipPath id="${id}"><path d="${this.#path}"${this.#clip === '' ? '' : ` clip-path="url(#${this.#clip})"`}/></clipPath>`,
    )
    this.#clip = id
  }

  fillRect(x: number, y: number, width: number, height: number): void {
    this.beginPath()
    this.rect(x, y, width, height)
    this.fill()
  }

  /** The picture starts empty and is drawn once. */
  clearRect(): void {}

  measureText(text: string): { width: number } {
    return { width: this.#measure(text, this.font) }
  }

  fillText(text: string, x: number, y: number): void {
    const { size, family, weight } = fontParts(this.font)
    const anchor = { center: 'middle', right: 'end', end: 'end' }[this.textAlign] ?? 'start'
    const [a, b] = this.#matrix
    const angle = (Math.atan2(b, a) * 180) / Math.PI
    const [px, py] = this.#xy(x, y + size * (BASELINE_SHIFT[this.textBaseline] ?? 0))
    const turn = Math.abs(angle) < 0.01 ? '' : ` transform="rotate(${short(angle)} ${short(px)} ${short(py)})"`
    this.#emit(
      `<text x="${short(px)}" y="${short(py)}" fill="${markup(this.fillStyle)}" font-family="${markup(family)}" font-size="${short(size)}"${weight === '' ? '' : ` font-weight="${weight}"`}${anchor === 'start' ? '' : ` text-anchor="${anchor}"`}${turn}${this.#shared()}>${markup(text)}</text>`,
    )
  }

  #emit(element: string): void {
    this.#out.push(element)
  }

  #shared(): string {
    const opacity = this.globalAlpha === 1 ? '' : ` opacity="${short(this.globalAlpha)}"`
    return opacity + (this.#clip === '' ? '' : ` clip-path="url(#${this.#clip})"`)
  }

  #xy(x: number, y: number): [number, number] {
    const [a, b, c, d, e, f] = this.#matrix
    return [a * x + c * y + e, b * x + d * y + f]
  }

  #point(x: number, y: number): string {
    return this.#xy(x, y).map(short).join(' ')
  }

  #multiply([a2, b2, c2, d2, e2, f2]: Matrix): void {
    const [a, b, c, d, e, f] = this.#matrix
    this.#matrix = [
      a * a2 + c * b2,
      b * a2 + d * b2,
      a * c2 + c * d2,
      b * c2 + d * d2,
      a * e2 + c * f2 + e,
      b * e2 + d * f2 + f,
    ]
  }
}

/** From the named line to the alphabetic one, in font sizes: viewers disagree on `dominant-baseline`. */
const BASELINE_SHIFT: Readonly<Record<string, number>> = { middle: 0.35, top: 0.8, hanging: 0.8, bottom: -0.2 }

function fontParts(font: string): { size: number; family: string; weight: string } {
  const [, before = '', size = '10', family = 'sans-serif'] = font.match(/^(.*?)([\d.]+)px(?:\/\S+)?\s+(.*)$/) ?? []
  return { size: Number(size), family, weight: before.match(/\b(bold|[1-9]00)\b/)?.[1] ?? '' }
}

function short(value: number): string {
  return String(Math.round(value * 100) / 100)
}

function markup(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
