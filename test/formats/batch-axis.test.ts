import { expect, test } from 'vitest'
import type { TensorSpec } from '#domain/model.ts'
import { findBatchAxis } from '#formats/batch-axis.ts'

function axes(...shapes: (TensorSpec['shape'] | 'sequence')[]): number[] {
  const inputs = shapes.map(
    (shape, i): TensorSpec =>
      shape === 'sequence'
        ? { name: `x${i}`, kind: 'sequence' }
        : { name: `x${i}`, kind: 'tensor', dtype: 'float32', ...(shape && { shape }) },
  )
  return inputs.map(input => findBatchAxis(input, inputs))
}

test('a symbolic dimension 0 is the batch', () => {
  expect(axes(['batch', 3, 224, 224])).toEqual([0])
  expect(axes(['', 3, '', ''])).toEqual([0])
  expect(axes(['N', 'seq'], ['N', 'seq'], ['N', 'seq'])).toEqual([0, 0, 0])
})

test('a recurrent state takes the batch where the same symbol stands', () => {
  expect(axes(['batch', 'samples'], [2, 'batch', 128], [])).toEqual([0, 1, -1])
})

test('one symbol per input, as some exporters write, still means one batch', () => {
  expect(axes(['unk__1', 128], ['unk__2', 128])).toEqual([0, 0])
})

test('a symbol that reads like a batch wins over other free sizes', () => {
  expect(axes(['batch_size', 'seq'], ['past', 64])).toEqual([0, -1])
  expect(axes(['batch_size', 'seq'], ['', 64])).toEqual([0, 0])
})

test('a number in front of a model with a free batch is no batch', () => {
  expect(axes(['batch', 10], [4, 4])).toEqual([0, -1])
})

test('numbers in front are a fixed batch, shared by most inputs', () => {
  expect(axes([8, 3, 224, 224])).toEqual([0])
  expect(axes([1, 3, 224, 224], [1, 4])).toEqual([0, 0])
  expect(axes([1, 3], [4], [1, 7])).toEqual([0, -1, 0])
  expect(axes([2, 3], [4, 3])).toEqual([0, -1])
})

test('scalars, sequences and unknown ranks have no batch', () => {
  expect(axes([], undefined, 'sequence', [5])).toEqual([-1, -1, -1, 0])
})
