import fc from 'fast-check'
import { expect, test } from 'vitest'
import { measuringOrder } from '../../src-main/runs/bench/order.ts'

const text = (cells: string[], batches: number[], repeats: number) =>
  measuringOrder(cells, batches, repeats)
    .map(({ cell, batch, repeat }) => `${repeat}:${cell}${batch}`)
    .join(' ')

test('the runtimes of a batch follow each other, and every other batch begins with the last one', () => {
  expect(text(['A', 'B'], [1, 8, 16], 1)).toBe('1:A1 1:B1 1:B8 1:A8 1:A16 1:B16')
})

test('repeats turn round as ABBA, then BAAB', () => {
  expect(text(['A', 'B'], [1], 4)).toBe('1:A1 1:B1 2:B1 2:A1 3:B1 3:A1 4:A1 4:B1')
})

test('one runtime alone keeps its batches ascending in each repeat', () => {
  expect(text(['A'], [1, 8], 2)).toBe('1:A1 1:A8 2:A1 2:A8')
})

test('each configuration is measured once a repeat, repeats one after the other, batches ascending', () => {
  const sizes = fc.record({ cells: fc.integer({ min: 1, max: 6 }), batches: fc.integer({ min: 1, max: 8 }) })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 9 }), (size, repeats) => {
      const cells = Array.from({ length: size.cells }, (_, at) => `c${at}`)
      const batches = Array.from({ length: size.batches }, (_, at) => 2 ** at)
      const turns = measuringOrder(cells, batches, repeats)
      expect(new Set(turns.map(turn => JSON.stringify(turn))).size).toBe(cells.length * batches.length * repeats)
      const place = ({ repeat, batch }: { repeat: number; batch: number }) => repeat * 1e6 + batch
      expect(turns.map(place)).toEqual(turns.map(place).toSorted((a, b) => a - b))
    }),
  )
})

test('with an even number of repeats a steady drift adds the same to every runtime of a batch', () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.integer({ min: 1, max: 4 }), (count, pairs) => {
      const cells = Array.from({ length: count }, (_, at) => at)
      const batches = [1, 2, 4]
      const turns = measuringOrder(cells, batches, 2 * pairs)
      for (const batch of batches) {
        const drift = cells.map(cell =>
          turns.reduce((sum, turn, at) => sum + (turn.cell === cell && turn.batch === batch ? at : 0), 0),
        )
        expect(new Set(drift).size).toBe(1)
      }
    }),
  )
})
