import { spawn } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { describe, expect, onTestFinished, test } from 'vitest'
import { StartedServer } from '#domain/repository.ts'
import { shellWord } from '../../src-main/triton/infer/quote.ts'
import { BATCHSCOPE, batchscope } from '../helpers/cli.ts'
import { identityModel } from '../helpers/onnx-models.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { TRITON_ROOT, withoutTriton } from '../helpers/triton/server.ts'

if (withoutTriton) console.warn(`No server is started: ${withoutTriton}`)

const MODEL = 'class TritonPythonModel:\n    def execute(self, requests):\n        return []\n'
const GOOD =
  'backend: "python" input { name: "x" data_type: TYPE_FP32 dims: 1 } output { name: "y" data_type: TYPE_FP32 dims: 1 }'

function folderWith(models: Record<string, string>) {
  const dataDir = tempFolder()
  const path = join(dataDir, 'models')
  mkdirSync(path)
  for (const [name, config] of Object.entries(models)) {
    mkdirSync(join(path, name, '1'), { recursive: true })
    writeFileSync(join(path, name, 'config.pbtxt'), config)
    writeFileSync(join(path, name, '1', 'model.py'), MODEL)
  }
  const run = (args: string[], env?: Record<string, string>) =>
    batchscope(['repository', ...args], { dataDir, ...(env === undefined ? {} : { env }) })
  return { dataDir, path, run }
}

