import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { findProgramIfAny } from '../../native-tools/find-program.ts'
import { findInterpreters } from '../../native-tools/interpreters.ts'
import {
  type PythonBench,
  type PythonBenchEnd,
  pythonBenchArgv,
  runPythonBench,
} from '../../native-tools/python-bench.ts'
import { pythonBenchMessage } from '../../native-tools/python-bench-messages.ts'
import { startChild } from '../../native-tools/spawn.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

const python = findProgramIfAny({ names: ['python3', 'python'] }) ?? ''
if (python === '') console.warn('Skipped: no Python here')
const DOUBLE = join(import.meta.dirname, '..', 'helpers', 'torch', 'double')
const HELPERS = join(import.meta.dirname, '..', '..', 'native-tools', 'python')

interface Bench {
  /** Text of the user's module; `call` is what is measured. */
  code: string
  entry?: string
  timeoutMs?: number
  warmup?: number
  minCalls?: number
  minMs?: number
  maxMs?: number
  path?: string
  cancelWhen?: (text: string) => boolean
}

function benchOf({
  code,
  entry = 'net:call',
  warmup = 2,
  minCalls = 5,
  minMs = 0,
  maxMs = 5000,
  path,
}: Bench): PythonBench {
  const folder = tempFolder()
  writeFileSync(join(folder, 'net.py'), code)
  writeFileSync(join(folder, 'x.bin'), new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer))
  return {
    python,
    env: { PYTHONPATH: path ?? DOUBLE },
    request: {
      library: 'torch',
      precision: 'model',
      inputs: [{ name: 'x', dtype: 'float32', shape: [2, 3], path: join(folder, 'x.bin') }],
      rules: { warmup, minCalls, minMs, maxMs },
      options: { entry, folder, device: 'cpu' },
    },
  }
}

async function benched(bench: Bench): Promise<PythonBenchEnd & { lines: string[]; phases: string[] }> {
  const lines: string[] = []
  const phases: string[] = []
  const cancel = new AbortController()
  const talk = {
    say: (phase: string) => void phases.push(phase),
    log(_: string, text: string) {
      lines.push(text)
      if (bench.cancelWhen?.(text) === true) cancel.abort(new EngineError('CANCELLED', 'Cancelled'))
    },
  }
  const limits = { signal: cancel.signal, timeoutMs: bench.timeoutMs ?? 60_000 }
  const end = await runPythonBench(benchOf(bench), talk, limits)
  return { ...end, lines, phases }
}

async function failure(bench: Bench): Promise<EngineError> {
  const thrown = await benched(bench).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof EngineError) return thrown
  throw new Error(`no EngineError: ${String(thrown)}`)
}

/** Not a zombie either: in a container nobody may collect it. */
function isRunning(pid: number): boolean {
  expect(pid).toBeGreaterThan(1)
  if (process.platform !== 'linux' || !existsSync(`/proc/${pid}/stat`)) return false
  return readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.[0] !== 'Z'
}

