import { EngineError } from '#domain/errors.ts'
import { type CsvRow, parseCsv } from './csv-text.ts'
import type { ByteSource } from './define.ts'
import { readText } from './text-lines.ts'

/** A sweep has tens of rows, the largest search thousands; a table beyond these is not one of results. */
const MAX_TABLE_BYTES = 16 * 2 ** 20
const MAX_ROWS = 20_000

/** A whole table of results. */
export interface Table {
  rows: CsvRow[]
  /** What to know about the file as a whole. */
  notices: string[]
}

/** @throws EngineError FORMAT_BROKEN, with the line: too long, or parted by something else than commas */
export async function readTable(source: ByteSource, signal?: AbortSignal): Promise<Table> {
  const text = await readText(source, { maxBytes: MAX_TABLE_BYTES, ...(signal === undefined ? {} : { signal }) })
  const rows = parseCsv(text)
  const [first] = rows
  const other = [';', '\t'].find(delimiter => first?.cells.length === 1 && first.cells[0]?.includes(delimiter))
  if (other !== undefined) {
    throw new EngineError('FORMAT_BROKEN', `The cells are parted by ${other === ';' ? '";"' : 'tabs'}, not by ","`, {
      where: `${source.name}, line ${first?.no}`,
      hint: 'A spreadsheet wrote it anew: save it as CSV with commas and decimal points, or import the original.',
    })
  }
  const tooMany = rows[MAX_ROWS]
  if (tooMany !== undefined) {
    throw new EngineError('FORMAT_BROKEN', `The table has more than ${MAX_ROWS} rows`, {
      where: `${source.name}, line ${tooMany.no}`,
      hint: 'Import the part you want to look at.',
    })
  }
  return { rows, notices: text.endsWith('\n') ? [] : ['The last line has no end: the file may be cut there.'] }
}

/** Tables are known by their first titles, whatever parts them: `readTable` says what is wrong with a wrong one. */
export function startsWithTitles(text: string, ...alternatives: readonly (readonly RegExp[])[]): boolean {
  const [line = ''] = text.replace(/^\uFEFF/, '').split('\n', 1)
  const titles = line.split(/[,;\t]/).map(title => title.trim())
  return alternatives.some(patterns => patterns.every((pattern, index) => pattern.test(titles[index] ?? '')))
}
