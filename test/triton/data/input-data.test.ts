import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { EngineError } from '../../../src-main/domain/errors.ts'
import { decodeBytes } from '../../../src-main/triton/data/datatypes.ts'
import { type InputDataOptions, readInputData } from '../../../src-main/triton/data/input-data.ts'
import { temporaryFolder } from '../../helpers/bench-worker.ts'

const floats = { name: 'X', datatype: 'FP32', shape: [1, 4] }
const texts = { name: 'TEXT', datatype: 'BYTES', shape: [1, 2] }

function read(source: string, options: Partial<InputDataOptions> = {}, mostBytes?: number) {
  const all = { inputs: [floats], batch: 1, batches: true, source, seed: 1, stringLength: 6, ...options }
  return readInputData(all, mostBytes)
}

/** @returns the options to read this value as a file */
function json(data: unknown): string {
  const path = join(temporaryFolder(), 'data.json')
  writeFileSync(path, typeof data === 'string' ? data : JSON.stringify(data))
  return path
}

const asFloats = (data: Uint8Array | undefined) => [...new Float32Array(Uint8Array.from(data ?? []).buffer)]
const values = async (source: string, options: Partial<InputDataOptions> = {}) =>
  (await read(source, options)).streams.map(stream => stream.map(step => asFloats(step[0]?.data)))
const failure = async (reading: Promise<unknown>) => {
  const error = await reading.then(
    () => undefined,
    (thrown: EngineError) => thrown,
  )
  if (error === undefined) throw new Error('nothing was thrown')
  return error
}

describe('made data', () => {
  test('random values are finite, the same for a seed, and batch N sends N copies of one item', async () => {
    const one = (await read('random')).streams[0]?.[0]?.[0]
    const four = (await read('random', { batch: 4, inputs: [{ ...floats, shape: [4, 4] }] })).streams[0]?.[0]?.[0]
    const item = asFloats(one?.data)
    expect(item.every(value => Number.isFinite(value))).toBe(true)
    expect(new Set(item).size).toBeGreaterThan(1)
    expect(four?.shape).toEqual([4, 4])
    expect(asFloats(four?.data)).toEqual([...item, ...item, ...item, ...item])
    expect((await read('random')).streams[0]?.[0]?.[0]?.data).toEqual(one?.data)
    expect((await read('random', { seed: 2 })).streams[0]?.[0]?.[0]?.data).not.toEqual(one?.data)
  })

  test('texts have the length asked for, or are the text given', async () => {
    const made = (await read('random', { inputs: [texts] })).streams[0]?.[0]?.[0]?.data
    expect(decodeBytes(made ?? new Uint8Array()).map(text => /^[a-z]{6}$/.test(Buffer.from(text).toString()))).toEqual([
      true,
      true,
    ])
    const given = (await read('random', { inputs: [texts], stringData: 'hé' })).streams[0]?.[0]?.[0]?.data
    expect(Buffer.from(given ?? []).toString()).toBe('\x03\0\0\0hé\x03\0\0\0hé')
  })

  test('zero is zeros and empty texts', async () => {
    const step = (await read('zero', { inputs: [floats, texts] })).streams[0]?.[0]
    expect(asFloats(step?.[0]?.data)).toEqual([0, 0, 0, 0])
    expect(step?.[1]?.data).toEqual(new Uint8Array(8))
  })

  test('a model that does not batch gets its whole shape', async () => {
    const options = { batches: false, batch: 1, inputs: [{ ...floats, shape: [4] }] }
    expect((await read('random', options)).streams[0]?.[0]?.[0]).toMatchObject({ shape: [4] })
  })
})

describe('a folder', () => {
  test('has a raw file for each input, and a text a line for BYTES', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'X'), new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer))
    writeFileSync(join(folder, 'TEXT'), 'one\ntwo words\n')
    const { streams } = await read(folder, { inputs: [floats, texts] })
    expect(asFloats(streams[0]?.[0]?.[0]?.data)).toEqual([1, 2, 3, 4])
    expect(Buffer.from(streams[0]?.[0]?.[1]?.data ?? []).toString()).toBe('\x03\0\0\0one\x09\0\0\0two words')
  })

  test('a missing file, a wrong size, and a name that leads out are named', async () => {
    const folder = temporaryFolder()
    expect(await failure(read(folder))).toMatchObject({ code: 'FILE_NOT_FOUND', data: { where: join(folder, 'X') } })
    writeFileSync(join(folder, 'X'), new Uint8Array(15))
    const wrong = await failure(read(folder))
    expect(wrong.message).toBe('Input X takes 16 bytes (shape 4), here are 15 bytes')
    mkdirSync(join(folder, 'inner'))
    const outside = await failure(read(join(folder, 'inner'), { inputs: [{ ...floats, name: '../X' }] }))
    expect(outside).toMatchObject({ code: 'DATA_INVALID', data: { where: '../X' } })
  })
})

