import { readFileSync } from 'node:fs'
import ort from 'onnxruntime-node'
import { beforeAll, describe, expect, test } from 'vitest'
import { type EngineError, toFailure } from '#domain/errors.ts'
import { callOverheadUs, IDENTITY_MODEL_BASE64 } from '../../src-main/workers/call-overhead.ts'
import { ortError } from '../../src-main/workers/ort-errors.ts'
import { makeFeeds, outputBytes, releaseFor } from '../../src-main/workers/ort-feeds.ts'
import { loadOrt, type OrtLibrary, sessionOptions } from '../../src-main/workers/ort-library.ts'
import { OrtCpuOptions } from '../../src-main/workers/ort-options.ts'
import { oneNode, SAMPLE_MODEL, tinyModel } from '../helpers/bench-worker.ts'

const options = OrtCpuOptions.parse({ intraOpThreads: 1 })
let library: OrtLibrary
beforeAll(async () => {
  library = await loadOrt()
})

test("the addon's own session computes what the package's public API computes", async () => {
  const pixels = Float32Array.from({ length: 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i))
  const feeds = { image: new ort.Tensor('float32', pixels, [2, 3, 32, 32]) }
  const session = await ort.InferenceSession.create(SAMPLE_MODEL, { intraOpNumThreads: 1 })
  const expected = await session.run(feeds)
  const { scores } = library.createSession(SAMPLE_MODEL, options).prepare(feeds)()
  expect(scores?.dims).toEqual([2, 10])
  expect(scores?.data).toEqual(expected.scores?.data)
})

test('inputs and outputs are told with symbolic dimensions by name', () => {
  const session = library.createSession(readFileSync(SAMPLE_MODEL) as Uint8Array<ArrayBuffer>, options)
  expect(session.inputs).toEqual([{ name: 'image', isTensor: true, typeCode: 1, shape: ['batch', 3, 32, 32] }])
  expect(session.outputs).toEqual([{ name: 'scores', isTensor: true, typeCode: 1, shape: ['batch', 10] }])
})

test('float16 values arrive as they were: the bits of 1 and 2 come back', async () => {
  const session = library.createSession(oneNode('Identity', 'float16'), options)
  const feeds = await makeFeeds(library, session, {
    shapes: { x: [1, 2] },
    data: { '*': { source: 'random', seed: 1 } },
  })
  const bits = feeds.x?.data
  expect(bits).toBeInstanceOf(Uint16Array)
  const out = session.prepare(feeds)().y?.data
  expect(ArrayBuffer.isView(out) && new Uint16Array(out.buffer, out.byteOffset, 2)).toEqual(bits)
})

test('releasing frees large outputs at once and leaves small ones alone', () => {
  const large = new ort.Tensor('float32', new Float32Array(1 << 20), [1 << 20])
  const small = new ort.Tensor('float32', new Float32Array(8), [8])
  const text = new ort.Tensor('string', ['a'], [1])
  expect(outputBytes({ large, small, text })).toBe((1 << 22) + 32)
  releaseFor({ large, small, text })({ large, small, text })
  expect((large.data as Float32Array).length).toBe(0)
  expect((small.data as Float32Array).length).toBe(8)
})

test('the empty model for the call overhead is one Identity node', () => {
  const value = (name: string) => ({ name, dtype: 'float32' as const, shape: [1] })
  const session = library.createSession(new Uint8Array(Buffer.from(IDENTITY_MODEL_BASE64, 'base64')), options)
  const written = library.createSession(
    tinyModel({
      nodes: [{ op: 'Identity', inputs: ['x'], outputs: ['y'] }],
      inputs: [value('x')],
      outputs: [value('y')],
    }),
    options,
  )
  expect([session.inputs, session.outputs]).toEqual([written.inputs, written.outputs])
  expect(callOverheadUs(library)).toBeGreaterThan(0.5)
})

test('options reach ONNX Runtime under its own names; 0 threads leaves the choice to it', () => {
  expect(sessionOptions(OrtCpuOptions.parse({}))).toEqual({
    executionProviders: ['cpu'],
    graphOptimizationLevel: 'all',
    executionMode: 'sequential',
    enableMemPattern: true,
    enableCpuMemArena: true,
  })
  expect(sessionOptions(OrtCpuOptions.parse({ intraOpThreads: 3, interOpThreads: 2 }))).toMatchObject({
    intraOpNumThreads: 3,
    interOpNumThreads: 2,
  })
})

test.each(
  OrtCpuOptions.shape.graphOptimization.unwrap().options,
)('graph optimization "%s" is taken by ONNX Runtime', level => {
  expect(() => library.createSession(SAMPLE_MODEL, { ...options, graphOptimization: level })).not.toThrow()
})

