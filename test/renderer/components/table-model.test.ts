import { expect, test } from 'vitest'
import {
  columnWidths,
  fillingColumn,
  filterRows,
  nextSort,
  parseFilter,
  sortRows,
  type TableColumn,
  tableText,
  unknownColumns,
} from '../../../src-renderer/components/table-model.ts'

interface Row {
  name: string
  fps?: number
}
const name: TableColumn<Row> = { id: 'name', title: 'Name', value: row => row.name }
const fps: TableColumn<Row> = {
  id: 'fps',
  title: 'Rate',
  unit: 'FPS',
  key: 'inferPerSec',
  align: 'right',
  value: row => row.fps,
  text: row => (row.fps === undefined ? '–' : `≥ ${row.fps}`),
}
const columns = [name, fps]
const rows: Row[] = [
  { name: 'run 10', fps: 5 },
  { name: 'run 9' },
  { name: 'other', fps: 1200 },
  { name: 'run 9', fps: 40 },
]
const names = (list: readonly Row[]) => list.map(row => `${row.name}:${row.fps}`)

test('rows without a value stay last in both directions', () => {
  expect(names(sortRows(rows, columns, { id: 'fps', descending: false })).at(-1)).toBe('run 9:undefined')
  expect(names(sortRows(rows, columns, { id: 'fps', descending: true }))).toEqual([
    'other:1200',
    'run 9:40',
    'run 10:5',
    'run 9:undefined',
  ])
})

test('text is sorted with its numbers by size, and equal rows keep their order', () => {
  expect(names(sortRows(rows, columns, { id: 'name', descending: false }))).toEqual([
    'other:1200',
    'run 9:undefined',
    'run 9:40',
    'run 10:5',
  ])
})

test('a column header sorts numbers from the largest, then the other way, then not at all', () => {
  const first = nextSort(fps)
  const second = nextSort(fps, first)
  expect([first, second, nextSort(fps, second)]).toEqual([
    { id: 'fps', descending: true },
    { id: 'fps', descending: false },
    undefined,
  ])
  expect(nextSort(name, first)).toEqual({ id: 'name', descending: false })
})

test.each([
  ['fps:>40', ['other:1200']],
  ['fps:>=40', ['other:1200', 'run 9:40']],
  ['rate:<1,000', ['run 10:5', 'run 9:40']],
  ['inferPerSec:=5', ['run 10:5']],
  ['fps:!=5', ['run 9:undefined', 'other:1200', 'run 9:40']],
  ['name:RUN', ['run 10:5', 'run 9:undefined', 'run 9:40']],
  ['name:"run 9" fps:<100', ['run 9:40']],
  ['1200', ['other:1200']],
  ['name:=other', ['other:1200']],
  ['', ['run 10:5', 'run 9:undefined', 'other:1200', 'run 9:40']],
])('the filter %j keeps %j', (text, kept) => {
  expect(names(filterRows(rows, columns, parseFilter(text)))).toEqual(kept)
})

test('a filter on a column that does not exist hides nothing and names the column', () => {
  const terms = parseFilter('speed:>3')
  expect(filterRows(rows, columns, terms)).toHaveLength(rows.length)
  expect(unknownColumns(terms, columns)).toEqual(['speed'])
})

test('CSV carries plain values under machine names, quoted where needed, and no formulas', () => {
  const hostile: Row[] = [{ name: 'a "quoted", cell', fps: 1.5 }, { name: '=1+1' }, { name: '-2', fps: -3 }]
  expect(tableText(hostile, columns, 'csv')).toBe(
    ['name,inferPerSec', '"a ""quoted"", cell",1.5', "'=1+1,", '-2,-3'].join('\n'),
  )
})

test('TSV never gets a tab or line break out of a cell', () => {
  expect(tableText([{ name: 'a\tb\nc', fps: 1 }], columns, 'tsv')).toBe('name\tinferPerSec\na b c\t1')
})

test('Markdown shows what the eyes see, with its bars escaped and numbers to the right', () => {
  expect(tableText([{ name: 'a|b', fps: 2 }], columns, 'md')).toBe(
    ['| Name | Rate FPS |', '| --- | ---: |', '| a\\|b | ≥ 2 |'].join('\n'),
  )
})

test('a column never gets narrower when its long rows go', () => {
  const wide = columnWidths([{ name: 'a very long model name' }], columns, new Map())
  expect(wide.get('name')).toBe(22)
  expect(columnWidths([{ name: 'x' }], columns, wide).get('name')).toBe(22)
})

test('the last column with text takes what is left of the line, so that the others stay', () => {
  expect(fillingColumn([name, fps])).toBe(name)
  expect(fillingColumn([fps])).toBe(fps)
  expect(fillingColumn([])).toBeUndefined()
})
