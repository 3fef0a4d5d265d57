import { spawn } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { InferAnswer } from '#domain/server.ts'
import { requestInputs } from '../../src-main/faces/cli/infer-input.ts'
import { BATCHSCOPE, batchscope } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { startTriton, type TestServer, withoutTriton } from '../helpers/triton/server.ts'

if (withoutTriton) console.warn(`Skipped: ${withoutTriton}`)

test('names are split off as the model has them: names and values may hold colons', () => {
  const names = ['x', 'x:0', 'y']
  const inputs = requestInputs({ input: ['x:0:zeros', 'x:random:7'], text: ['y:a:b'] }, names)
  expect(inputs).toEqual([
    { name: 'x:0', source: { from: 'zeros' } },
    { name: 'x', source: { from: 'random', seed: 7 } },
    { name: 'y', source: { from: 'text', text: 'a:b' } },
  ])
  expect(requestInputs({ jsonData: ['[1]'], shape: { z: [1, 1] } }, ['z'])).toEqual([
    { name: 'z', source: { from: 'json', text: '[1]' }, shape: [1, 1] },
  ])
  expect(() => requestInputs({ text: ['a'] }, names)).toThrow('does not say for which input')
  expect(() => requestInputs({ text: ['y:a', 'y:b'] }, names)).toThrow('given twice')
})

describe.skipIf(withoutTriton)('batchscope infer', () => {
  let server: TestServer
  beforeAll(async () => {
    server = await startTriton({ load: ['identity_fp32', 'mnist_digit', 'strings', 'repeat'] })
  })
  afterAll(() => server?.stop())

  test('a picture, its best classes with labels', async () => {
    const dataDir = tempFolder()
    const path = join(dataDir, 'digit.png')
    const picture = sharp({ create: { width: 50, height: 50, channels: 3, background: '#000000' } })
    writeFileSync(path, await picture.png().toBuffer())
    const args = ['infer', server.httpUrl, '--model', 'mnist_digit', '--input', path, '--top', '2']
    const { code, stdout, stderr } = await batchscope(args, { dataDir })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(stdout).toMatch(/mnist_digit version 1 · [\d.]+ ms \(send .*wait .*receive/)
    expect(stdout).toMatch(/IMAGE ← FP32 1×1×28×28: .*PNG, 50 × 50/)
    expect(stdout).toMatch(/0\.00000 {2}0 zero/)
  })

  test('JSON holds the answer as the contract has it; a stream shows each response', async () => {
    const dataDir = tempFolder()
    const inputs = ['--text', 'COUNT:3', '--text', 'DELAY_MS:1']
    const args = ['infer', server.grpcUrl, '--model', 'repeat', '--stream', ...inputs]
    const { stdout } = await batchscope([...args, '--json'], { dataDir })
    expect(InferAnswer.parse(JSON.parse(stdout)).responses.map(({ outputs }) => outputs[0]?.values)).toEqual([
      ['0'],
      ['1'],
      ['2'],
    ])
    expect((await batchscope(args, { dataDir })).stdout.match(/^after [\d.]+ ms$/gm)).toHaveLength(3)
  })

  test('texts of the server cannot move the cursor; equal lines on demand', async () => {
    const args = ['infer', server.httpUrl, '--model', 'strings', '--text', 'a\u001b[2Jb', '--lines']
    const { code, stdout } = await batchscope(args, { dataDir: tempFolder() })
    expect(code).toBe(0)
    expect(stdout).not.toContain('\u001b')
    expect(stdout).toContain('"A\\u001b[2JB"')
    expect(stdout).toMatch(/^curl -sS/m)
    expect(stdout).toMatch(/^import tritonclient\.http as triton$/m)
  })

  test('values from a pipe', async () => {
    const args = [BATCHSCOPE, 'infer', server.httpUrl, '--model', 'identity_fp32', '--input', '-', '--json']
    const child = spawn(process.execPath, args, { env: { ...process.env, BATCHSCOPE_DATA_DIR: tempFolder() } })
    child.stdin.end('[[1.5, 2]]')
    let stdout = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    await new Promise(resolve => child.on('close', resolve))
    expect(InferAnswer.parse(JSON.parse(stdout)).responses[0]?.outputs[0]).toMatchObject({
      shape: [1, 2],
      values: ['1.5', '2'],
    })
  })

  test.each([
    [['--model', 'nope'], 66, /Ready there: .*identity_fp32/],
    [['--model', 'identity_fp32', '--text', 'abc'], 65, /not a FP32/],
    [['--model', 'identity_fp32', '--input', '/no/such.npy'], 66, /does not exist/],
    [['--model', 'repeat'], 69, /--stream/],
    [[], 64, /--model/],
    [['--model', 'x', '--image-size', '5'], 64, /224x224/],
  ])('%j ends with %i and says why', async (more, exitCode, words) => {
    const { code, stdout, stderr } = await batchscope(['infer', server.httpUrl, ...more], { dataDir: tempFolder() })
    expect(stderr).toMatch(words)
    expect(code).toBe(exitCode)
    expect(stdout).toBe('')
  })
})
