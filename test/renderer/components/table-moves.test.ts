import { expect, test } from 'vitest'
import { moveCell, visibleRange } from '../../../src-renderer/components/table-moves.ts'

const grid = { rows: 3, columns: 2, page: 2 }
const press = (key: string, ctrlKey = false) => ({ key, ctrlKey, metaKey: false })

test('arrows stop at the header and at the last cell', () => {
  expect(moveCell({ row: 0, column: 0 }, press('ArrowUp'), grid)).toEqual({ row: -1, column: 0 })
  expect(moveCell({ row: -1, column: 0 }, press('ArrowUp'), grid)).toEqual({ row: -1, column: 0 })
  expect(moveCell({ row: 2, column: 1 }, press('ArrowDown'), grid)).toEqual({ row: 2, column: 1 })
  expect(moveCell({ row: 2, column: 1 }, press('ArrowRight'), grid)).toEqual({ row: 2, column: 1 })
})

test('Ctrl+End goes to the last cell of the table, End to the last of the row', () => {
  expect(moveCell({ row: 0, column: 0 }, press('End'), grid)).toEqual({ row: 0, column: 1 })
  expect(moveCell({ row: 0, column: 0 }, press('End', true), grid)).toEqual({ row: 2, column: 1 })
})

test('letters are left to the browser', () => {
  expect(moveCell({ row: 0, column: 0 }, press('a'), grid)).toBeUndefined()
})

test('a long table draws the rows in sight and a few around, never beyond its ends', () => {
  const of = (scrollTop: number) => visibleRange({ scrollTop, boxPx: 280, rowPx: 28, count: 1000 })
  expect(of(0)).toEqual({ from: 0, to: 22 })
  expect(of(2800)).toEqual({ from: 88, to: 122 })
  expect(of(1e9)).toEqual({ from: 978, to: 1000 })
})