describe("ONNX Runtime's own words become typed failures", () => {
  const loading = (model: Uint8Array<ArrayBuffer>) => failure(() => library.createSession(model, options))
  const failure = (work: () => unknown): EngineError => {
    try {
      work()
    } catch (thrown) {
      return ortError(thrown, 'here')
    }
    throw new Error('it worked')
  }
  const feeding = (tensor: ort.Tensor) => {
    const session = library.createSession(SAMPLE_MODEL, options)
    return failure(session.prepare({ image: tensor }))
  }

  test.each<[string, () => EngineError, string, RegExp]>([
    ['garbage', () => loading(new Uint8Array(Buffer.from('no model'))), 'MODEL_BROKEN', /not a whole ONNX model/],
    [
      'a future IR version',
      () => loading(oneNode('Identity', 'float32', { irVersion: 99 })),
      'MODEL_UNSUPPORTED',
      /IR version 99; .* up to 13/,
    ],
    [
      'a future opset',
      () => loading(oneNode('Identity', 'float32', { opset: 99 })),
      'MODEL_UNSUPPORTED',
      /opset 99 of ai\.onnx; .* up to 26/,
    ],
    [
      'an unknown operator',
      () => loading(oneNode('NoSuchOp', 'float32')),
      'MODEL_UNSUPPORTED',
      /no operator NoSuchOp in opset 17/,
    ],
    [
      'a custom operator',
      () => loading(oneNode('Mine', 'float32', { domain: 'my.own' })),
      'MODEL_UNSUPPORTED',
      /custom operator my\.own:Mine/,
    ],
    [
      'a type without a kernel',
      () => loading(oneNode('Identity', 'int4', { opset: 21, irVersion: 10 })),
      'MODEL_UNSUPPORTED',
      /cannot run Identity \(opset 21\)/,
    ],
    [
      'complex numbers',
      () => loading(oneNode('Identity', 'complex64')),
      'MODEL_UNSUPPORTED',
      /element type tensor\(complex64\)/,
    ],
    ['a graph that breaks type rules', () => loading(oneNode('Relu', 'string')), 'MODEL_BROKEN', /rules of ONNX/],
    [
      'a wrong size',
      () => feeding(new ort.Tensor('float32', new Float32Array(768), [1, 3, 16, 16])),
      'SHAPE_MISMATCH',
      /Input image has the wrong shape: index: 2 Got: 16 Expected: 32/,
    ],
    [
      'a wrong rank',
      () => feeding(new ort.Tensor('float32', new Float32Array(3072), [3, 32, 32])),
      'SHAPE_MISMATCH',
      /Input image has 3 dimensions, .* 4/,
    ],
    [
      'a wrong type',
      () => feeding(new ort.Tensor('float64', new Float64Array(3072), [1, 3, 32, 32])),
      'DATA_INVALID',
      /tensor\(double\), .* tensor\(float\)/,
    ],
    [
      'no input',
      () => failure(library.createSession(SAMPLE_MODEL, options).prepare({})),
      'DATA_INVALID',
      /Input image was not given/,
    ],
    [
      'a file that is not there',
      () => failure(() => library.createSession('/no/such/model.onnx', options)),
      'FILE_NOT_FOUND',
      /no such model/,
    ],
  ])('%s', (_what, provoke, code, message) => {
    const error = provoke()
    expect(error).toMatchObject({ code, message: expect.stringMatching(message), data: { where: 'here' } })
    expect(error.data.hint).toMatch(/\.$/)
    expect(error.data.detail).toMatch(/\w/)
  })

  test('sizes that clash inside the model name the node', () => {
    const model = tinyModel({
      nodes: [{ op: 'Reshape', inputs: ['x', 'shape'], outputs: ['y'] }],
      inputs: [{ name: 'x', dtype: 'float32', shape: ['n', 2] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: [1, 2] }],
      weights: [{ name: 'shape', dtype: 'int64', shape: [2], raw: new Uint8Array(BigInt64Array.of(1n, 2n).buffer) }],
    })
    const session = library.createSession(model, options)
    const error = failure(session.prepare({ x: new ort.Tensor('float32', new Float32Array(6), [3, 2]) }))
    expect(error).toMatchObject({ code: 'SHAPE_MISMATCH', message: expect.stringContaining('Reshape node') })
  })

  test('an index beyond a table is a matter of data', () => {
    const model = tinyModel({
      nodes: [{ op: 'Gather', inputs: ['table', 'x'], outputs: ['y'] }],
      inputs: [{ name: 'x', dtype: 'int64', shape: ['n'] }],
      outputs: [{ name: 'y', dtype: 'float32', shape: ['n'] }],
      weights: [{ name: 'table', dtype: 'float32', shape: [3], raw: new Uint8Array(12) }],
    })
    const session = library.createSession(model, options)
    const error = failure(session.prepare({ x: new ort.Tensor('int64', BigInt64Array.of(99n), [1]) }))
    expect(error).toMatchObject({ code: 'DATA_INVALID', data: { hint: expect.stringContaining('zeros') } })
  })

  test('unknown words are kept whole; a bug of ours is not dressed up as theirs', () => {
    expect(ortError(new Error('a new complaint'), 'm.onnx')).toMatchObject({
      code: 'RUNTIME_FAILED',
      data: { where: 'm.onnx', detail: 'a new complaint' },
    })
    expect(toFailure(new TypeError('x is not a function')).code).toBe('INTERNAL')
  })

  test('running out of memory says so', () => {
    expect(ortError(new Error('std::bad_alloc'), 'm').data.hint).toMatch(/smaller batch/)
  })
})
