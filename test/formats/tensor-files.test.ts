import { describe, expect, test } from 'vitest'
import type { EngineError } from '#domain/errors.ts'
import type { Dtype } from '#domain/model.ts'
import { fitRawBytes, fitTensor, type WantedTensor } from '#formats/fit-tensor.ts'
import { toBfloat16Bits, toFloat16Bits } from '#formats/half.ts'
import { npy } from '#formats/npy.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { readTensorJson } from '#formats/tensor-json.ts'
import halves from '../golden/formats/half.json' with { type: 'json' }
import golden from '../golden/formats/npy.json' with { type: 'json' }
import { fromBase64, memorySource } from '../helpers/bytes.ts'

/** Values as the golden file writes them: 64-bit integers as text. */
const plain = ({ data }: TensorContent) =>
  Array.from<unknown>(data).map(value => (typeof value === 'bigint' ? String(value) : value))
const failure = (run: () => unknown): EngineError => {
  try {
    run()
  } catch (thrown) {
    return thrown as EngineError
  }
  throw new Error('Nothing was thrown')
}

describe('.npy', () => {
  test.each(golden.arrays)('$name is read as NumPy wrote it', async ({ file, dtype, shape, values }) => {
    const content = await npy.read(memorySource(fromBase64(file)))
    expect(content).toMatchObject({ dtype, shape })
    expect(plain(content)).toEqual(values)
  })

  test.each(Object.entries(golden.refused))('a %s array is refused', async (_, file) => {
    await expect(npy.read(memorySource(fromBase64(file)))).rejects.toMatchObject({ code: 'DATA_INVALID' })
  })

  test('a file cut short says what it should hold', async () => {
    const file = fromBase64(golden.arrays[0]?.file ?? '')
    await expect(npy.read(memorySource(file.subarray(0, file.length - 4)))).rejects.toThrow(
      '2×3 <f4 takes 24 B, the file holds 20 B',
    )
  })

  test('a shape that claims terabytes allocates nothing', async () => {
    const file = Buffer.from(fromBase64(golden.arrays[0]?.file ?? '')).toString('latin1')
    const claimed = file.replace("'shape': (2, 3), }      ", "'shape': (999999999,), }")
    expect(claimed).not.toBe(file)
    await expect(npy.read(memorySource(Buffer.from(claimed, 'latin1')))).rejects.toThrow(
      /takes 3.73 GiB, the file holds 24 B/,
    )
  })
})

test('float16 and bfloat16 patterns are NumPy’s', () => {
  for (const { value, float16, bfloat16 } of halves) {
    const number =
      value === 'inf' ? Number.POSITIVE_INFINITY : value === '-inf' ? Number.NEGATIVE_INFINITY : Number(value)
    expect([value, toFloat16Bits(number), toBfloat16Bits(number)]).toEqual([value, float16, bfloat16])
  }
  expect(toFloat16Bits(Number.NaN) & 0x7fff).toBeGreaterThan(0x7c00)
  expect(toBfloat16Bits(Number.NaN) & 0x7fff).toBeGreaterThan(0x7f80)
})

test('every float16 comes back as its own pattern', () => {
  const floats = new Float16Array(Uint16Array.from({ length: 0x7c01 }, (_, i) => i).buffer)
  for (const [pattern, value] of floats.entries())
    if (toFloat16Bits(value) !== pattern) expect(pattern).toBe(toFloat16Bits(value))
})

describe('JSON', () => {
  const read = (text: string, dtype: Dtype) => readTensorJson(text, dtype, 'x.json')

  test('nested and flat arrays, and lone values, are read with their shape', () => {
    expect(read('[[1, 2.5], [3, "NaN"]]', 'float32')).toEqual({
      dtype: 'float32',
      shape: [2, 2],
      data: Float32Array.of(1, 2.5, 3, Number.NaN),
    })
    expect(read('[1, -1]', 'int8').shape).toEqual([2])
    expect(read('7', 'int64')).toEqual({ dtype: 'int64', shape: [], data: BigInt64Array.of(7n) })
    expect(read('[true, false, 1]', 'bool').data).toEqual(Uint8Array.of(1, 0, 1))
    expect(read('["a", "ü"]', 'string').data).toEqual(['a', 'ü'])
    expect(read('[1, 0.5]', 'float16').data).toEqual(Uint16Array.of(0x3c00, 0x3800))
    expect(read('["-9223372036854775808"]', 'int64').data).toEqual(BigInt64Array.of(-(2n ** 63n)))
    expect(read('[9007199254740993]', 'int64').data).toEqual(BigInt64Array.of(2n ** 53n + 1n))
    expect(read('[18446744073709551615]', 'uint64').data).toEqual(BigUint64Array.of(2n ** 64n - 1n))
  })

  test.each<[text: string, dtype: Dtype, message: string]>([
    ['[1, 300]', 'uint8', 'Value 1 is 300, not a uint8'],
    ['[0.5]', 'int32', 'Value 0 is 0.5, not a int32'],
    ['["1"]', 'float32', 'Value 0 is "1", not a float32'],
    ['[null]', 'float32', 'Value 0 is null, not a float32'],
    ['[2]', 'bool', 'Value 0 is 2, not a bool'],
    ['[1]', 'string', 'Value 0 is 1, not a string'],
    ['["9223372036854775808"]', 'int64', 'Value 0 is "9223372036854775808", not a int64'],
    ['[9223372036854775808]', 'int64', 'Value 0 is "9223372036854775808", not a int64'],
    ['[9007199254740993e0]', 'int64', 'Value 0 is 9007199254740992, not a int64'],
    ['[-1]', 'uint64', 'Value 0 is -1, not a uint64'],
    ['[[1, 2], [3]]', 'float32', 'Ragged array: 1 elements where its neighbours have 2, near value 2'],
    ['[[1], 2]', 'float32', 'Ragged array: a single value where its neighbours have 1, near value 1'],
    ['[1, [2]]', 'float32', 'Value 1 is [2], not a float32'],
    ['{"a": 1}', 'float32', 'Value 0 is {"a":1}, not a float32'],
    ['[1,', 'float32', 'The file is not valid JSON'],
    ['[1]', 'complex64', 'JSON has no complex64'],
  ])('%s as %s is refused', (text, dtype, message) => {
    expect(failure(() => read(text, dtype))).toMatchObject({ code: 'DATA_INVALID', message, data: { where: 'x.json' } })
  })
})