describe('perf_analyzer’s JSON', () => {
  const b64 = Buffer.from(Float32Array.of(9, 8, 7, 6).buffer).toString('base64')

  test('takes flat lists, content with shape, and base64 with and without shape', async () => {
    const data = [
      { X: [1, 2, 3, 4] },
      { X: { content: [5, 6, 7, 8], shape: [4] } },
      { X: { b64 } },
      { X: { content: { b64 }, shape: [4] } },
      {
        X: [
          [1, 1],
          [2, 2],
        ],
      },
    ]
    expect(await values(json({ data }))).toEqual([
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
        [9, 8, 7, 6],
        [9, 8, 7, 6],
        [1, 1, 2, 2],
      ],
    ])
  })

  test('a list of lists is several streams', async () => {
    const [a, b, c] = [{ X: [1, 1, 1, 1] }, { X: [2, 2, 2, 2] }, { X: [3, 3, 3, 3] }]
    expect(await values(json({ data: [[a, b], [c]] }))).toEqual([
      [
        [1, 1, 1, 1],
        [2, 2, 2, 2],
      ],
      [[3, 3, 3, 3]],
    ])
  })

  test('batch N takes the next N steps, round and round', async () => {
    const data = [1, 2, 3].map(x => ({ X: [x] }))
    const inputs = [{ ...floats, shape: [2, 1] }]
    expect(await values(json({ data }), { inputs, batch: 2 })).toEqual([
      [
        [1, 2],
        [3, 1],
        [2, 3],
      ],
    ])
    expect(await values(json({ data }), { inputs: [{ ...floats, shape: [3, 1] }], batch: 3 })).toEqual([[[1, 2, 3]]])
  })

  test('64-bit integers keep every digit, BYTES come as texts or as base64 with length prefixes', async () => {
    const inputs = [{ name: 'ID', datatype: 'INT64', shape: [1, 1] }]
    const { streams } = await read(json('{"data": [{"ID": [9007199254740993]}]}'), { inputs })
    expect(new BigInt64Array(Uint8Array.from(streams[0]?.[0]?.[0]?.data ?? []).buffer)[0]).toBe(9007199254740993n)
    const raw = Buffer.from('\x01\0\0\0a\x02\0\0\0bc', 'latin1')
    const two = await read(json({ data: [{ TEXT: ['a', 'bc'] }, { TEXT: { b64: raw.toString('base64') } }] }), {
      inputs: [texts],
    })
    expect(two.streams[0]?.map(step => Buffer.from(step[0]?.data ?? []).equals(raw))).toEqual([true, true])
  })

  test('a value that does not fit names stream, step and input', async () => {
    const path = json({ data: [[{ X: [1, 2, 3, 4] }], [{ X: [1, 2, 3, 4] }, { X: [1, 2, 3] }]] })
    const error = await failure(read(path))
    expect(error.code).toBe('DATA_INVALID')
    expect(error.message).toBe('Input X takes 4 values (shape 4), here are 3 values')
    expect(error.data.where).toBe(`${path}: stream 1, step 1, input X`)
  })

  test.each([
    ['not JSON', '{"data": [', 'The input data is not JSON'],
    ['no data', { datas: [] }, 'There is no list "data" in the file'],
    ['an empty list', { data: [] }, 'There is no list "data" in the file'],
    ['a missing input', { data: [{}] }, 'Input X is missing'],
    ['a step that is a number', { data: [3] }, 'A step is not an object of inputs'],
    ['a text for a number', { data: [{ X: ['a', 1, 2, 3] }] }, 'Value 0 is "a", not a FP32'],
    ['null', { data: [{ X: [null] }] }, 'null is no value'],
    ['wrong base64', { data: [{ X: { b64: '*' } }] }, '"b64" is not base64'],
    ['short base64', { data: [{ X: { b64: 'AAAA' } }] }, 'Input X takes 16 bytes (shape 4), here are 3 bytes'],
    [
      'another rank',
      { data: [{ X: { content: [1, 2, 3, 4], shape: [2, 2] } }] },
      'The shape [2,2] does not fit the model',
    ],
  ])('%s is refused', async (_, data, message) => {
    expect(await failure(read(json(data)))).toMatchObject({ code: 'DATA_INVALID', message })
  })

  test('what the model does not take is left out and said; optional inputs may be missing', async () => {
    const inputs = [floats, { ...texts, optional: true }]
    const { streams, notes } = await read(json({ data: [{ X: [1, 2, 3, 4], Y: [1] }] }), { inputs })
    expect(streams[0]?.[0]?.map(({ name }) => name)).toEqual(['X'])
    expect(notes).toEqual(['The data holds Y, which is no input of the model: not sent.'])
  })

  test('data too large to keep is cut, and said', async () => {
    const data = Array.from({ length: 10 }, (_, x) => ({ X: [x, x, x, x] }))
    const { streams, notes } = await read(json({ data }), {}, 48)
    expect(streams[0]).toHaveLength(3)
    expect(notes[0]).toContain('only the first 3 requests of its 10 steps')
  })
})

test('a source that does not exist is a missing file', async () => {
  expect(await failure(read('/no/such/file.json'))).toMatchObject({ code: 'FILE_NOT_FOUND' })
})

test('a pipe in the place of data is refused, not waited for', async () => {
  const folder = temporaryFolder()
  execFileSync('mkfifo', [join(folder, 'X'), join(folder, 'data.json')])
  for (const source of [folder, join(folder, 'data.json')]) {
    await expect(read(source)).rejects.toMatchObject({ code: 'FILE_UNREADABLE' })
  }
})
