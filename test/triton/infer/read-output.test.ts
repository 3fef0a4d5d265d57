import { expect, test } from 'vitest'
import type { ResponseTensor } from '../../../src-main/triton/control/client.ts'
import { encodeBytes, encodeValues } from '../../../src-main/triton/data/datatypes.ts'
import { readOutput } from '../../../src-main/triton/infer/read-output.ts'

const PLAIN = { isClassified: false, ownTop: 0, isBatched: true }
const tensor = (datatype: string, shape: number[], data: Uint8Array): ResponseTensor => ({
  name: 'y',
  datatype,
  shape,
  parameters: {},
  data,
})

test('values are exact text, the range is of all, what is not finite is counted apart', () => {
  const data = encodeValues('FP32', [1, Number.NaN, -2.5, Number.POSITIVE_INFINITY])
  expect(readOutput(tensor('FP32', [1, 4], data), PLAIN)).toEqual({
    name: 'y',
    datatype: 'FP32',
    shape: [1, 4],
    values: ['1', 'NaN', '-2.5', 'Infinity'],
    count: 4,
    minimum: -2.5,
    maximum: 1,
    notFinite: 2,
  })
  const big = readOutput(tensor('UINT64', [1], encodeValues('UINT64', ['18446744073709551615'])), PLAIN)
  expect(big.values).toEqual(['18446744073709551615'])
  const none = readOutput(tensor('FP32', [0], new Uint8Array(0)), PLAIN)
  expect(none).toEqual({ name: 'y', datatype: 'FP32', shape: [0], values: [], count: 0 })
})

test('many values are cut for showing, not for the range', () => {
  const output = readOutput(tensor('INT32', [1000], encodeValues('INT32', [...Array(1000).keys()])), PLAIN)
  expect(output).toMatchObject({ count: 1000, minimum: 0, maximum: 999 })
  expect(output.values).toHaveLength(256)
})

test('classes of the server, a row for each of the batch, labels with colons whole', () => {
  const data = encodeBytes(['0.9:2:cat: small', '0.1:0', '0.5:1:dog', '0.25:2:x'])
  expect(readOutput(tensor('BYTES', [2, 2], data), { ...PLAIN, isClassified: true }).top).toEqual([
    [
      { index: 2, score: 0.9, label: 'cat: small' },
      { index: 0, score: 0.1 },
    ],
    [
      { index: 1, score: 0.5, label: 'dog' },
      { index: 2, score: 0.25, label: 'x' },
    ],
  ])
})

test('own classes where the server does not classify; NaN never wins', () => {
  const data = encodeValues('FP16', [0, 3, Number.NaN, 1, 5, 2])
  const { top } = readOutput(tensor('FP16', [2, 3], data), { ...PLAIN, ownTop: 2 })
  expect(top).toEqual([
    [
      { index: 1, score: 3 },
      { index: 0, score: 0 },
    ],
    [
      { index: 1, score: 5 },
      { index: 2, score: 2 },
    ],
  ])
})

test('torn data is invalid', () => {
  expect(() => readOutput(tensor('FP32', [2], new Uint8Array(7)), PLAIN)).toThrow('no whole number')
  expect(() => readOutput(tensor('BYTES', [1], Uint8Array.of(255, 0, 0, 0)), PLAIN)).toThrow('runs past the end')
  expect(() => readOutput(tensor('FP7', [1], new Uint8Array(1)), PLAIN)).toThrow('no datatype')
})

test('texts that are no classes stay texts', () => {
  const tensor = { name: 'c', datatype: 'BYTES', shape: [1, 2], parameters: {}, data: encodeBytes(['0.5:1', 'cat']) }
  const output = readOutput(tensor, { isClassified: true, ownTop: 0, isBatched: true })
  expect(output).toEqual({ name: 'c', datatype: 'BYTES', shape: [1, 2], values: ['0.5:1', 'cat'], count: 2 })
})
