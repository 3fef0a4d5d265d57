import { describe, expect, test } from 'vitest'
import { tensorDifference, unravelled } from '#stats/tensor-difference.ts'
import golden from '../golden/stats/tensors.json' with { type: 'json' }

const exact = { atol: 0, rtol: 0 }

describe('against numpy', () => {
  test.each(golden.cases)('$name', ({ shape, base, candidate, atol, rtol, wanted }) => {
    const found = tensorDifference(base.map(Number), candidate.map(Number), shape, { atol, rtol })
    const { worst, ...figures } = wanted
    for (const [name, value] of Object.entries(figures)) {
      const ours = found[name as keyof typeof found]
      if (typeof value === 'number') expect(ours, name).toBeCloseTo(value, 12)
      else expect(ours, name).toEqual(value)
    }
    expect(found.worst?.index).toEqual(worst)
    for (const name of ['maxAbs', 'maxRel', 'cosine', 'snrDb', 'top1', 'top5'] as const)
      expect(name in found, name).toBe(name in wanted)
    const isOdd = wanted.nan.base > 0
    expect(found.verdict).toBe(isOdd ? 'cannot-tell' : wanted.beyond === 0 ? 'pass' : 'fail')
  })
})

test('the tolerance is relative to the base, not to the candidate', () => {
  const rtol = { atol: 0, rtol: 0.1 }
  expect(tensorDifference([10], [11], [1], rtol).verdict).toBe('pass')
  expect(tensorDifference([11], [9.95], [1], rtol).verdict).toBe('pass')
  expect(tensorDifference([9.95], [11], [1], rtol).verdict).toBe('fail')
})

test('a base with NaN decides nothing; a candidate with NaN fails', () => {
  expect(tensorDifference([Number.NaN, 1], [Number.NaN, 1], [2], exact)).toMatchObject({
    verdict: 'cannot-tell',
    why: expect.stringContaining('1 NaN'),
  })
  expect(tensorDifference([1, 1], [Number.NaN, 1], [2], exact)).toMatchObject({
    verdict: 'fail',
    worst: { index: [0], base: 1, candidate: 'NaN' },
  })
})

test('no elements: nothing to tell, and no figure is 0 for want of values', () => {
  const found = tensorDifference([], [], [0, 3], exact)
  expect(found).toMatchObject({ verdict: 'cannot-tell', count: 0 })
  for (const name of ['maxAbs', 'meanAbs', 'cosine', 'snrDb', 'drift', 'top1', 'worst'])
    expect(found).not.toHaveProperty(name)
})

test('values that do not fill the shape are a mistake of the caller', () => {
  expect(() => tensorDifference([1, 2], [1, 2], [3], exact)).toThrow(RangeError)
})

test('an index is told a dimension at a time, last one fastest', () => {
  expect(unravelled(37, [1, 3, 4, 5])).toEqual([0, 1, 3, 2])
  expect(unravelled(0, [])).toEqual([])
})

test('of equal scores the first class is the largest, as numpy.argmax has it', () => {
  expect(tensorDifference([1, 1, 0], [1, 0.5, 0], [1, 3], exact).top1).toBe(1)
  expect(tensorDifference([1, 1, 0], [0.5, 1, 0], [1, 3], exact).top1).toBe(0)
})
