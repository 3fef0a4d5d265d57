/** One record of a CSV text: RFC 4180, cells trimmed of blanks outside quotes. */
export interface CsvRow {
  /** Line it begins on, from 1. */
  no: number
  cells: string[]
}

/**
 * Records of a CSV text: quoted cells with commas, doubled quotes and line breaks; LF or CRLF; empty lines are left
 * out. Never throws: an open quote ends with the text.
 */
export function parseCsv(text: string): CsvRow[] {
  const rows: CsvRow[] = []
  let [cells, cell, isQuoted, wasQuoted, line, startLine]: [string[], string, boolean, boolean, number, number] = [
    [],
    '',
    false,
    false,
    1,
    1,
  ]
  const endCell = () => {
    cells.push(wasQuoted ? cell : cell.trim())
    cell = ''
    wasQuoted = false
  }
  const endRow = () => {
    endCell()
    if (cells.length > 1 || cells[0] !== '') rows.push({ no: startLine, cells })
    cells = []
    startLine = line
  }
  const body = text.replace(/^\uFEFF/, '')
  for (let at = 0; at < body.length; at++) {
    const char = body.charAt(at)
    if (char === '\n') line++
    if (isQuoted) {
      if (char !== '"') cell += char
      else if (body.charAt(at + 1) === '"') {
        cell += '"'
        at++
      } else isQuoted = false
    } else if (char === '"' && cell.trim() === '') {
      cell = ''
      isQuoted = true
      wasQuoted = true
    } else if (char === ',') endCell()
    else if (char === '\n') endRow()
    else if (!(wasQuoted && /\s/.test(char))) cell += char
  }
  endRow()
  return rows
}

/** A number as programs print it (`%g`, thousands without separators); undefined for blank or anything else. */
export function numberCell(cell: string | undefined): number | undefined {
  if (cell === undefined || !/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(cell)) return undefined
  const value = Number(cell)
  return Number.isFinite(value) ? value : undefined
}

/** A count from 1. */
export function countCell(cell: string | undefined): number | undefined {
  const value = numberCell(cell)
  return value !== undefined && Number.isSafeInteger(value) && value >= 1 ? value : undefined
}
