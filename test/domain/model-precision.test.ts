import { expect, test } from 'vitest'
import { modelPrecision } from '#domain/model-precision.ts'
import { modelWith, tensor } from '../helpers/models.ts'

const weights = (...entries: [string, number][]) => entries.map(([dtype, bytes]) => ({ dtype, count: 1, bytes }))

test.each([
  ['fp32', weights(['float32', 1000], ['int64', 80])],
  ['fp16', weights(['float16', 1000], ['float32', 10])],
  ['int8', weights(['int8', 900], ['uint8', 80], ['float32', 20])],
  ['mixed', weights(['float16', 500], ['float32', 500])],
])('weights by bytes read as %s', (expected, list) => {
  expect(modelPrecision(modelWith([tensor('x', ['N', 3])], { weights: list }))).toBe(expected)
})

test('a model without weights takes the type of its inputs, and is unknown when they differ', () => {
  expect(modelPrecision(modelWith([tensor('x', ['N'], 'float16')]))).toBe('fp16')
  expect(modelPrecision(modelWith([tensor('x', ['N'], 'float16'), tensor('y', ['N'])]))).toBe('unknown')
  expect(modelPrecision(modelWith([tensor('x', ['N'], 'int64')]))).toBe('unknown')
})
