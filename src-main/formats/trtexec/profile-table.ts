import { NUMBER, printedNumber } from './log-line.ts'
import type { ProfileRow, ProfileTable } from './types.ts'

const MAX_ROWS = 100_000
const TITLE = /^=== Profile \((\d+) iterations ?\) ===$/
const cells = (count: number) => Array.from({ length: count }, () => `(${NUMBER})`).join(String.raw`\s+`)
/** From 8.6 on the name stands last; before it stood first, right-aligned, and may hold blanks and numbers. */
const NAME_LAST = new RegExp(String.raw`^\s*${cells(4)}\s{2,}(\S.*)$`)
const NAME_FIRST = {
  withMedian: new RegExp(String.raw`^\s*(\S.*?)\s+${cells(4)}$`),
  withoutMedian: new RegExp(String.raw`^\s*(\S.*?)\s+${cells(3)}$`),
}

type Columns = 'name-last' | keyof typeof NAME_FIRST

/** "=== Profile (N iterations ) ===", both layouts. */
export class ProfileReader {
  table: ProfileTable | undefined
  #columns: Columns | undefined
  #isOpen = false

  /** Whether the line was of the table. */
  line(text: string): boolean {
    const [, iterations] = TITLE.exec(text) ?? []
    if (iterations !== undefined) {
      this.table = { iterations: Number(iterations), rows: [] }
      this.#columns = undefined
      this.#isOpen = true
      return true
    }
    if (!this.#isOpen || this.table === undefined) return false
    if (this.#columns === undefined) {
      this.#columns = columnsOf(text)
      return true
    }
    const row = rowOf(text, this.#columns)
    if (row === undefined) {
      this.#isOpen = false
      return false
    }
    if (row.name === 'Total' && isWhole(row)) this.table.total = row
    else if (this.table.rows.length < MAX_ROWS) this.table.rows.push(row)
    return true
  }
}

function columnsOf(header: string): Columns | undefined {
  if (/^\s*Time\(ms\)/.test(header)) return 'name-last'
  if (!/^\s*Layer\s.*Time \(ms\)/.test(header)) return undefined
  return header.includes('Median') ? 'withMedian' : 'withoutMedian'
}

/** A layer may be called Total, too; the sum is 100 %, or of nothing. */
function isWhole({ percent }: ProfileRow): boolean {
  return percent === undefined || percent === 100
}

function rowOf(text: string, columns: Columns): ProfileRow | undefined {
  if (columns === 'name-last') {
    const [, time, average, median, percent, name] = NAME_LAST.exec(text) ?? []
    return name === undefined ? undefined : profileRow(name, { time, average, median, percent })
  }
  const [, name, time, average, ...rest] = NAME_FIRST[columns].exec(text) ?? []
  if (name === undefined) return undefined
  const [median, percent] = columns === 'withMedian' ? rest : [undefined, rest[0]]
  return profileRow(name, { time, average, median, percent })
}

function profileRow(
  name: string,
  { time, average, median, percent }: Record<'time' | 'average' | 'median' | 'percent', string | undefined>,
): ProfileRow {
  const figures = {
    timeMs: printedNumber(time),
    averageMs: printedNumber(average),
    medianMs: printedNumber(median),
    percent: printedNumber(percent),
  }
  const row: ProfileRow = { name }
  for (const key of ['timeMs', 'averageMs', 'medianMs', 'percent'] as const) {
    const value = figures[key]
    if (value !== undefined) row[key] = value
  }
  return row
}