describe('fitting', () => {
  const wanted = (shape: number[], batchAxis = 0, dtype: Dtype = 'float32'): WantedTensor => ({
    name: 'x',
    dtype,
    shape,
    batchAxis,
  })
  const floats = (shape: number[]): TensorContent => ({
    dtype: 'float32',
    shape,
    data: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i),
  })
  const fitted = (shape: number[], into: WantedTensor) =>
    Array.from(fitTensor(floats(shape), into, 'x.npy').data as Float32Array)

  test('one item fills any batch, with or without its batch dimension', () => {
    expect(fitted([2], wanted([3, 2]))).toEqual([0, 1, 0, 1, 0, 1])
    expect(fitted([1, 2], wanted([3, 2]))).toEqual([0, 1, 0, 1, 0, 1])
  })
  test('items are taken in turn, and of many the first', () => {
    expect(fitted([2, 2], wanted([3, 2]))).toEqual([0, 1, 2, 3, 0, 1])
    expect(fitted([5, 2], wanted([3, 2]))).toEqual([0, 1, 2, 3, 4, 5])
    expect(fitted([4], wanted([3, 2]))).toEqual([0, 1, 2, 3, 0, 1])
  })
  test('a batch in the middle takes its items there', () => {
    expect(fitted([2, 2], wanted([2, 3, 2], 1))).toEqual([0, 1, 0, 1, 0, 1, 2, 3, 2, 3, 2, 3])
    expect(fitted([2, 2, 1], wanted([2, 3, 1], 1))).toEqual([0, 1, 0, 2, 3, 2])
  })
  test('without a batch the shape must be the same, or flat', () => {
    expect(fitted([2, 2], wanted([2, 2], -1))).toEqual([0, 1, 2, 3])
    expect(fitted([4], wanted([2, 2], -1))).toEqual([0, 1, 2, 3])
    expect(fitted([], wanted([], -1))).toEqual([0])
    expect(failure(() => fitted([1, 2], wanted([2, 2], -1)))).toMatchObject({ code: 'SHAPE_MISMATCH' })
  })
  test('another shape or dtype is refused with wanted and got', () => {
    expect(failure(() => fitted([3, 4], wanted([8, 3])))).toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'Input x takes 8×3, the file holds 3×4',
      data: { where: 'x.npy', hint: 'One item (3) or any number of them will do.' },
    })
    expect(failure(() => fitted([3], wanted([8, 3], 0, 'int64')))).toMatchObject({
      code: 'DATA_INVALID',
      message: 'Input x takes int64, the file holds float32',
    })
    expect(failure(() => fitted([0, 3], wanted([8, 3])))).toMatchObject({ code: 'SHAPE_MISMATCH' })
  })
  test('strings are repeated like numbers', () => {
    const content: TensorContent = { dtype: 'string', shape: [2], data: ['a', 'b'] }
    expect(fitTensor(content, wanted([2, 2], 0, 'string'), 'x').data).toEqual(['a', 'b', 'a', 'b'])
  })
  test('raw bytes are whole items', () => {
    const raw = (count: number, into: WantedTensor) =>
      fitRawBytes(
        Uint8Array.from({ length: count }, (_, i) => i),
        into,
        'x.bin',
      )
    expect(raw(4, wanted([2, 2], 0, 'int16')).data).toEqual(Int16Array.of(256, 770, 256, 770))
    expect(raw(6, wanted([2, 2], 0, 'uint8')).data).toEqual(Uint8Array.of(0, 1, 2, 3))
    expect(raw(2, wanted([2, 4], 0, 'int4')).data).toEqual(Uint8Array.of(0, 1, 0, 1))
    expect(failure(() => raw(5, wanted([2, 2], 0, 'int16')))).toMatchObject({
      code: 'SHAPE_MISMATCH',
      message: 'One item of input x (2 int16) has 4 B, the file 5 B',
    })
    expect(failure(() => raw(0, wanted([2, 2], 0, 'int16'))).code).toBe('SHAPE_MISMATCH')
    expect(failure(() => raw(8, wanted([2, 2], -1, 'uint8'))).code).toBe('SHAPE_MISMATCH')
    expect(failure(() => raw(8, wanted([2, 2], 0, 'string'))).code).toBe('DATA_INVALID')
    expect(failure(() => raw(2, wanted([3, 3], 0, 'int4'))).code).toBe('DATA_INVALID')
  })
})
