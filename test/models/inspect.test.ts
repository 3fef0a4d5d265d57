import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, mkdtemp, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { Model } from '#domain/model.ts'
import { inspectModel } from '../../src-main/models/inspect.ts'
import { externalDataModel, identityModel } from '../helpers/onnx-models.ts'

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'batchscope-inspect-'))
})
afterEach(() => rm(folder, { recursive: true }))

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex')
async function put(name: string, bytes: Uint8Array | string): Promise<string> {
  const path = join(folder, name)
  await writeFile(path, bytes)
  return path
}
async function refused(path: string): Promise<EngineError> {
  const thrown: unknown = await inspectModel(path).catch((error: unknown) => error)
  if (thrown instanceof EngineError) return thrown
  throw new Error(`Not refused with an EngineError: ${String(thrown)}`)
}

test('a model comes with its hash, inputs and outputs, and fits the domain', async () => {
  const bytes = identityModel('int64', ['n', 3])
  const path = await put('m.onnx', bytes)
  const model = await inspectModel(path)
  expect(model).toMatchObject({ path, name: 'm.onnx', format: 'onnx', bytes: bytes.length, sha256: sha256(bytes) })
  expect(model.inputs).toEqual([{ name: 'x', kind: 'tensor', dtype: 'int64', shape: ['n', 3] }])
  expect(Model.parse(model)).toEqual(model)
})

test.each([
  'with space',
  `it's "$(reboot)" & <img onerror>`,
  'new\nline',
  '🐍',
  '--help',
])('a path like %j is only a path', async name => {
  const path = await put(`${name}.onnx`, identityModel())
  expect((await inspectModel(path)).name).toBe(`${name}.onnx`)
})

test('the name does not matter, the content does', async () => {
  expect((await inspectModel(await put('model.png', identityModel()))).format).toBe('onnx')
  expect((await refused(await put('picture.onnx', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1')))).message).toBe(
    'This is a PNG image, not an ONNX model',
  )
})

test('the same file is read once, a changed one again', async () => {
  const path = await put('m.onnx', identityModel('float32'))
  const first = await inspectModel(path)
  expect(await inspectModel(path)).toBe(first)
  await writeFile(path, identityModel('float64'))
  await utimes(path, new Date(), new Date(Date.now() + 5000))
  expect((await inspectModel(path)).inputs[0]?.dtype).toBe('float64')
})

describe('what is no model is refused by name', () => {
  test('nothing there, a folder, a pipe', async () => {
    expect(await refused(join(folder, 'none.onnx'))).toMatchObject({ code: 'FILE_NOT_FOUND' })
    expect(await refused(folder)).toMatchObject({ code: 'FILE_UNREADABLE', message: `${folder} is a folder` })
    execFileSync('sh', ['-c', 'mkfifo "$0"', join(folder, 'pipe')])
    expect((await refused(join(folder, 'pipe'))).message).toMatch(/not a regular file/)
    expect(await refused('a\0b')).toMatchObject({ code: 'FILE_UNREADABLE' })
  })

  test.skipIf(process.getuid?.() === 0)(
    'a file without permission (not checked as root, who may read all)',
    async () => {
      const path = await put('m.onnx', identityModel())
      await chmod(path, 0)
      expect(await refused(path)).toMatchObject({
        code: 'FILE_UNREADABLE',
        data: { hint: expect.stringContaining('permissions') },
      })
    },
  )

  test('an empty file, a web page, a cut model, noise', async () => {
    expect(await refused(await put('a.onnx', ''))).toMatchObject({
      code: 'MODEL_BROKEN',
      message: 'This is an empty file, not an ONNX model',
    })
    expect((await refused(await put('b.onnx', '<!doctype html>'))).data.hint).toMatch(/raw link/)
    const cut = await refused(await put('c.onnx', identityModel().subarray(0, 50)))
    expect(cut).toMatchObject({
      code: 'MODEL_BROKEN',
      message: expect.stringMatching(/the file ends before it, at byte \d+$/),
    })
    expect(await refused(await put('d.onnx', Uint8Array.of(1, 250, 3, 9)))).toMatchObject({
      message: 'This is not an ONNX model',
    })
  })
})

describe('weights in a file beside the model', () => {
  const { model, weights } = externalDataModel()

  test('are hashed too, and a change of them is noticed', async () => {
    const path = await put('m.onnx', model)
    const beside = await put('weights.bin', weights)
    expect((await inspectModel(path)).externalData).toEqual([{ path: beside, bytes: 16, sha256: sha256(weights) }])
    await writeFile(beside, new Uint8Array(20))
    expect((await inspectModel(path)).externalData[0]?.bytes).toBe(20)
  })

  test('are missed by name when they are not there, and when they are too short', async () => {
    const path = await put('m.onnx', model)
    expect(await refused(path)).toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: 'The model keeps its weights in weights.bin, which is not there',
      data: { where: join(folder, 'weights.bin') },
    })
    await put('weights.bin', weights.subarray(0, 10))
    expect(await refused(path)).toMatchObject({
      code: 'MODEL_BROKEN',
      message: "weights.bin has 10 B, the model's weights need 16 B",
    })
  })

  test.each([
    '../secret.bin',
    '/etc/hostname',
    'sub/../../secret.bin',
    '.',
    '',
  ])('are not taken from %j', async location => {
    const inner = join(folder, 'inner')
    await mkdir(inner)
    await put('secret.bin', weights)
    const path = join(inner, 'm.onnx')
    await writeFile(path, externalDataModel(location).model)
    expect((await refused(path)).code).toBe(location === '' ? 'MODEL_BROKEN' : 'FORBIDDEN')
  })

  test('are not taken through a link that leads out of the folder', async () => {
    await put('secret.bin', weights)
    await mkdir(join(folder, 'inner'))
    await symlink(join(folder, 'secret.bin'), join(folder, 'inner', 'weights.bin'))
    await writeFile(join(folder, 'inner', 'm.onnx'), model)
    expect((await refused(join(folder, 'inner', 'm.onnx'))).code).toBe('FORBIDDEN')
  })

  test('are taken from a store that links both files into the folder, as model hubs do', async () => {
    await Promise.all([mkdir(join(folder, 'blobs')), mkdir(join(folder, 'snapshot'))])
    await Promise.all([put('blobs/aa', model), put('blobs/bb', weights)])
    await symlink('../blobs/aa', join(folder, 'snapshot', 'm.onnx'))
    await symlink('../blobs/bb', join(folder, 'snapshot', 'weights.bin'))
    expect((await inspectModel(join(folder, 'snapshot', 'm.onnx'))).externalData).toHaveLength(1)
  })
})

test('an abort ends the reading', async () => {
  const path = await put('m.onnx', identityModel('bool'))
  await expect(inspectModel(path, AbortSignal.abort(new Error('enough')))).rejects.toThrow('enough')
})
