import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { ResultDocument } from '#domain/document.ts'
import { batchscope, ROOT } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const FAKE = ['--runtime', 'fake', '--iterations', '20', '--duration', '0']
const sample = join(ROOT, 'resources', 'sample-model.onnx')

test('bench prints the table on stdout, where it was saved on stderr, and makes the file', async () => {
  const dataDir = tempFolder()
  const { code, stdout, stderr } = await batchscope(['bench', ...FAKE, '--batch', '1,2', '--session', 'a.bscope'], {
    dataDir,
  })
  expect([code, stderr]).toEqual([0, `Saved in ${join(dataDir, 'a.bscope')}\n`])
  expect(stdout).toMatch(/Batch +Mean ms +Median ms/)
  expect(existsSync(join(dataDir, 'a.bscope'))).toBe(true)
})

test('a second bench appends to the session; show lists both and prints one by the beginning of its id', async () => {
  const dataDir = tempFolder()
  const args = ['bench', ...FAKE, '--batch', '1', '--session', 'a.bscope', '--json']
  await batchscope(args, { dataDir })
  const second = ResultDocument.parse(JSON.parse((await batchscope(args, { dataDir })).stdout))
  const listed = await batchscope(['show', 'a.bscope'], { dataDir })
  expect(listed.stdout.split('\n').filter(line => line.includes('bench')).length).toBe(2)
  const id = second.runs[0]?.id ?? ''
  const one = await batchscope(['show', 'a.bscope', id.slice(0, 6), '--json'], { dataDir })
  expect(ResultDocument.parse(JSON.parse(one.stdout)).runs).toEqual(second.runs)
})

test('--json validates against the schema the CLI itself prints, with every field it lists as required', async () => {
  const dataDir = tempFolder()
  const schema: unknown = JSON.parse((await batchscope(['schema'], { dataDir })).stdout)
  const { stdout } = await batchscope(['bench', ...FAKE, '--batch', '1,4', '--json', '--session', 'a.bscope'], {
    dataDir,
  })
  const validator = z.fromJSONSchema(z.record(z.string(), z.unknown()).parse(schema))
  const document: unknown = JSON.parse(stdout)
  expect(validator.safeParse(document).error).toBeUndefined()
  expect(validator.safeParse({ ...(document as object), format: 'other' }).success).toBe(false)
})

test('names that try to be something else stay names, in file and on the terminal', async () => {
  const dataDir = tempFolder()
  const names = [
    'has space.onnx',
    `it's "quoted".onnx`,
    '$(touch pwned).onnx',
    'line\nbreak.onnx',
    '🚀.onnx',
    '<img onerror=x>.onnx',
  ]
  for (const name of names) {
    const path = join(dataDir, name)
    copyFileSync(sample, path)
    const { code, stdout } = await batchscope(['bench', path, ...FAKE, '--batch', '1', '--session', 'names.bscope'], {
      dataDir,
    })
    expect(code, name).toBe(0)
    expect(stdout).toContain(name.replace('\n', '?'))
  }
  expect(readdirSync(dataDir)).not.toContain('pwned')
})

