import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { Model } from '#domain/model.ts'
import { readHead } from '#formats/define.ts'
import { onnx } from '#formats/onnx.ts'
import { encodeModel, rawBytes } from '../../resources/onnx-writer.ts'
import golden from '../golden/formats/onnx.json' with { type: 'json' }
import { fromBase64, memorySource } from '../helpers/bytes.ts'
import { identityModel } from '../helpers/onnx-models.ts'

const read = (bytes: Uint8Array) => onnx.read(memorySource(bytes, 'm.onnx'))
const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))]
const message = (number: number, body: number[]) => [...varint(number * 8 + 2), ...varint(body.length), ...body]

describe('against the onnx package', () => {
  test.each(golden.models)('$name', async ({ file, content: { weights, operators, ...same } }) => {
    const content = await read(fromBase64(file))
    expect(content).toMatchObject(same)
    expect(Object.fromEntries(content.weights.map(({ dtype, ...rest }) => [dtype, rest]))).toEqual(weights)
    expect(Object.fromEntries(content.operators.map(({ type, count }) => [type, count]))).toEqual(operators)
    expect(content.nodeCount).toBe(content.operators.reduce((sum, { count }) => sum + count, 0))
    expect(content.inputs.map(({ name }) => name)).toEqual(same.inputs.map(({ name }) => name))
    const { externalFiles, ...fields } = content
    const model = { path: '/m', name: 'm', format: 'onnx', bytes: 1, sha256: '', externalData: [], ...fields }
    expect(Model.parse(model)).toEqual(model)
  })

  test('external data is named with the size it must have', async () => {
    const { externalFiles } = await read(fromBase64(golden.models[2]?.file ?? ''))
    expect(externalFiles).toEqual([{ location: 'weights/big.bin', needsBytes: 4096 + 20_000 }])
  })
})

test('weights of any size are passed over, not read', async () => {
  const raw = rawBytes(new Float32Array(4_000_000))
  const source = memorySource(
    encodeModel({
      producer: 'test',
      irVersion: 8,
      opsets: [],
      graph: {
        name: 'g',
        nodes: [],
        inputs: [],
        outputs: [],
        weights: [{ name: 'w', dtype: 'float32', shape: [4_000_000], raw }],
      },
    }),
  )
  expect((await onnx.read(source)).weights).toEqual([{ dtype: 'float32', count: 4_000_000, bytes: 16_000_000 }])
  expect(source.bytesRead).toBeLessThan(64_000)
})

test('a dimension of −1 is a free size, as its exporters mean it', async () => {
  const { inputs } = await read(identityModel('float32', [-1, 4]))
  expect(inputs[0]?.shape).toEqual(['', 4])
})

describe('damage is said with its place', () => {
  const model = identityModel()
  test.each<[what: string, bytes: Uint8Array, message: RegExp]>([
    ['cut in the graph', model.subarray(0, 60), /does not fit: the file ends before it, at byte 19$/],
    ['no graph', Uint8Array.of(8, 8), /no graph: it ends at byte 2/],
    ['a group', Uint8Array.of(8, 8, 0x0b), /unknown wire type 3 at byte 2/],
    ['field 0', Uint8Array.of(8, 8, 0x02, 0), /No protobuf field at byte 2/],
    ['an endless number', Uint8Array.of(8, ...Array(11).fill(0xff), 1), /more than 10 bytes at byte 1/],
    [
      'a length beyond its parent',
      Uint8Array.from([8, 8, ...message(7, [...varint(1 * 8 + 2), 100, 0]), ...message(8, Array(200).fill(0))]),
      /runs past the end of what holds it/,
    ],
    [
      'a number where a text belongs',
      Uint8Array.from([8, 8, ...message(7, message(11, [8, 1]))]),
      /Field 1 has wire type 0 instead of 2 at byte 6/,
    ],
    [
      'a negative dimension of a weight',
      Uint8Array.from([8, 8, ...message(7, message(5, [8, ...Array(9).fill(255), 1, 16, 1]))]),
      /impossible size/,
    ],
    [
      'dimensions that overflow',
      Uint8Array.from([8, 8, ...message(7, message(5, [...Array(8).fill([8, 255, 255, 127]).flat(), 16, 1]))]),
      /impossible size/,
    ],
    [
      '300 dimensions',
      Uint8Array.from([8, 8, ...message(7, message(5, Array(300).fill([8, 1]).flat()))]),
      /More than 256 numbers/,
    ],
  ])('%s', async (_, bytes, wanted) => {
    const error = await read(bytes).catch(thrown => thrown)
    expect(error).toBeInstanceOf(EngineError)
    expect(error).toMatchObject({ code: 'MODEL_BROKEN', data: { where: 'm.onnx', hint: expect.any(String) } })
    expect(error.message).toMatch(wanted)
  })

  test('graphs nested in graphs end at a limit, not at the stack', async () => {
    let graph: number[] = []
    for (let level = 0; level < 100; level++) graph = message(1, message(5, message(6, graph)))
    await expect(read(Uint8Array.from([8, 8, ...message(7, graph)]))).rejects.toThrow(/Nested more than 96 levels/)
  })

  test('a name that claims gigabytes allocates nothing', async () => {
    const source = { ...memorySource(Uint8Array.from([8, 8, 0x12, ...varint(3e9)])), size: 4e9 }
    await expect(onnx.read(source)).rejects.toThrow(/A name of 3000000000 bytes/)
  })

  test('an abort ends the reading', async () => {
    await expect(onnx.read(memorySource(model), AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
  })
})

describe('sniffing', () => {
  const claims = async (bytes: Uint8Array) => onnx.sniff(await readHead(memorySource(bytes)))
  test('claims models, cut ones too', async () => {
    expect(await claims(identityModel())).toBe(true)
    expect(await claims(identityModel().subarray(0, 40))).toBe(true)
    for (const { file } of golden.models) expect(await claims(fromBase64(file))).toBe(true)
  })
  test('leaves other protobuf alone', async () => {
    const tensorProto = Uint8Array.of(8, 1, 8, 4, 16, 1, 0x4a, 4, 0, 0, 0, 0)
    const savedModel = Uint8Array.from([8, 1, ...message(2, message(1, message(4, [...Buffer.from('serve\0\x01')])))])
    const caffe = Uint8Array.from([...message(1, [...Buffer.from('AlexNet')]), ...message(100, [8, 1])])
    for (const bytes of [tensorProto, savedModel, caffe, new Uint8Array(0), new Uint8Array(100)]) {
      expect(await claims(bytes)).toBe(false)
    }
  })
})
