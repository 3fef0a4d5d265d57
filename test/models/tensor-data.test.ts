import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { DTYPES, type Dtype, type TensorSpec } from '#domain/model.ts'
import { randomData } from '../../src-main/models/random-data.ts'
import { makeInput } from '../../src-main/models/tensor-data.ts'
import golden from '../golden/formats/npy.json' with { type: 'json' }
import { fromBase64 } from '../helpers/bytes.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchscope-data-'))
})
afterAll(() => rm(folder, { recursive: true }))

const spec = (dtype: Dtype, shape: TensorSpec['shape']): TensorSpec => ({
  name: 'x',
  kind: 'tensor',
  dtype,
  ...(shape && { shape }),
})
async function file(name: string, content: Uint8Array | string) {
  const path = join(folder, name)
  await writeFile(path, content)
  return { source: 'file', path } as const
}
async function refused(work: Promise<unknown>): Promise<EngineError> {
  const thrown: unknown = await work.catch((error: unknown) => error)
  if (thrown instanceof EngineError) return thrown
  throw new Error(`Not refused with an EngineError: ${String(thrown)}`)
}

const ELEMENTS: Record<Dtype, [count: number, array: string]> = {
  float32: [12, 'Float32Array'],
  float16: [12, 'Uint16Array'],
  float64: [12, 'Float64Array'],
  bfloat16: [12, 'Uint16Array'],
  int8: [12, 'Int8Array'],
  uint8: [12, 'Uint8Array'],
  int16: [12, 'Int16Array'],
  uint16: [12, 'Uint16Array'],
  int32: [12, 'Int32Array'],
  uint32: [12, 'Uint32Array'],
  int64: [12, 'BigInt64Array'],
  uint64: [12, 'BigUint64Array'],
  bool: [12, 'Uint8Array'],
  string: [12, 'Array'],
  int4: [6, 'Uint8Array'],
  uint4: [6, 'Uint8Array'],
  complex64: [24, 'Float32Array'],
  complex128: [24, 'Float64Array'],
}

describe.each(DTYPES)('%s', dtype => {
  test('random and zeros have the array and length that ONNX Runtime takes', async () => {
    for (const data of [{ source: 'random', seed: 1 }, { source: 'zeros' }] as const) {
      const input = await makeInput(spec(dtype, ['n', 4]), [3, 4], data)
      expect(input).toMatchObject({ dtype, shape: [3, 4] })
      expect([input.data.length, input.data.constructor.name]).toEqual(ELEMENTS[dtype])
    }
  })

  test('the same seed gives the same values, another one others', () => {
    expect(randomData(dtype, [64], 5)).toEqual(randomData(dtype, [64], 5))
    expect(randomData(dtype, [64], 5)).not.toEqual(randomData(dtype, [64], 6))
  })
})

test('random values keep the range that is documented', () => {
  const range = (dtype: Dtype, shape = [4000]) => {
    const numbers = Array.from<unknown>(randomData(dtype, shape, 3)).map(Number)
    return [Math.min(...numbers), Math.max(...numbers)]
  }
  for (const dtype of ['int32', 'int64', 'uint32', 'uint64', 'bool'] as const) expect(range(dtype)).toEqual([0, 1])
  expect(range('int8')).toEqual([0, 127])
  expect(range('uint8')).toEqual([0, 255])
  const [least = -1, most = 2] = range('float32')
  expect(least).toBeGreaterThanOrEqual(0)
  expect(most).toBeLessThan(1)
  expect(most - least).toBeGreaterThan(0.99)
  const halves = new Float16Array((randomData('float16', [4000], 3) as Uint16Array<ArrayBuffer>).buffer)
  expect(Math.max(...halves)).toBeLessThan(1)
  expect(Math.min(...halves.filter(value => value > 0))).toBeGreaterThan(6.2e-5) // nothing subnormal
  expect(randomData('int64', [], 3)).toEqual(BigInt64Array.of(1n))
  expect(randomData('string', [2], 3)).toEqual([
    expect.stringMatching(/^[a-z]{8}$/),
    expect.stringMatching(/^[a-z]{8}$/),
  ])
})

test('the mean of many random floats is a half', () => {
  const data = randomData('float32', [100_000], 9) as Float32Array
  const mean = data.reduce((sum, value) => sum + value, 0) / data.length
  expect(mean).toBeCloseTo(0.5, 2)
})

