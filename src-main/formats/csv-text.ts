/** One record of a CSV text: RFC 4180, cells trimmed of blanks outside quotes. */
export interface CsvRow {
  /** Line it begins on, from 1. */
  no: number
  cells: string[]
}

/** No table of results is wider; what stands further right is left out. */
const MAX_CELLS = 1000

/**
 * Records of a CSV text: quoted cells with commas, doubled quotes and line breaks; LF or CRLF; empty lines are left
 * out. Never throws: an open quote ends with the text.
 */
export function parseCsv(text: string): CsvRow[] {
  const body = text.replace(/^\uFEFF/, '')
  const rows: CsvRow[] = []
  let [at, no] = [0, 1]
  while (at < body.length) {
    const lineEnd = endOfLine(body, at)
    const line = body.slice(at, lineEnd)
    const { cells, end, lines } = line.includes('"')
      ? quotedRecord(body, at)
      : { cells: line.split(',', MAX_CELLS).map(cell => cell.trim()), end: lineEnd, lines: 1 }
    if (cells.length > 1 || cells[0] !== '') rows.push({ no, cells })
    at = end + 1
    no += lines
  }
  return rows
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from)
  return end < 0 ? text.length : end
}

interface Reading {
  cells: string[]
  /** Where the record's line ends, and how many lines it takes. */
  end: number
  lines: number
}

/** A record with quotes in it, character by character. */
function quotedRecord(text: string, from: number): Reading {
  const cells: string[] = []
  let [cell, isQuoted, wasQuoted, lines, at] = ['', false, false, 1, from]
  const endCell = () => {
    if (cells.length < MAX_CELLS) cells.push(wasQuoted ? cell : cell.trim())
    cell = ''
    wasQuoted = false
  }
  for (; at < text.length; at++) {
    const char = text.charAt(at)
    if (isQuoted) {
      if (char === '\n') lines++
      if (char !== '"') cell += char
      else if (text.charAt(at + 1) === '"') {
        cell += '"'
        at++
      } else isQuoted = false
    } else if (char === '\n') break
    else if (char === '"' && cell.trim() === '') {
      cell = ''
      isQuoted = true
      wasQuoted = true
    } else if (char === ',') endCell()
    else if (!(wasQuoted && /\s/.test(char))) cell += char
  }
  endCell()
  return { cells, end: at, lines }
}

/** Why a row does not stand under its titles; a comma at the end of either is let pass. */
export function misfit(titles: readonly string[], cells: readonly string[]): string | undefined {
  const [wanted, had] = [withoutLastBlank(titles), withoutLastBlank(cells)]
  if (cells.length < wanted) return `ends after ${cells.length} of ${wanted} cells`
  return had > titles.length ? `has ${had} cells under ${wanted} titles` : undefined
}

function withoutLastBlank(cells: readonly string[]): number {
  return cells.at(-1) === '' ? cells.length - 1 : cells.length
}

/** A number as programs print it (`%g`, thousands without separators); undefined for blank or anything else. */
export function numberCell(cell: string | undefined): number | undefined {
  if (cell === undefined || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(cell)) return undefined
  const value = Number(cell)
  return Number.isFinite(value) ? value : undefined
}

/** A count from 0. */
export function wholeCell(cell: string | undefined): number | undefined {
  const value = numberCell(cell)
  return value !== undefined && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}

/** A count from 1. */
export function countCell(cell: string | undefined): number | undefined {
  return wholeCell(cell) || undefined
}