describe('exit codes and sentences', () => {
  test.each<[string, number, RegExp, (folder: string) => string[]]>([
    ['an unknown option', 64, /unknown option/, () => ['bench', '--fast']],
    ['a bad list', 64, /not a number or range/, () => ['bench', '--batch', 'many']],
    ['a model that is not there', 66, /does not exist|no such file/i, folder => ['bench', join(folder, 'none.onnx')]],
    ['an empty model', 65, /empty/i, folder => ['bench', file(folder, 'empty.onnx', '')]],
    [
      'a text as model',
      65,
      /not an ONNX model|cannot be read/i,
      folder => ['bench', file(folder, 'text.onnx', 'hello world, not a model')],
    ],
    [
      'half a model',
      65,
      /ends|truncated|cut/i,
      folder => ['bench', file(folder, 'half.onnx', readFileSync(sample).subarray(0, 150_000))],
    ],
    ['a picture as model', 65, /PNG/, folder => ['bench', copied(folder, 'icon.png', 'icon.onnx')]],
    ['a shape that does not fit', 65, /does not fit/, () => ['bench', sample, '--shape', 'image:1,2,3']],
    ['an unknown runtime', 69, /no runtime/, () => ['bench', '--runtime', 'warp']],
    [
      'a session that is none',
      65,
      /not a Batchscope session/i,
      folder => ['show', file(folder, 'x.bscope', 'not a database at all')],
    ],
    ['a session that is not there', 66, /not exist|no such/i, folder => ['show', join(folder, 'none.bscope')]],
    [
      'a run that is not there',
      66,
      /no such session|not exist|No run/i,
      folder => ['show', join(folder, 'none.bscope'), 'abc'],
    ],
    [
      'a place that cannot be written',
      73,
      /cannot be written|not exist/i,
      () => ['bench', ...FAKE, '--session', '/proc/nowhere/a.bscope'],
    ],
    ['importing what no format reads', 65, /text file.*no results/, folder => ['import', file(folder, 'a.csv', 'a,b')]],
  ])('%s', async (_, exitCode, sentence, args) => {
    const dataDir = tempFolder()
    const { code, stdout, stderr } = await batchscope(args(dataDir), { dataDir })
    expect(stderr).toMatch(sentence)
    expect([code, stdout]).toEqual([exitCode, ''])
  })

  test.each<[string, string | Uint8Array, string, RegExp]>([
    ['text for numbers', '["a", "b"]', 'x.json', /"a"|string|text/],
    ['too few bytes', 'too short', 'x.bin', /12\.0 KiB, the file 9 B/],
  ])('input data that does not fit the model (%s) fails with both sides named', async (_, content, name, sentence) => {
    const dataDir = tempFolder()
    const data = `image:file:${file(dataDir, name, content)}`
    const args = ['bench', sample, '--batch', '1', '--duration', '0', '--data', data, '--session', 'a.bscope']
    const { code, stderr } = await batchscope(args, { dataDir })
    expect(stderr).toMatch(sentence)
    expect(code).toBe(65)
  })

  test('a failed point is a remark, and a failure with --strict', async () => {
    const dataDir = tempFolder()
    const args = [
      'bench',
      ...FAKE,
      '--set',
      'fake.ending=fail',
      '--set',
      'fake.onlyBatch=2',
      '--batch',
      '1,2',
      '--session',
      'a.bscope',
    ]
    expect((await batchscope(args, { dataDir })).code).toBe(0)
    expect((await batchscope([...args, '--strict'], { dataDir })).code).toBe(69)
  })

  test('help has examples for every command and starts nothing', async () => {
    const dataDir = tempFolder()
    for (const command of ['bench', 'show', 'import', 'serve', 'doctor', 'schema', 'open']) {
      const { code, stdout } = await batchscope([command, '--help'], { dataDir })
      expect([code, stdout.includes('Examples:')], command).toEqual([0, true])
    }
    expect(readdirSync(join(dataDir, 'data'))).toEqual(['compile-cache'])
  })
})

test('a session that is being written can be shown, and a second writer is told who holds it', async () => {
  const dataDir = tempFolder()
  const slow = [
    'bench',
    '--runtime',
    'fake',
    '--set',
    'fake.paceMs=50',
    '--iterations',
    '200',
    '--batch',
    '1',
    '--session',
    'a.bscope',
  ]
  const writing = batchscope(slow, { dataDir })
  while (!existsSync(join(dataDir, 'a.bscope'))) await new Promise(resolve => setTimeout(resolve, 50))
  await new Promise(resolve => setTimeout(resolve, 500))
  const second = await batchscope(['bench', ...FAKE, '--session', 'a.bscope'], { dataDir })
  expect(second.code).toBe(73)
  expect(second.stderr).toMatch(/Held by Batchscope .*\d+/)
  expect((await batchscope(['show', 'a.bscope'], { dataDir })).stdout).toContain('running')
  expect((await writing).code).toBe(0)
})

function copied(folder: string, resource: string, name: string): string {
  const path = join(folder, name)
  copyFileSync(join(ROOT, 'resources', resource), path)
  return path
}

function file(folder: string, name: string, text: string | Uint8Array): string {
  mkdirSync(folder, { recursive: true })
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}
