import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { ResultDocument } from '#domain/document.ts'
import { findProgram } from '../../native-tools/find-program.ts'
import { nsys } from '../../native-tools/nsys.ts'
import { BATCHSCOPE, batchscope, ROOT } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const nsysHere = await nsys.find({})
if (!nsysHere.ready) console.warn(`Skipped: ${nsysHere.why}: run test/helpers/nsys/install-nsys.sh`)
/** The command line has another home in tests: nsys is given by PATH. */
const env = { PATH: `${dirname(nsysHere.path ?? '/')}:${process.env.PATH}` }
const python = findProgram({ names: ['python3', 'python'] })
const SAMPLE = join(ROOT, 'resources', 'sample-model.onnx')

describe.skipIf(!nsysHere.ready)('batchscope capture nsys', () => {
  test('ends with 0 when there is a trace, tells how the program ended, and leaves the report beside the session', async () => {
    const dataDir = tempFolder()
    const args = [
      'capture',
      'nsys',
      '--session',
      'a.bscope',
      '--json',
      '--',
      python,
      '-c',
      'import sys; print("mine"); sys.exit(7)',
    ]
    const { code, stdout, stderr } = await batchscope(args, { dataDir, env })
    expect([code, stderr]).toEqual([0, expect.stringContaining('Saved in ')])
    const [run] = ResultDocument.parse(JSON.parse(stdout)).runs
    expect(run?.passport?.method).toMatchObject({ exitCode: 7 })
    expect(run?.kind).toBe('capture')
    expect(readdirSync(dataDir).filter(name => name.endsWith('.nsys-rep'))).toEqual([`a.${run?.id}.nsys-rep`])
    const shown = await batchscope(['show', 'a.bscope', 'last'], { dataDir, env })
    expect(shown.stdout).toContain('Note: The program ended with exit code 7.')
    expect(shown.stdout).toMatch(/System calls +Count/)
  })

  test('Ctrl+C ends the capture in order: the trace is there, the exit code 0', async () => {
    const dataDir = tempFolder()
    const ready = join(dataDir, 'ready')
    const path = join(dataDir, 'endless.py')
    writeFileSync(path, `import time\nopen(${JSON.stringify(ready)}, "w").close()\nwhile True: time.sleep(0.01)\n`)
    const child = spawn(
      process.execPath,
      [BATCHSCOPE, 'capture', 'nsys', '--session', 'a.bscope', '--', python, path],
      {
        cwd: dataDir,
        env: { ...process.env, ...env, BATCHSCOPE_DATA_DIR: join(dataDir, 'data') },
        stdio: ['ignore', 'pipe', 'pipe'],
      },
    )
    let stdout = ''
    child.stdout.on('data', chunk => {
      stdout += chunk
    })
    await expect.poll(() => existsSync(ready), { timeout: 30_000 }).toBe(true)
    await new Promise(resolve => setTimeout(resolve, 1000))
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    expect([code, stdout]).toEqual([0, expect.stringContaining('Stopped early')])
  })

  test('a program that is not there is said before anything is started', async () => {
    const dataDir = tempFolder()
    const { code, stderr } = await batchscope(['capture', 'nsys', '--', 'no-such-program'], { dataDir, env })
    expect([code, stderr]).toEqual([66, expect.stringContaining('The program to profile was not found')])
    expect(readdirSync(dataDir).filter(name => name.endsWith('.bscope'))).toEqual([])
  })
})

test('without nsys the command says what to install', async () => {
  const dataDir = tempFolder()
  writeFileSync(join(dataDir, 'nsys'), '#!/bin/sh\nexit 1\n', { mode: 0o755 })
  const { code, stderr } = await batchscope(['capture', 'nsys', '--', python], {
    dataDir,
    env: { PATH: `${dataDir}:${process.env.PATH}` },
  })
  expect(code).toBe(69)
  expect(stderr).toMatch(/did not tell its version/)
})

test('bench --profile looks into each point in a pass of its own, and capture point into one', async () => {
  const dataDir = tempFolder()
  const short = ['--iterations', '5', '--duration', '0', '--session', 'a.bscope', '--json']
  const bench = await batchscope(['bench', SAMPLE, '--batch', '1,4', '--profile', ...short], { dataDir })
  expect([bench.code, bench.stderr]).toEqual([0, expect.stringContaining('Saved in')])
  const { runs } = ResultDocument.parse(JSON.parse(bench.stdout))
  expect(runs.map(({ kind, title }) => [kind, title])).toEqual([
    ['bench', 'sample-model.onnx'],
    ['capture', 'sample-model.onnx, batch 1: nodes'],
    ['capture', 'sample-model.onnx, batch 4: nodes'],
  ])
  expect(runs[0]?.command).toContain(' --profile')
  expect(runs[1]?.command).not.toContain(' --profile')
  const one = await batchscope(['capture', 'point', 'last', '4', '--session', 'a.bscope', '--quiet'], { dataDir })
  expect([one.code, one.stdout]).toEqual([0, expect.stringMatching(/Graph nodes +Count/)])
  const none = await batchscope(['capture', 'point', 'last', '64', '--session', 'a.bscope'], { dataDir })
  expect([none.code, none.stderr]).toEqual([66, expect.stringContaining('p0 (batch 1), p1 (batch 4)')])
})

test.each([
  [['capture', 'torch'], 'There is nothing to capture'],
  [['capture', 'torch', 'a.py', '--torchvision', 'resnet18'], 'There is more than one target'],
  [['capture', 'torch', '--torchvision', 'resnet18', '--shape', '8x3'], 'A shape looks like'],
  [['capture', 'nsys', '--env', 'NO_SUCH_VARIABLE', '--', 'true'], 'There is no variable NO_SUCH_VARIABLE here'],
])('%j is a question of usage', async (args, words) => {
  const { code, stderr } = await batchscope(args, { dataDir: tempFolder() })
  expect([code, stderr]).toEqual([64, expect.stringContaining(words)])
})
