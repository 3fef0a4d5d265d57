import { describe, expect, test } from 'vitest'
import { fromFloat16Bits, toFloat16Bits } from '#formats/half.ts'
import { npy } from '#formats/npy.ts'
import { encodeNpy } from '#formats/npy-write.ts'
import { extraOutputs, readOnnxGraph } from '#formats/onnx-graph.ts'
import type { TensorContent } from '#formats/tensor.ts'
import { castFloats } from '#formats/tensor-cast.ts'
import { numbersOf } from '#formats/tensor-values.ts'
import { memorySource } from '../helpers/bytes.ts'
import { layeredModel } from '../helpers/layered-model.ts'

describe('the nodes of an ONNX model', () => {
  test('are told in order with the tensors between them', async () => {
    const { bytes, convolutions } = layeredModel()
    const { nodes, outputs } = await readOnnxGraph(memorySource(bytes))
    expect(nodes.filter(({ operator }) => operator === 'Conv').map(({ outputs }) => outputs[0])).toEqual(convolutions)
    expect(nodes[0]?.inputs).toEqual(['x', 'weight_0', 'weight_1'])
    expect(outputs).toEqual(['scores'])
  })

  test('gain outputs by bytes put behind the file', async () => {
    const { bytes, convolutions } = layeredModel()
    const long = 'n'.repeat(300)
    const more = Buffer.concat([bytes, extraOutputs([convolutions[4] ?? '', long, 'Größe'])])
    const { nodes, outputs } = await readOnnxGraph(memorySource(more))
    expect(outputs).toEqual(['scores', convolutions[4], long, 'Größe'])
    expect(nodes).toHaveLength((await readOnnxGraph(memorySource(bytes))).nodes.length)
  })
})

test('every half-precision pattern comes back from the number it stands for', () => {
  for (let pattern = 0; pattern < 0x10000; pattern++) {
    const value = fromFloat16Bits(pattern)
    if (Number.isNaN(value)) expect((pattern & 0x7c00) === 0x7c00 && (pattern & 0x3ff) !== 0, `${pattern}`).toBe(true)
    else if (toFloat16Bits(value) !== pattern) throw new Error(`pattern ${pattern} became ${toFloat16Bits(value)}`)
  }
  expect([0x3c00, 0xc000, 0x0001, 0x7bff, 0xfc00].map(fromFloat16Bits)).toEqual([1, -2, 2 ** -24, 65_504, -Infinity])
})

test.each<TensorContent>([
  { dtype: 'float32', shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, Number.NaN, 6) },
  { dtype: 'float16', shape: [3], data: Uint16Array.of(0x3c00, 0xc000, 0x7c00) },
  { dtype: 'bool', shape: [2], data: Uint8Array.of(1, 0) },
  { dtype: 'int64', shape: [], data: BigInt64Array.of(-9_007_199_254_740_993n) },
  { dtype: 'bfloat16', shape: [1], data: Uint16Array.of(0x3f80) },
])('$dtype $shape written as .npy reads back the same', async content => {
  const bytes = Buffer.concat(encodeNpy(content))
  expect(bytes.indexOf(10) % 64).toBe(63)
  expect(await npy.read(memorySource(bytes))).toEqual(content)
})

test('values are told as numbers whatever they are stored in; strings and complex ones are not', () => {
  const of = (content: TensorContent) => {
    const values = numbersOf(content)
    return values === undefined ? undefined : Array.from(values)
  }
  expect(of({ dtype: 'bfloat16', shape: [2], data: Uint16Array.of(0x3f80, 0xc0a0) })).toEqual([1, -5])
  expect(of({ dtype: 'int4', shape: [3], data: Uint8Array.of(0xf1, 0x08) })).toEqual([1, -1, -8])
  expect(of({ dtype: 'uint4', shape: [3], data: Uint8Array.of(0xf1, 0x08) })).toEqual([1, 15, 8])
  expect(of({ dtype: 'string', shape: [1], data: ['a'] })).toBeUndefined()
  expect(of({ dtype: 'complex64', shape: [1], data: Float32Array.of(1, 2) })).toBeUndefined()
})

test('floats become other floats, nothing else is touched', () => {
  const half = castFloats({ dtype: 'float32', shape: [2], data: Float32Array.of(1, 65_520) }, 'float16')
  expect(half).toEqual({ dtype: 'float16', shape: [2], data: Uint16Array.of(0x3c00, 0x7c00) })
  const ids: TensorContent = { dtype: 'int64', shape: [1], data: BigInt64Array.of(3n) }
  expect(castFloats(ids, 'float16')).toBe(ids)
})
