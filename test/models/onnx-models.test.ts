import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { InferenceSession as Session } from 'onnxruntime-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Dtype } from '#domain/model.ts'
import { onnx } from '#formats/onnx.ts'
import type { TensorData } from '#formats/tensor.ts'
import { randomData } from '../../src-main/models/random-data.ts'
import { memorySource } from '../helpers/bytes.ts'
import {
  externalDataModel,
  failingModel,
  identityModel,
  mixedInputModel,
  resnet50Model,
  scalarInputModel,
  sequenceInputModel,
  staticBatchModel,
  unknownOperatorModel,
} from '../helpers/onnx-models.ts'

// The native part of onnxruntime-node 1.30 reads no bytes out of a Float16Array (Node 24 has it): without the global,
// onnxruntime-common hands it the Uint16Array that it understands.
Reflect.deleteProperty(globalThis, 'Float16Array')
const { InferenceSession, Tensor } = await import('onnxruntime-node')

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchscope-onnx-'))
})
afterAll(() => rm(folder, { recursive: true }))

const options: Session.SessionOptions = { intraOpNumThreads: 1, logSeverityLevel: 4 }
const load = (bytes: Uint8Array) => InferenceSession.create(bytes, options)
/** Past the constructor's types, which know neither all dtypes nor patterns for float16. */
const tensorOf = (dtype: Dtype, data: TensorData, shape: number[]): InstanceType<typeof Tensor> =>
  Reflect.construct(Tensor, [dtype, data, shape])
const floats = (count: number) => Float32Array.from({ length: count }, (_, i) => i)

const FED: Dtype[] = [
  'float32',
  'float16',
  'float64',
  'int8',
  'uint8',
  'int16',
  'uint16',
  'int32',
  'uint32',
  'int64',
  'uint64',
  'bool',
  'string',
]

test.each(FED)('random %s goes through ONNX Runtime unchanged', async dtype => {
  const session = await load(identityModel(dtype))
  const data = randomData(dtype, [3, 4], 7)
  const { y } = await session.run({ x: tensorOf(dtype, data, [3, 4]) })
  expect(y).toMatchObject({ type: dtype, dims: [3, 4] })
  expect(Array.from(y?.data as ArrayLike<unknown>)).toEqual(Array.from<unknown>(data))
  await session.release()
})

test.each([
  'bfloat16',
  'int4',
  'uint4',
  'complex64',
] as const)('%s cannot be fed through onnxruntime-node', async dtype => {
  const run = async () => {
    const session = await load(identityModel(dtype))
    return session.run({ x: tensorOf(dtype, randomData(dtype, [2, 4], 0), [2, 4]) })
  }
  await expect(run()).rejects.toThrow()
})

test('the static model takes its batch and no other', async () => {
  const session = await load(staticBatchModel(4))
  const run = (batch: number) => session.run({ x: new Tensor('float32', floats(batch * 768), [batch, 3, 16, 16]) })
  expect((await run(4)).y?.dims).toEqual([4, 4])
  await expect(run(2)).rejects.toThrow(/invalid dimensions/i)
})

test('the scalar-input model multiplies', async () => {
  const session = await load(scalarInputModel())
  const { y } = await session.run({
    x: new Tensor('float32', floats(16), [2, 8]),
    scale: new Tensor('float32', Float32Array.of(2), []),
  })
  expect(Array.from(y?.data as Float32Array)).toEqual(Array.from(floats(16), value => 2 * value))
})

test('the mixed-input model runs on int64, float and string', async () => {
  const session = await load(mixedInputModel())
  const { y, text_out } = await session.run({
    ids: new Tensor('int64', BigInt64Array.of(1n, 2n), [2, 1]),
    x: new Tensor('float32', Float32Array.of(0.5, 0.5), [2, 1]),
    text: new Tensor('string', ['a', 'b'], [2]),
  })
  expect(Array.from(y?.data as Float32Array)).toEqual([1.5, 2.5])
  expect(text_out?.data).toEqual(['a', 'b'])
})

test('the external-data model finds its weights beside it', async () => {
  const { model, weights } = externalDataModel()
  await Promise.all([writeFile(join(folder, 'm.onnx'), model), writeFile(join(folder, 'weights.bin'), weights)])
  const session = await InferenceSession.create(join(folder, 'm.onnx'), options)
  const { y } = await session.run({ x: new Tensor('float32', new Float32Array(4), [1, 4]) })
  expect(Array.from(y?.data as Float32Array)).toEqual([1, 2, 3, 4])
})

test('the failing model loads and fails at run', async () => {
  const session = await load(failingModel())
  await expect(session.run({ x: new Tensor('float32', floats(2), [2]) })).rejects.toThrow(/Gather/)
})

test('the model with an unknown operator is refused at load', async () => {
  await expect(load(unknownOperatorModel())).rejects.toThrow(/Teleport/)
})

test('the sequence-input model loads', async () => {
  expect((await load(sequenceInputModel())).inputNames).toEqual(['x'])
})

test('the ResNet-50-shaped model has the layers and weights of ResNet-50 and runs', async () => {
  const bytes = resnet50Model()
  const { weights, operators } = await onnx.read(memorySource(bytes))
  // 25,557,032 parameters of the original, of which 26,560 are scales that folding batch norms takes away
  const count = 25_557_032 - 26_560
  expect(weights).toEqual([{ dtype: 'float32', count, bytes: 4 * count }])
  expect(operators).toContainEqual({ type: 'Conv', count: 53 })
  const session = await load(bytes)
  const { y } = await session.run({
    image: new Tensor('float32', new Float32Array(3 * 224 * 224).fill(0.5), [1, 3, 224, 224]),
  })
  expect(y?.dims).toEqual([1, 1000])
  expect(Array.from(y?.data as Float32Array).every(Number.isFinite)).toBe(true)
  await session.release()
}, 60_000)
