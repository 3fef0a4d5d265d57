import { type ChartPoint, type ChartSpec, readableLines } from './spec.ts'

/** Where a reader stands: which of the readable lines, which of its points. */
export interface ReadingPlace {
  line: number
  point: number
}

const FAR = 10

/** The next place for a key, or nothing for keys that read nothing. Up and down keep the place along x. */
export function readNext(spec: ChartSpec, from: ReadingPlace | undefined, key: string): ReadingPlace | undefined {
  const lines = readableLines(spec)
  if (lines.length === 0) return undefined
  const at = from ?? { line: 0, point: -1 }
  const to = (line: number, point: number): ReadingPlace => {
    const inside = Math.max(0, Math.min(lines.length - 1, line))
    return { line: inside, point: nearestReadable(lines[inside]?.points ?? [], point) }
  }
  switch (key) {
    case 'ArrowRight':
      return to(at.line, at.point + 1)
    case 'ArrowLeft':
      return to(at.line, at.point - 1)
    case 'ArrowDown':
      return to(at.line + 1, at.point)
    case 'ArrowUp':
      return to(at.line - 1, at.point)
    case 'PageDown':
      return to(at.line, at.point + FAR)
    case 'PageUp':
      return to(at.line, at.point - FAR)
    case 'Home':
      return to(at.line, 0)
    case 'End':
      return to(at.line, Number.MAX_SAFE_INTEGER)
    default:
      return undefined
  }
}

/** Inside the measured points: edges of an area are never read. */
function nearestReadable(points: readonly ChartPoint[], wanted: number): number {
  const first = points.findIndex(point => !point.edge)
  const last = points.findLastIndex(point => !point.edge)
  return Math.max(first, Math.min(last, wanted))
}

/** Index of the line among all lines of the spec, as chart.js counts them. */
export function datasetIndex(spec: ChartSpec, place: ReadingPlace): number {
  const line = readableLines(spec)[place.line]
  return line === undefined ? -1 : spec.lines.indexOf(line)
}

/** One sentence about the whole: what a reader hears before walking the points. */
export function summary(title: string, direction: string, spec: ChartSpec): string {
  const lines = readableLines(spec).map(line => line.points.filter(point => !point.edge))
  const count = lines.reduce((sum, points) => sum + points.length, 0)
  if (count === 0) return `${title}: no data yet.`
  const [first, last] = [lines[0]?.[0]?.text, lines[0]?.at(-1)?.text]
  const range = first === last ? first : `From ${first} to ${last}`
  return `${title}, ${direction}. ${range}. ${lines.length} ${lines.length === 1 ? 'line' : 'lines'}, ${count} points; arrow keys read them.`
}
