/** Rows, columns and text of a table, without any DOM: sort, filter, copy, widths. */

export interface TableColumn<Row> {
  id: string
  title: string
  /** Stands in the header for title and unit, where many columns share the width; copies keep both. */
  short?: string
  /** Said in the header; cells are bare numbers. */
  unit?: string
  align?: 'left' | 'right'
  /** Machine name for CSV and TSV headers; absent: the id. */
  key?: string
  /** What the column says: the header's tooltip. */
  means?: string
  /** `false`: hidden until chosen. */
  standard?: boolean
  /** For sorting, filtering and CSV; absent where not measured. */
  value(row: Row): number | string | undefined
  /** For eyes; absent: the value as it is. */
  text?(row: Row): string
  /** Why the cell reads as it does. */
  note?(row: Row): string | undefined
  /** The cell is a link to this address. */
  link?(row: Row): string | undefined
  /** Width reserved before rows arrive, in digits. */
  minCh?: number
  /** Widest the column gets; longer cells are clipped and read in full below the table. */
  maxCh?: number
  mono?: boolean
}

export interface Sort {
  id: string
  descending: boolean
}

export const ABSENT_CELL = '–'

export function cellText<Row>(column: TableColumn<Row>, row: Row): string {
  if (column.text) return column.text(row)
  const value = column.value(row)
  return value === undefined ? ABSENT_CELL : String(value)
}

/** Stable; numbers by size, text by natural order; what was not measured goes last in both directions. */
export function sortRows<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[], sort?: Sort): readonly Row[] {
  const column = sort && columns.find(each => each.id === sort.id)
  if (!column) return rows
  const direction = sort.descending ? -1 : 1
  return rows.toSorted((a, b) => {
    const [x, y] = [column.value(a), column.value(b)]
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined)
    return direction * compareValues(x, y)
  })
}

const natural = new Intl.Collator('en', { numeric: true, sensitivity: 'base' })

function compareValues(x: number | string, y: number | string): number {
  return typeof x === 'number' && typeof y === 'number' ? x - y : natural.compare(String(x), String(y))
}

/** First click sorts the way one looks for: numbers from the largest, text from A; then the other way; then not at all. */
export function nextSort<Row>(column: TableColumn<Row>, present?: Sort): Sort | undefined {
  const first = column.align === 'right'
  if (present?.id !== column.id) return { id: column.id, descending: first }
  return present.descending === first ? { id: column.id, descending: !first } : undefined
}

type Operator = '>' | '>=' | '<' | '<=' | '=' | '!=' | ':'

export interface Term {
  /** Absent: any column. */
  column?: string
  operator: Operator
  operand: string
}

/**
 * `fps:>1000 batch:<=16 runtime:ort "few samples"`: terms joined by spaces, all must hold. `column:text` looks for the
 * text in that column, `column:>x` compares numbers, a bare word looks everywhere.
 */
export function parseFilter(text: string): Term[] {
  const terms: Term[] = []
  for (const [, column, operator, quoted, word] of text.matchAll(
    /(?:([\w/%-]+):)?(>=|<=|!=|>|<|=)?(?:"([^"]*)"?|(\S+))/g,
  )) {
    const operand = quoted ?? word ?? ''
    if (operand === '') continue
    terms.push({ ...(column === undefined ? {} : { column }), operator: asOperator(operator), operand })
  }
  return terms
}

function asOperator(text: string | undefined): Operator {
  return text === '>' || text === '>=' || text === '<' || text === '<=' || text === '=' || text === '!=' ? text : ':'
}

/** The columns a term names: by id, key or title, whole or from the start, upper or lower case. */
export function columnsNamed<Row>(name: string, columns: readonly TableColumn<Row>[]): readonly TableColumn<Row>[] {
  const want = name.toLowerCase()
  const names = (column: TableColumn<Row>) =>
    [column.id, column.key ?? '', column.title].map(each => each.toLowerCase())
  const exact = columns.filter(column => names(column).includes(want))
  return exact.length > 0 ? exact : columns.filter(column => names(column).some(each => each.startsWith(want)))
}

/** Names in the filter that fit no column: said under the field, and such a filter hides nothing. */
export function unknownColumns<Row>(terms: readonly Term[], columns: readonly TableColumn<Row>[]): string[] {
  return terms.flatMap(({ column }) =>
    column !== undefined && columnsNamed(column, columns).length === 0 ? [column] : [],
  )
}