test('models and their problems are listed; an error ends lint with 65, named by line and column', async () => {
  const { path, run } = folderWith({ good: GOOD, bad: `max_batch_size: 8\nmax_batch_size: 9` })
  expect((await run(['list', path])).stdout).toMatch(/^good +1 +python +– +none$/m)
  const { code, stdout, stderr } = await run(['lint', path])
  expect(code).toBe(65)
  expect(stdout).toMatch(/^bad: error: .*\(line 2, column 1/m)
  expect(stderr).toContain('1 error in 2 models')
  const fixed = folderWith({ good: GOOD })
  expect(await fixed.run(['lint', fixed.path])).toMatchObject({ code: 0, stdout: '1 model, no errors.\n' })
})

test('hostile names of folders and fields cannot move the cursor', async () => {
  const { path, run } = folderWith({ 'a\u001b[2Jb': 'name: "\\033[2J\\007"', 'c\u202ed': 'foo\u001b: 1' })
  for (const command of ['list', 'lint']) {
    const { stdout, stderr } = await run([command, path])
    expect((stdout + stderr).replaceAll('\n', '')).not.toMatch(/\p{Cc}|\u202e/u)
    expect(stdout).toContain('[2J')
  }
})

test('a model is drafted, added and not overwritten; bad words are refused before anything is written', async () => {
  const { dataDir, path, run } = folderWith({})
  const onnx = join(dataDir, 'net.onnx')
  writeFileSync(onnx, identityModel())
  const drafted = await run([
    'draft',
    onnx,
    '--max-batch-size',
    '8',
    '--preferred-batch-sizes',
    '4,8',
    '--tensorrt',
    'FP16',
  ])
  expect([drafted.code, drafted.stderr]).toEqual([0, ''])
  expect(drafted.stdout).toMatch(/preferred_batch_size: \[ 4, 8 \]/)
  expect(drafted.stdout).toContain('value: "FP16"')
  const added = await run(['add', path, onnx, '--name', 'digits', '--instances', '2', '--instance-kind', 'KIND_CPU'])
  expect(added.stdout.trim().split('\n')).toEqual([
    join(path, 'digits', '1', 'model.onnx'),
    join(path, 'digits', 'config.pbtxt'),
  ])
  expect((await run(['add', path, onnx, '--name', 'digits'])).code).toBe(73)
  expect((await run(['add', path, onnx, '--name', '../out'])).code).toBe(64)
  expect(existsSync(join(dataDir, 'out'))).toBe(false)
})

test('without Docker and without tritonserver starting one says so, and what to do', async () => {
  const { path, run } = folderWith({ good: GOOD })
  const bare = { PATH: dirname(process.execPath) }
  const docker = await run(['start', path, '--docker', 'nvcr.io/nvidia/tritonserver:25.10-py3', '--gpus'], bare)
  expect(docker.code).toBe(69)
  expect(docker.stderr).toMatch(/docker[\s\S]*Install Docker Engine/i)
  const local = await run(['start', path], bare)
  expect(local.code).toBe(69)
  expect(local.stderr).toMatch(/tritonserver[\s\S]*container/i)
  expect((await run(['start', path, '--docker=--privileged', '--dry-run'], bare)).code).toBe(64)
})

/** A docker that writes down what it is told, runs until it is stopped, and has an image of TensorRT 10.3. */
function dockerDouble(folder: string): { PATH: string } {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  const program = join(bin, 'docker')
  writeFileSync(
    program,
    `#!/bin/sh
for word in "$@"; do printf '%s\\n' "$word"; done >> '${folder}/said'; echo -- >> '${folder}/said'
case "$1" in
  --version) echo 'Docker version 27.3.1, build ce12230' ;;
  image) echo '["PATH=/usr/bin","TRT_VERSION=10.3.0.26"]' ;;
  run) echo $$ > '${folder}/pid'; trap 'touch ${folder}/ended; exit 0' TERM; echo 'loading models'; while :; do sleep 0.1; done ;;
  stop) kill "$(cat '${folder}/pid')" ;;
esac
`,
  )
  chmodSync(program, 0o755)
  return { PATH: `${bin}:/usr/bin:/bin` }
}

/** A started `repository start` with its lines. */
function start(dataDir: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, [BATCHSCOPE, 'repository', 'start', ...args], {
    env: { ...process.env, BATCHSCOPE_DATA_DIR: join(dataDir, 'data'), HOME: dataDir, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  for (const stream of [child.stdout, child.stderr])
    createInterface({ input: stream }).on('line', line => lines.push(line))
  const ended = new Promise<number | null>(resolve => child.once('close', resolve))
  onTestFinished(() => void child.kill('SIGKILL'))
  const line = (pattern: RegExp) =>
    expect.poll(() => lines.find(line => pattern.test(line)), { timeout: 30_000 }).toBeDefined()
  return { child, lines, line, ended }
}

test('a container is run with exactly the shown arguments, compared with the engines, and stopped by its name', async () => {
  const { dataDir, path } = folderWith({ good: GOOD })
  mkdirSync(join(path, 'fast', '1'), { recursive: true })
  const engine = Buffer.alloc(64)
  engine.write('ftrt')
  engine.set([10, 5, 0, 18], 24)
  writeFileSync(join(path, 'fast', '1', 'model.plan'), engine)
  const image = 'nvcr.io/nvidia/tritonserver:24.08-py3'
  const ports = ['--http-port', '0', '--grpc-port', '0', '--metrics-port', '0']
  const { child, lines, line, ended } = start(
    dataDir,
    [path, '--docker', image, '--gpus', ...ports],
    dockerDouble(dataDir),
  )
  await line(/^loading models$/)
  await line(/fast\/1\/model\.plan was built by TensorRT 10\.5\.0\.18, the container has 10\.3\.0\.26/)
  const said = () =>
    readFileSync(join(dataDir, 'said'), 'utf8')
      .split('--\n')
      .map(words => words.trim().split('\n'))
  const [, ...words] = lines[0]?.split(' ') ?? []
  const ran = said().find(([first]) => first === 'run')
  expect(words).toEqual(ran?.map(shellWord))
  expect(ran?.slice(0, 3)).toEqual(['run', '--rm', '--name'])
  expect(ran).toEqual(expect.arrayContaining(['--gpus', 'all', '--ipc=host', image, 'tritonserver']))
  child.kill('SIGINT')
  await ended
  expect(said()).toContainEqual(['stop', '--time', '10', ran?.[3]])
}, 60_000)

test.skipIf(process.platform !== 'linux')(
  'a container is asked to end when the app is killed: its client gets SIGTERM and passes it on',
  async () => {
    const { dataDir, path } = folderWith({ good: GOOD })
    const ports = ['--http-port', '0', '--grpc-port', '0', '--metrics-port', '0']
    const { child, line, ended } = start(dataDir, [path, '--docker', 'triton', ...ports], dockerDouble(dataDir))
    await line(/^loading models$/)
    child.kill('SIGKILL')
    await ended
    await expect.poll(() => existsSync(join(dataDir, 'ended')), { timeout: 5000 }).toBe(true)
  },
  60_000,
)

describe.skipIf(withoutTriton)('a real server of this machine', () => {
  const alive = (url: string) =>
    fetch(`${url}/v2/health/live`).then(
      answer => answer.ok,
      () => false,
    )
  async function started(config = GOOD) {
    const { dataDir, path } = folderWith({ good: config })
    mkdirSync(join(dataDir, '.cache'))
    symlinkSync(TRITON_ROOT, join(dataDir, '.cache', 'batchscope-triton'))
    const ports = ['--http-port', '0', '--grpc-port', '0', '--metrics-port', '0']
    return start(dataDir, [path, '--json', ...ports])
  }
  async function ready({ lines, line }: Awaited<ReturnType<typeof started>>): Promise<StartedServer> {
    await line(/^\{"id"/)
    return StartedServer.parse(JSON.parse(lines.find(line => line.startsWith('{"id"')) ?? ''))
  }

  test('is told when it is ready, and ends with Ctrl+C', async () => {
    const running = await started()
    const { httpUrl } = await ready(running)
    expect(await alive(httpUrl)).toBe(true)
    running.child.kill('SIGINT')
    await running.ended
    expect(await alive(httpUrl)).toBe(false)
  }, 60_000)

  test.skipIf(process.platform !== 'linux')(
    'ends when the app is killed with SIGKILL',
    async () => {
      const running = await started()
      const { httpUrl } = await ready(running)
      running.child.kill('SIGKILL')
      await running.ended
      await expect.poll(() => alive(httpUrl), { timeout: 15_000 }).toBe(false)
    },
    60_000,
  )
})