describe.skipIf(python === '')('the helper in the user’s Python', () => {
  test('tells every call in order: the first apart, warm-up in front, sleep as long as it was', async () => {
    const { done, series, phases } = await benched({
      code: `
import time
calls = 0
def call(x):
    global calls
    assert x.shape == (2, 3)
    calls += 1
    time.sleep({1: 0.05, 7: 0.09}.get(calls, 0.004))
    return [x, {"again": x}]
`,
    })
    const wall = [...(series.get('wall') ?? [])]
    expect(done).toMatchObject({ count: 7, fixedWarmup: 2, outputBytes: 48, precision: 'unknown', device: 'cpu' })
    expect(wall).toHaveLength(7)
    expect(wall[0]).toBe(done.firstCallMs)
    expect(wall[0]).toBeGreaterThanOrEqual(50)
    expect(wall[6]).toBeGreaterThanOrEqual(90)
    for (const latencyMs of wall.slice(1)) expect(latencyMs).toBeGreaterThanOrEqual(4)
    expect([...new Set(phases)]).toEqual(['importing torch', 'loading the model', 'warming up', 'measuring'])
    expect(done.facts).toMatchObject({ name: 'PyTorch', version: '9.9.0+double', mode: 'eager' })
  })

  test('a warm-up has a limit of time that the first call, which may compile, takes no part in', async () => {
    const code = `
import time
calls = 0
def call(x):
    global calls
    calls += 1
    time.sleep(0.3 if calls == 1 else 0.005)
`
    const { done, lines } = await benched({ code, warmup: 50, minCalls: 1, maxMs: 100 })
    expect(done.fixedWarmup).toBeGreaterThan(2)
    expect(done.fixedWarmup).toBeLessThan(30)
    expect(lines).toContain(`Warm-up stopped after ${done.fixedWarmup} of 50 calls: the time limit was reached.`)
  })

  test('a hundred thousand samples all arrive', async () => {
    const { done, series } = await benched({ code: 'def call(x): pass\n', minCalls: 100_000 })
    expect(done.count).toBe(100_002)
    expect(series.get('wall')).toHaveLength(100_002)
    expect(series.get('wall')?.every(latencyMs => latencyMs > 0 && latencyMs < 1000)).toBe(true)
  })

  test('what the user’s code prints is log, whatever it looks like and however long it is', async () => {
    const { done, lines } = await benched({
      warmup: 0,
      minCalls: 1,
      code: `
import os, sys
print('{"v": 1, "type": "done", "count": 99, "fixedWarmup": 0, "firstCallMs": 1, "clockUs": 1, "facts": {}}')
def call(x):
    os.write(1, b'{"v": 1, "type": "failed", "code": "inputs", "message": "fake", "detail": ""}\\n')
    sys.stdout.write("x" * 10_000_000 + "\\n")
`,
    })
    expect(done.count).toBe(1)
    expect(lines.some(line => line.includes('"fake"'))).toBe(true)
    expect(Math.max(...lines.map(line => line.length))).toBeLessThan(20_000)
  })

  test('a model that prints in every call does not fill the log', async () => {
    const { lines } = await benched({ code: 'def call(x): print("again")\n', minCalls: 3000 })
    expect(lines).toHaveLength(501)
    expect(lines.at(-1)).toBe('More lines are left out of this log.')
  })

  test('code that closes its standard output is still heard of', async () => {
    const { done } = await benched({
      code: 'import os, sys\nsys.stdout.close()\nos.close(1)\nos.closerange(1, 3)\ndef call(x): pass\n',
    })
    expect(done.count).toBe(7)
  })

  test('a process that the code leaves behind holds nothing up and is ended', async () => {
    const { done, lines } = await benched({
      code: `
import os, signal, sys, time
pid = os.fork()
if pid == 0:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    time.sleep(1000)
print("left", pid, flush=True)
def call(x): pass
`,
    })
    expect(done.count).toBe(7)
    const pid = Number(lines.find(line => line.startsWith('left '))?.slice(5))
    expect(isRunning(pid)).toBe(false)
  })

  test('a crash in native code is told as what it is, and so is an exit without a word', async () => {
    const crash = await failure({ code: 'import ctypes\ndef call(x): ctypes.string_at(0)\n' })
    expect(crash).toMatchObject({ code: 'CHILD_DIED', message: 'The Python process was ended by SIGSEGV' })
    const exit = await failure({ code: 'import os\ndef call(x): os._exit(0)\n' })
    expect(exit).toMatchObject({ code: 'CHILD_DIED', message: 'The Python process ended without a result' })
  })

  test('a call that raises says which, where and what, without our frames', async () => {
    const error = await failure({
      code: 'def call(x):\n    return inner()\ndef inner():\n    raise ValueError("too short")\n',
    })
    expect(error).toMatchObject({ code: 'RUNTIME_FAILED', message: 'Call 1 failed: ValueError: too short' })
    expect(error.data.detail).toContain('in inner')
    expect(error.data.detail).not.toContain('batchscope_')
    const exit = await failure({ code: 'import sys\ndef call(x): sys.exit(3)\n' })
    expect(exit).toMatchObject({ code: 'RUNTIME_FAILED', message: 'Call 1 failed: SystemExit: 3' })
    const memory = await failure({ code: 'def call(x): raise MemoryError()\n' })
    expect(memory).toMatchObject({ code: 'RUNTIME_FAILED', data: { hint: 'Try a smaller batch or a smaller shape.' } })
  })

  test.each<[string, Partial<Bench>, string, RegExp]>([
    ['a module that is not there', { entry: 'nosuch:call' }, 'NOT_FOUND', /nosuch/],
    ['a name nearly right', { entry: 'net:calll' }, 'NOT_FOUND', /did you mean call/],
    ['a module that fails', { code: 'import nosuch_dependency\n' }, 'RUNTIME_FAILED', /nosuch_dependency/],
    [
      'a factory that fails',
      { code: 'def make(): return 1 / 0\n', entry: 'net:make()' },
      'RUNTIME_FAILED',
      /ZeroDivision/,
    ],
    ['a factory of nothing', { code: 'def make(): pass\n', entry: 'net:make()' }, 'NOT_FOUND', /gave a NoneType/],
  ])('%s is said in words', async (_, bench, code, message) => {
    const error = await failure({ code: 'def call(x): pass\n', ...bench })
    expect(error.code).toBe(code)
    expect(error.message).toMatch(message)
    expect(error.data.hint).toBeDefined()
  })

  test('no torch and a broken torch are told apart', async () => {
    const path = tempFolder()
    writeFileSync(join(path, 'torch.py'), 'raise ModuleNotFoundError("No module named \'torch\'", name="torch")\n')
    expect(await failure({ code: '', path })).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/is not installed/),
    })
    writeFileSync(join(path, 'torch.py'), 'raise ImportError("libcudart.so.12: cannot open shared object file")\n')
    expect(await failure({ code: '', path })).toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringMatching(/libcudart/),
    })
  })

  test('code that ignores every signal is ended by a cancel within a second, and by the time limit', async () => {
    const code = `
import signal, time
for name in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(name, signal.SIG_IGN)
def call(x):
    print("up", flush=True)
    while True:
        try:
            time.sleep(1000)
        except BaseException:
            pass
`
    let cancelledMs = 0
    const cancelWhen = (text: string) => {
      if (text !== 'up') return false
      cancelledMs = performance.now()
      return true
    }
    expect(await failure({ code, cancelWhen })).toMatchObject({ code: 'CANCELLED' })
    expect(performance.now() - cancelledMs).toBeLessThan(1000)
    expect(await failure({ code, timeoutMs: 1500 })).toMatchObject({ code: 'TIMEOUT' })
  })

  test('it ends when the engine is gone, whatever the code does', async () => {
    const bench = benchOf({ code: 'import time\ndef call(x):\n    print("up", flush=True)\n    time.sleep(1000)\n' })
    const child = startChild({
      argv: pythonBenchArgv(bench),
      env: bench.env ?? {},
      holdStdin: true,
      onLine: (_, text) => {
        if (text === 'up') child.closeStdin()
      },
    })
    expect(await child.done).toMatchObject({ exitCode: 130, killed: false })
  })

  test('a request that is not one of ours is a mistake of ours, said', async () => {
    const told: unknown[] = []
    const child = startChild({
      argv: [python, join(HELPERS, 'batchscope_bench'), '{"library": 1}'],
      holdStdin: true,
      onLine: (_, text) => told.push(pythonBenchMessage(text)),
    })
    expect(await child.done).toMatchObject({ exitCode: 0 })
    expect(told).toMatchObject([{ type: 'failed', code: 'request' }])
  })

  test('it runs in every Python of pyenv here from 3.8 on', { timeout: 120_000 }, async () => {
    const versions = findInterpreters().filter(
      ({ path, origin }) => origin === 'pyenv' && /\/3\.([89]|\d\d)\./.test(path),
    )
    if (versions.length === 0) console.warn('Not tried with other versions: no pyenv here')
    const talk = { say: () => {}, log: () => {} }
    for (const { path } of versions) {
      const bench = { ...benchOf({ code: 'def call(x): return x\n' }), python: path }
      const { done } = await runPythonBench(bench, talk, { signal: new AbortController().signal, timeoutMs: 60_000 })
      expect({ path, count: done.count, python: path.includes(`/${done.facts.python}/`) }).toEqual({
        path,
        count: 7,
        python: true,
      })
    }
  })

  test('every helper is Python 3.8', async () => {
    const files = readdirSync(HELPERS, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.py'))
    expect(files.length).toBeGreaterThan(20)
    const check =
      'import ast, sys\nfor path in sys.argv[1:]:\n    ast.parse(open(path).read(), path, feature_version=(3, 8))\n'
    const { exitCode, stderr } = await captureOutput({
      argv: [python, '-c', check, ...files.map(name => join(HELPERS, name))],
    })
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })
})