describe('files', () => {
  const floats = spec('float32', ['n', 2, 3])
  const grid = [0, 0.25, 0.5, 0.75, 1, 1.25]

  test('.npy, .bin and .json with one item fill the batch', async () => {
    const sources = [
      await file('a.npy', fromBase64(golden.arrays[0]?.file ?? '')),
      await file('a.bin', new Uint8Array(Float32Array.from(grid).buffer)),
      await file('a.json', JSON.stringify([grid.slice(0, 3), grid.slice(3)])),
      await file('flat.JSON', JSON.stringify(grid)),
      await file('npy under another name', fromBase64(golden.arrays[0]?.file ?? '')),
    ]
    for (const source of sources) {
      const { data, shape } = await makeInput(floats, [2, 2, 3], source)
      expect([shape, Array.from<unknown>(data)]).toEqual([
        [2, 2, 3],
        [...grid, ...grid],
      ])
    }
  })

  test('the batch dimension may be another, or none', async () => {
    const state = await file('state.json', '[[1, 2], [3, 4]]')
    const { data } = await makeInput(spec('float32', [2, 'n', 2]), [2, 2, 2], state, 1)
    expect(Array.from<unknown>(data)).toEqual([1, 2, 1, 2, 3, 4, 3, 4])
    const rate = await makeInput(spec('int64', []), [], await file('rate.json', '16000'), -1)
    expect(rate.data).toEqual(BigInt64Array.of(16_000n))
  })

  test.each<[name: string, content: Uint8Array | string, code: string, message: RegExp]>([
    [
      'short.bin',
      new Uint8Array(23),
      'SHAPE_MISMATCH',
      /^One item of input x \(2×3 float32\) has 24 B, the file 23 B$/,
    ],
    ['other.npy', fromBase64(golden.arrays[2]?.file ?? ''), 'SHAPE_MISMATCH', /takes 2×2×3, the file holds 2×3×4$/],
    ['type.npy', fromBase64(golden.arrays[5]?.file ?? ''), 'DATA_INVALID', /takes float32, the file holds int8$/],
    ['text.npy', 'hello', 'DATA_INVALID', /^This is a text file, not input data$/],
    ['odd.txt', Uint8Array.of(1, 250, 3), 'DATA_INVALID', /^This is not input data$/],
    ['wrong.json', '[1, 2', 'DATA_INVALID', /^The file is not valid JSON$/],
    ['shape.json', '[[1, 2]]', 'SHAPE_MISMATCH', /takes 2×2×3, the file holds 1×2$/],
    ['empty.bin', '', 'SHAPE_MISMATCH', /the file 0 B$/],
  ])('%s is refused with wanted and got', async (name, content, code, message) => {
    const error = await refused(makeInput(floats, [2, 2, 3], await file(name, content)))
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.data.where).toBe(join(folder, name))
  })

  test('a file that is not there is named', async () => {
    const missing = { source: 'file', path: join(folder, 'none.npy') } as const
    expect(await refused(makeInput(floats, [2, 2, 3], missing))).toMatchObject({ code: 'FILE_NOT_FOUND' })
  })
})

test('a shape that does not fit the model is refused before any work', async () => {
  const zeros = { source: 'zeros' } as const
  expect(await refused(makeInput(spec('float32', ['n', 3]), [2, 4], zeros))).toMatchObject({
    code: 'SHAPE_MISMATCH',
    message: 'Input x takes n×3, not 2×4',
  })
  expect((await refused(makeInput(spec('float32', ['n', 3]), [3], zeros))).code).toBe('SHAPE_MISMATCH')
  expect((await refused(makeInput(spec('float32', ['n']), [-1], zeros))).code).toBe('SHAPE_MISMATCH')
  expect((await makeInput(spec('float32', undefined), [2, 2], zeros)).data).toHaveLength(4)
})

test('inputs that are no tensors, or of an unknown type, are not fed', async () => {
  for (const input of [
    { name: 'x', kind: 'sequence', dtype: 'float32' },
    { name: 'x', kind: 'tensor', shape: [2] },
  ] as const) {
    expect((await refused(makeInput({ ...input, shape: [2] }, [2], { source: 'zeros' }))).code).toBe(
      'MODEL_UNSUPPORTED',
    )
  }
})

test('an input larger than the machine says so', async () => {
  const error = await refused(makeInput(spec('float64', ['n']), [2 ** 45], { source: 'zeros' }))
  expect(error).toMatchObject({ code: 'DATA_INVALID', data: { hint: 'Use a smaller batch.' } })
})