export function filterRows<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  terms: readonly Term[],
): readonly Row[] {
  const known = terms.filter(term => term.column === undefined || columnsNamed(term.column, columns).length > 0)
  if (known.length === 0) return rows
  return rows.filter(row => known.every(term => holds(row, columns, term)))
}

function holds<Row>(row: Row, columns: readonly TableColumn<Row>[], { column, operator, operand }: Term): boolean {
  const among = column === undefined ? columns : columnsNamed(column, columns)
  return operator === '!='
    ? among.every(each => !cellHolds(each, row, '=', operand))
    : among.some(each => cellHolds(each, row, operator, operand))
}

function cellHolds<Row>(column: TableColumn<Row>, row: Row, operator: Operator, operand: string): boolean {
  const value = column.value(row)
  if (operator === ':') {
    const want = operand.toLowerCase()
    return (
      cellText(column, row).toLowerCase().includes(want) ||
      String(value ?? '')
        .toLowerCase()
        .includes(want)
    )
  }
  if (value === undefined) return false
  const number = Number(operand.replaceAll(',', ''))
  if (typeof value !== 'number' || Number.isNaN(number)) {
    return operator === '=' && String(value).toLowerCase() === operand.toLowerCase()
  }
  switch (operator) {
    case '>':
      return value > number
    case '>=':
      return value >= number
    case '<':
      return value < number
    case '<=':
      return value <= number
    default:
      return value === number
  }
}

export type CopyFormat = 'tsv' | 'csv' | 'md'

/** The table as text, as shown: TSV and CSV carry plain values under machine names, Markdown what the eyes see. */
export function tableText<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[], format: CopyFormat): string {
  if (format === 'md') return markdown(rows, columns)
  const quote = format === 'csv' ? csvCell : tsvCell
  const line = (cells: readonly string[]) => cells.map(quote).join(format === 'csv' ? ',' : '\t')
  return [
    line(columns.map(column => column.key ?? column.id)),
    ...rows.map(row => line(columns.map(column => String(column.value(row) ?? '')))),
  ].join('\n')
}

/** RFC 4180; a text that a spreadsheet would run as a formula gets an apostrophe in front. */
function csvCell(text: string): string {
  const safe = /^[=+@\t\r]|^-(?![\d.])/.test(text) ? `'${text}` : text
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

function tsvCell(text: string): string {
  return text.replaceAll(/[\t\n\r]+/g, ' ')
}

function markdown<Row>(rows: readonly Row[], columns: readonly TableColumn<Row>[]): string {
  const line = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll(/[\n\r]+/g, ' ')).join(' | ')} |`
  return [
    line(columns.map(headerText)),
    line(columns.map(column => (column.align === 'right' ? '---:' : '---'))),
    ...rows.map(row => line(columns.map(column => cellText(column, row)))),
  ].join('\n')
}

export function headerText<Row>({ title, unit }: TableColumn<Row>): string {
  return unit === undefined ? title : `${title} ${unit}`
}

const WIDEST_CH = 36
const NARROWEST_CH = 4
/** Most figures fit, so that a column seldom grows after its first row. */
const NUMBER_CH = 6
/** Of a long table the first and last rows decide: a wider cell between them is clipped and read in full below. */
const MEASURED_ROWS = 500

/**
 * Width of each column in digits: enough for header and cells, never less than before, so that nothing jumps while rows
 * arrive. @param before widths of the last call by column id
 */
export function columnWidths<Row>(
  rows: readonly Row[],
  columns: readonly TableColumn<Row>[],
  before: ReadonlyMap<string, number>,
): Map<string, number> {
  const widths = new Map(before)
  const measured =
    rows.length <= 2 * MEASURED_ROWS ? rows : [...rows.slice(0, MEASURED_ROWS), ...rows.slice(-MEASURED_ROWS)]
  for (const column of columns) {
    // Header text is smaller than digits; one more for the sort mark beside it.
    const headerCh = Math.ceil(0.9 * (column.short ?? headerText(column)).length) + 1
    let width = Math.max(
      column.minCh ?? (column.align === 'right' ? NUMBER_CH : NARROWEST_CH),
      headerCh,
      before.get(column.id) ?? 0,
    )
    for (const row of measured) width = Math.max(width, cellText(column, row).length)
    widths.set(column.id, Math.min(column.maxCh ?? WIDEST_CH, width))
  }
  return widths
}

/** The column that takes what is left of the line: the last with text, else the last. The others never move for it. */
export function fillingColumn<Row>(columns: readonly TableColumn<Row>[]): TableColumn<Row> | undefined {
  return columns.findLast(column => column.align !== 'right') ?? columns.at(-1)
}
