import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type Datatype, ImagePreparation, RequestInput, type ServerTensor } from '#domain/server.ts'
import { datatypeOf, decodeBytes, encodeValues, valueReader } from '../../../src-main/triton/data/datatypes.ts'
import { prepareInput } from '../../../src-main/triton/data/request-data.ts'
import { fitShape } from '../../../src-main/triton/data/request-data-shape.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const X: ServerTensor = { name: 'x', datatype: 'FP32', shape: [-1, 3] }

async function prepare(
  source: object,
  spec: ServerTensor = X,
  more: { batch?: number; shape?: number[]; isBatched?: boolean } = {},
) {
  const { batch = 1, shape, isBatched = true } = more
  const input = RequestInput.parse({ name: spec.name, source, ...(shape === undefined ? {} : { shape }) })
  const made = await prepareInput(input, spec, { isBatched, batch }, ImagePreparation.parse({}))
  const { datatype, data } = made.tensor
  return { ...made, values: valuesOf(datatypeOf(datatype), data) }
}
function valuesOf(datatype: Datatype, data: Uint8Array): string[] {
  if (datatype === 'BYTES') return decodeBytes(data).map(bytes => new TextDecoder().decode(bytes))
  const reader = valueReader(datatype, data)
  return Array.from({ length: reader.count }, (_, i) => reader.text(i))
}
const json = (text: string) => ({ from: 'json', text })

test('data bring their own batch, one item fills any, several are taken in turn', async () => {
  expect((await prepare(json('[[1,2,3],[4,5,6]]'))).tensor.shape).toEqual([2, 3])
  expect((await prepare(json('[1,2,3]'))).tensor.shape).toEqual([1, 3])
  expect((await prepare(json('[1,2,3]'), X, { batch: 2 })).values).toEqual(['1', '2', '3', '1', '2', '3'])
  const three = await prepare(json('[[1,2,3],[4,5,6]]'), X, { batch: 3 })
  expect(three.values.slice(6)).toEqual(['1', '2', '3'])
  expect(three.facts.items).toContain('taken in turn')
  const texts = await prepare(
    { from: 'text', text: 'a\nb\n' },
    { name: 't', datatype: 'BYTES', shape: [-1, 1] },
    { batch: 3 },
  )
  expect(texts.values).toEqual(['a', 'b', 'a'])
})

test('free sizes come from the data', () => {
  const shapeFor = (shape: number[], got: number[], isBatched = true) =>
    fitShape({ name: 'x', shape, isBatched, batch: 1 }, got, 'x').shape
  expect(shapeFor([-1, -1], [5])).toEqual([1, 5])
  expect(shapeFor([-1, -1], [2, 5])).toEqual([2, 5])
  expect(shapeFor([-1, 4, -1], [12])).toEqual([1, 4, 3])
  expect(shapeFor([-1, 3], [9])).toEqual([3, 3])
  expect(shapeFor([-1], [7], false)).toEqual([7])
  expect(shapeFor([2, 3], [6], false)).toEqual([2, 3])
  expect(shapeFor([], [], false)).toEqual([])
  expect(() => shapeFor([-1, -1, -1], [12])).toThrow('takes ?×?×?')
  expect(() => shapeFor([-1, 3], [4])).toThrow('takes ?×3')
  expect(() => shapeFor([3], [6], false)).toThrow('takes 3')
})

test("a shape that is told must be the input's and hold the data", async () => {
  const free: ServerTensor = { name: 'x', datatype: 'INT64', shape: [-1, -1, -1] }
  expect(
    (await prepare({ from: 'text', text: '1 2, 3\n9007199254740993' }, free, { shape: [1, 2, 2] })).values,
  ).toEqual(['1', '2', '3', '9007199254740993'])
  await expect(prepare(json('[1,2,3]'), X, { shape: [1, 4] })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
  await expect(prepare(json('[1,2,3]'), X, { shape: [2, 3] })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
})

test('files are known by their content, raw bytes by their name', async () => {
  const folder = tempFolder()
  const file = (name: string, content: string | Uint8Array) => {
    const path = join(folder, name)
    writeFileSync(path, content)
    return { from: 'file', path }
  }
  const raw = encodeValues('FP32', [1, 2, 3])
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (1, 3), }`.padEnd(117)
  const npy = Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([118, 0]),
    Buffer.from(`${header}\n`),
    raw,
  ])
  const fromNpy = await prepare(file('data', npy))
  expect(fromNpy.values).toEqual(['1', '2', '3'])
  expect(fromNpy.origin).toMatchObject({ from: 'npy', offset: 128 })
  expect((await prepare(file('x.bin', raw))).origin).toMatchObject({ from: 'file', offset: 0 })
  expect((await prepare(file('x.json', '[[1,2,3]]'))).values).toEqual(['1', '2', '3'])
  expect((await prepare(file('x.txt', '1 2 3\n'))).values).toEqual(['1', '2', '3'])
  await expect(prepare(file('x.xyz', 'hello'))).rejects.toMatchObject({
    code: 'DATA_INVALID',
    data: { hint: expect.stringContaining('.npy') },
  })
  await expect(prepare(file('y.bin', raw.subarray(1)))).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
  await expect(prepare(file('y.json', '[[1,2],[3]]'))).rejects.toMatchObject({ code: 'DATA_INVALID' })
  await expect(prepare(file('z.npy', npy), { ...X, datatype: 'INT32' })).rejects.toMatchObject({
    code: 'DATA_INVALID',
    message: 'The input takes INT32, the file holds FP32',
  })
  await expect(prepare({ from: 'file', path: join(folder, 'none') })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' })
  mkdirSync(join(folder, 'sub'))
  await expect(prepare({ from: 'file', path: join(folder, 'sub') })).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
})

test('random values are the same for the same seed, free sizes are said', async () => {
  const one = await prepare(
    { from: 'random', seed: 5 },
    { name: 'x', datatype: 'FP16', shape: [-1, 4, -1] },
    { batch: 2 },
  )
  const two = await prepare(
    { from: 'random', seed: 5 },
    { name: 'x', datatype: 'FP16', shape: [-1, 4, -1] },
    { batch: 2 },
  )
  expect(one.tensor).toEqual(two.tensor)
  expect(one.tensor.shape).toEqual([2, 4, 1])
  expect(one.facts).toMatchObject({ seed: 5, freeSizes: 'each taken as 1', shape: '2×4×1' })
  expect(
    (await prepare({ from: 'zeros' }, { name: 't', datatype: 'BYTES', shape: [2] }, { isBatched: false })).values,
  ).toEqual(['', ''])
  await expect(prepare({ from: 'zeros' }, { ...X, datatype: 'FP8' })).rejects.toMatchObject({ code: 'DATA_INVALID' })
})
