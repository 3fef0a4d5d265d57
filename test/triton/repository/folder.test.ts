import { existsSync, lstatSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { testEngine } from '../../helpers/engine.ts'
import { externalDataModel, identityModel } from '../../helpers/onnx-models.ts'
import { tempFolder } from '../../helpers/temp-folder.ts'

const CONFIG = 'backend: "python" max_batch_size: 4'

/** An engine in the server face: only `allowed` may be read and written. A file of others lies outside. */
function guarded() {
  const allowed = tempFolder()
  const outside = tempFolder()
  const path = join(allowed, 'models')
  mkdirSync(path)
  const modelPath = join(allowed, 'model.py')
  writeFileSync(modelPath, 'class TritonPythonModel: pass\n')
  mkdirSync(join(outside, '1'))
  writeFileSync(join(outside, 'config.pbtxt'), 'name: "a secret of others"')
  return { ...testEngine({ browseRoots: [allowed] }), allowed, outside, path, modelPath }
}

test.each([
  '..',
  '.',
  '../x',
  '/etc',
  'a/b',
  'a\\b',
  'a\0b',
  '',
  '.hidden',
  '-rf',
  'a\nb',
  'ü'.repeat(300),
])('%j is no name to write a model under', async name => {
  const { client, path, modelPath } = guarded()
  await expect(client.repository.add({ path, model: { name, modelPath }, text: CONFIG })).rejects.toThrow()
  await expect(client.repository.saveConfig({ path, name, text: CONFIG })).rejects.toMatchObject({ code: 'USAGE' })
})

test('links in a repository lead neither reader nor writer out of the allowed folders', async () => {
  const { client, path, outside, modelPath } = guarded()
  symlinkSync(outside, join(path, 'folder'))
  mkdirSync(join(path, 'config'))
  symlinkSync(join(outside, 'config.pbtxt'), join(path, 'config', 'config.pbtxt'))
  mkdirSync(join(path, 'version'))
  symlinkSync(join(outside, '1'), join(path, 'version', '1'))
  const listed = await client.repository.list({ path })
  expect(JSON.stringify(listed)).not.toContain('a secret of others')
  expect(
    listed.models.flatMap(({ name, problems }) =>
      problems.map(({ severity, message }) => `${name} ${severity}: ${message}`),
    ),
  ).toEqual(
    expect.arrayContaining([
      'folder warning: folder is a link to a place that may not be shown',
      'config warning: config.pbtxt is a link to a place that may not be shown',
      'version warning: 1 is a link to a place that may not be shown',
    ]),
  )
  const forbidden = { code: 'FORBIDDEN' }
  const add = (name: string) =>
    client.repository.add({ path, model: { name, modelPath }, text: CONFIG, overwrite: true })
  await expect(add('folder')).rejects.toMatchObject(forbidden)
  await expect(add('version')).rejects.toMatchObject(forbidden)
  await expect(client.repository.saveConfig({ path, name: 'folder', text: CONFIG })).rejects.toMatchObject(forbidden)
  // A link in the place of a file is replaced, not written through.
  await client.repository.saveConfig({ path, name: 'config', text: CONFIG })
  expect(lstatSync(join(path, 'config', 'config.pbtxt')).isSymbolicLink()).toBe(false)
  expect(readFileSync(join(outside, 'config.pbtxt'), 'utf8')).toBe('name: "a secret of others"')
  expect(existsSync(join(outside, '1', 'model.py'))).toBe(false)
  await expect(client.repository.list({ path: outside })).rejects.toMatchObject(forbidden)
  await expect(client.repository.draft({ name: 'm', modelPath: join(outside, 'm.onnx') })).rejects.toMatchObject(
    forbidden,
  )
  await expect(client.repository.start({ repositoryPath: outside, how: 'local' })).rejects.toMatchObject(forbidden)
})

test('the window acts for its user: there links are followed', async () => {
  const { client } = testEngine()
  const [path, outside] = [tempFolder(), tempFolder()]
  writeFileSync(join(outside, 'config.pbtxt'), CONFIG)
  mkdirSync(join(outside, '1'))
  symlinkSync(outside, join(path, 'linked'))
  expect((await client.repository.list({ path })).models[0]).toMatchObject({
    name: 'linked',
    configText: CONFIG,
    versions: [{ version: '1' }],
  })
})

test('weights beside a model are copied next to it; a model is not overwritten unasked; a broken text is not written', async () => {
  const { client, folder } = testEngine()
  const path = join(folder, 'models')
  const modelPath = join(folder, 'net.onnx')
  const { model, weights } = externalDataModel()
  writeFileSync(modelPath, model)
  writeFileSync(join(folder, 'weights.bin'), weights)
  const { written } = await client.repository.add({ path, model: { name: 'net', modelPath } })
  expect(written).toEqual(['1/model.onnx', '1/weights.bin', 'config.pbtxt'].map(file => join(path, 'net', file)))
  expect(readFileSync(join(path, 'net', '1', 'weights.bin')).equals(weights)).toBe(true)
  await expect(client.repository.add({ path, model: { name: 'net', modelPath } })).rejects.toMatchObject({
    code: 'FILE_EXISTS',
  })
  await expect(client.repository.saveConfig({ path, name: 'net', text: 'max_batch_size: "4"' })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  })
  expect(readFileSync(join(path, 'net', 'config.pbtxt'), 'utf8')).toContain('name: "net"')
})

test('an engine tells by its head which TensorRT built it', async () => {
  const { client, folder } = testEngine()
  const path = join(folder, 'models')
  const head = Buffer.alloc(64)
  head.write('ftrt')
  head.set([10, 5, 0, 18], 24)
  for (const [name, bytes] of [
    ['new', head],
    ['old', head.subarray(0, 20)],
    ['other', identityModel()],
  ] as const) {
    mkdirSync(join(path, name, '1'), { recursive: true })
    writeFileSync(join(path, name, 'config.pbtxt'), 'platform: "tensorrt_plan"')
    writeFileSync(join(path, name, '1', 'model.plan'), bytes)
  }
  const { models } = await client.repository.list({ path })
  expect(models.map(({ problems }) => problems.map(({ message }) => message))).toEqual([
    ['1/model.plan was built by TensorRT 10.5.0.18'],
    ['Which TensorRT built 1/model.plan cannot be told from its head'],
    ['Which TensorRT built 1/model.plan cannot be told from its head'],
  ])
})
