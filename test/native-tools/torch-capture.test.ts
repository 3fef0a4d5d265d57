import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { TorchCaptureSpec } from '#domain/capture-spec.ts'
import { EngineError } from '#domain/errors.ts'
import { findProgram } from '../../native-tools/find-program.ts'
import { runTorchCapture, type TorchEnd, torchFacts } from '../../native-tools/torch-capture.ts'
import type { TorchMessage } from '../../native-tools/torch-messages.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { torchPython, withoutTorch } from '../helpers/torch/python.ts'

interface Captured {
  end: TorchEnd
  lines: string[]
  messages: TorchMessage[]
  output: string
}

type Fields = Omit<z.input<typeof TorchCaptureSpec>, 'tool'>

async function captured(
  fields: Fields,
  { stopWhen }: { stopWhen?: (line: string) => boolean } = {},
): Promise<Captured> {
  const output = join(tempFolder(), 'a.pt.trace.json.gz')
  const stop = new AbortController()
  const lines: string[] = []
  const messages: TorchMessage[] = []
  const spec = TorchCaptureSpec.parse({ tool: 'torch', ...fields })
  const talk = {
    onLine(line: string) {
      lines.push(line)
      if (stopWhen?.(line) === true) stop.abort()
    },
    onMessage: (message: TorchMessage) => void messages.push(message),
  }
  const signal = new AbortController().signal
  const end = await runTorchCapture({ python: torchPython, spec, output }, {}, talk, { signal, stop: stop.signal })
  return { end, lines, messages, output }
}

async function failure(fields: Fields): Promise<EngineError> {
  const thrown = await captured(fields).then(
    () => undefined,
    (error: unknown) => error,
  )
  if (thrown instanceof EngineError) return thrown
  throw new Error(`no EngineError: ${String(thrown)}`)
}

function script(text: string): { kind: 'script'; path: string; args: string[] } {
  const path = join(tempFolder(), 'the script.py')
  writeFileSync(path, text)
  return { kind: 'script', path, args: [] }
}

const Trace = z.object({ traceEvents: z.array(z.object({ name: z.string(), cat: z.string().optional() })) })

function eventNames(path: string): string[] {
  return Trace.parse(JSON.parse(gunzipSync(readFileSync(path)).toString('utf8'))).traceEvents.map(({ name }) => name)
}

const ENDLESS = `
import time, torch
layer = torch.nn.Linear(8, 8)
layer(torch.randn(1, 8))
print("up", flush=True)
while True:
    layer(torch.randn(1, 8))
    time.sleep(0.01)
`

test('a Python without torch is told apart without importing anything', async () => {
  const facts = await torchFacts(findProgram({ names: ['python3', 'python'] }))
  expect(facts.python).toMatch(/^3\./)
  if (facts.torch === undefined) expect(facts).toMatchObject({ build: {}, cudaDevices: 0, rocmDevice: false })
})

test('what is no Python says so', async () => {
  await expect(torchFacts('/bin/true')).rejects.toMatchObject({ code: 'TOOL_FAILED', data: { where: '/bin/true' } })
})

describe.skipIf(withoutTorch)('torch.profiler around', () => {
  test('the interpreter tells its torch, and that no CUDA device is here', async () => {
    const facts = await torchFacts(torchPython)
    expect(facts.torch).toMatch(/^\d+\.\d+\.\d+/)
    expect(facts.cudaDevices).toBe(0)
  })

  test('a script runs as python would run it: argv, name, folder on the path, no input, its exit code', async () => {
    const target = script(`
import os, sys, torch
print("argv", sys.argv[1:], __name__, os.path.basename(sys.argv[0]), os.path.samefile(sys.path[0], os.path.dirname(__file__)))
print("input", repr(sys.stdin.read()))
os.write(1, b"straight to the descriptor\\n")
torch.relu(torch.ones(3))
sys.exit(3)
`)
    const { end, lines, output } = await captured({ target: { ...target, args: ['--epochs', '1', '-'] } })
    expect(lines).toContain("argv ['--epochs', '1', '-'] __main__ the script.py True")
    expect(lines).toContain("input ''")
    expect(lines).toContain('straight to the descriptor')
    expect(end.done).toMatchObject({ script: { exitCode: 3 }, steps: 0, stopped: false })
    expect(eventNames(output)).toEqual(expect.arrayContaining(['aten::relu', 'ProfilerStep#0']))
  })

  test('steps that a script marks stand in the trace, and the script needs nothing installed for it', async () => {
    const target = script(`
import torch, batchscope_capture
for _ in range(3):
    torch.relu(torch.ones(3))
    batchscope_capture.step()
`)
    const { end, output } = await captured({ target })
    expect(end.done).toMatchObject({ steps: 3, script: { exitCode: 0 } })
    expect(
      eventNames(output)
        .filter(name => name.startsWith('ProfilerStep#'))
        .toSorted(),
    ).toEqual(
      ['ProfilerStep#0', 'ProfilerStep#1', 'ProfilerStep#2', 'ProfilerStep#3'], // the last: after the third step() to the end
    )
  })

  test('with a schedule a script is ended in order once its steps are recorded', async () => {
    const target = script(`
import torch, batchscope_capture
try:
    while True:
        torch.relu(torch.ones(3))
        try:
            batchscope_capture.step()
        except Exception:
            print("not an ordinary exception")
finally:
    print("cleaned up")
`)
    const { end, lines, messages, output } = await captured({ target, schedule: { wait: 1, warmup: 1, active: 2 } })
    expect(end.done).toMatchObject({ steps: 4, script: { complete: true } })
    expect(lines).toContain('cleaned up')
    expect(lines).not.toContain('not an ordinary exception')
    const steps = eventNames(output).filter(name => name.startsWith('ProfilerStep#'))
    expect(steps.toSorted()).toEqual(['ProfilerStep#2', 'ProfilerStep#3'])
    expect(
      messages.flatMap(message => (message.type === 'phase' && message.step !== undefined ? [message.steps] : [])),
    ).toContain(4)
  })

  test('a script that never marks a step of its schedule leaves nothing, and says how many it made', async () => {
    const { end, output } = await captured({
      target: script('import torch\ntorch.relu(torch.ones(3))\n'),
      schedule: { wait: 1, warmup: 1, active: 1 },
    })
    expect(end.done).toMatchObject({ steps: 0 })
    expect(end.done.output).toBeUndefined()
    expect(existsSync(output)).toBe(false)
  })

  test('an exception keeps the trace until there, with a traceback of the script alone', async () => {
    const { end, lines, output } = await captured({
      target: script(
        'import torch\ntorch.relu(torch.ones(3))\ndef wrong():\n    raise ValueError("too short")\nwrong()\n',
      ),
    })
    const { error, exitCode } = end.done.script ?? {}
    expect([exitCode, error?.code, error?.message]).toEqual([1, 'target-failed', 'ValueError: too short'])
    expect(error?.detail).toContain('in wrong')
    expect(error?.detail).not.toMatch(/runpy|batchscope_capture/)
    expect(lines).toContain('ValueError: too short')
    expect(eventNames(output)).toContain('aten::relu')
  })

  test('an endless script is stopped in order and its trace kept', async () => {
    const { end, output } = await captured({ target: script(ENDLESS) }, { stopWhen: line => line === 'up' })
    expect(end.done).toMatchObject({ stopped: true, script: { exitCode: 130 } })
    expect(eventNames(output)).toContain('aten::linear')
  })

  test('a cancel ends an endless script at once', async () => {
    const cancel = new AbortController()
    const spec = TorchCaptureSpec.parse({ tool: 'torch', target: script(ENDLESS) })
    const output = join(tempFolder(), 'a.json.gz')
    let cancelledMs = 0
    const talk = {
      onMessage: () => {},
      onLine(line: string) {
        if (line !== 'up') return
        cancelledMs = performance.now()
        cancel.abort(new EngineError('CANCELLED', 'Cancelled'))
      },
    }
    const run = runTorchCapture({ python: torchPython, spec, output }, {}, talk, {
      signal: cancel.signal,
      stop: new AbortController().signal,
    })
    await expect(run).rejects.toMatchObject({ code: 'CANCELLED' })
    expect(performance.now() - cancelledMs).toBeLessThan(2000)
    expect(existsSync(output)).toBe(false)
  })

  test('what a script prints never mixes with what the capture tells', async () => {
    const target = script(`
import torch
torch.relu(torch.ones(3))
print('{"v": 1, "type": "done", "steps": 99, "stopped": false}')
for line in range(20000):
    print("line", line, "x" * 50)
`)
    const { end, lines } = await captured({ target })
    expect(end.done.steps).toBe(0)
    const printed = lines.filter(line => line.startsWith('line '))
    expect(printed).toHaveLength(20_000)
    expect(printed.at(-1)).toMatch(/^line 19999 /)
  })

  test('a script that dies in native code is told as what it is', async () => {
    const error = await failure({ target: script('import os, signal\nos.kill(os.getpid(), signal.SIGSEGV)\n') })
    expect(error).toMatchObject({ code: 'CHILD_DIED', message: 'The program was ended by SIGSEGV' })
  })

  test('a script that profiles itself is told to be run alone', async () => {
    const target = script(`
import torch
from torch.profiler import profile
torch.relu(torch.ones(3))
with profile() as p:
    torch.relu(torch.ones(3))
`)
    const { end, output } = await captured({ target })
    expect(end.done.script).toMatchObject({ exitCode: 1, error: { code: 'profiler-in-use' } })
    expect(end.done.script?.error?.detail).toContain('with profile() as p')
    expect(eventNames(output)).toContain('aten::relu')
  })

  test('an entry is called with its inputs, once a step', async () => {
    const folder = tempFolder()
    writeFileSync(
      join(folder, 'net.py'),
      'calls = []\nclass Box:\n    @staticmethod\n    def forward(a, b):\n        calls.append(1)\n        print("call", len(calls), tuple(a.shape), b.dtype)\n        return a.float() @ b.float()\n',
    )
    const { end, lines, output } = await captured({
      target: { kind: 'entry', entry: 'net:Box.forward', folder },
      shapes: [
        [4, 3],
        [3, 2],
      ],
      dtype: 'int64',
      schedule: { wait: 1, warmup: 0, active: 2 },
    })
    expect(end.done).toMatchObject({ steps: 3, stopped: false })
    expect(lines.filter(line => line.startsWith('call'))).toEqual([1, 2, 3].map(n => `call ${n} (4, 3) torch.int64`))
    expect(eventNames(output).filter(name => name === 'aten::matmul')).toHaveLength(2)
  })

  test('a TorchScript file is called in evaluation, without gradients', async () => {
    const folder = tempFolder()
    const path = join(folder, 'net.pt')
    await captured({
      target: script(
        `import torch\nm = torch.nn.Sequential(torch.nn.Linear(8, 4), torch.nn.Dropout(0.5))\ntorch.jit.save(torch.jit.script(m), ${JSON.stringify(path)})\n`,
      ),
    })
    const { output } = await captured({
      target: { kind: 'torchscript', path },
      shapes: [[2, 8]],
      schedule: { wait: 0, warmup: 1, active: 1 },
    })
    const names = eventNames(output)
    expect(names).toContain('aten::linear')
    expect(names).not.toContain('aten::bernoulli_') // what dropout draws in training
  })

  test.each<[string, Fields, string, RegExp]>([
    [
      'no CUDA',
      { target: { kind: 'entry', entry: 'math:sqrt' }, device: 'cuda', schedule: { wait: 0, warmup: 0, active: 1 } },
      'RUNTIME_UNAVAILABLE',
      /no cuda device/,
    ],
    [
      'no such device',
      { target: { kind: 'entry', entry: 'math:sqrt' }, device: 'abacus', schedule: { wait: 0, warmup: 0, active: 1 } },
      'RUNTIME_UNAVAILABLE',
      /no device "abacus"/,
    ],
    [
      'no such dtype',
      { target: { kind: 'entry', entry: 'math:sqrt' }, dtype: 'float7', schedule: { wait: 0, warmup: 0, active: 1 } },
      'DATA_INVALID',
      /no dtype "float7"/,
    ],
    [
      'no such module',
      { target: { kind: 'entry', entry: 'nosuch.module:f' }, schedule: { wait: 0, warmup: 0, active: 1 } },
      'NOT_FOUND',
      /nosuch/,
    ],
    [
      'a name nearly right',
      { target: { kind: 'entry', entry: 'math:sqrtt' }, schedule: { wait: 0, warmup: 0, active: 1 } },
      'NOT_FOUND',
      /did you mean sqrt/,
    ],
    [
      'inputs that do not fit',
      { target: { kind: 'entry', entry: 'math:sqrt' }, shapes: [[2, 2]], schedule: { wait: 0, warmup: 0, active: 1 } },
      'RUNTIME_FAILED',
      /Step 1 failed/,
    ],
    [
      'inputs too large',
      {
        target: { kind: 'entry', entry: 'math:sqrt' },
        shapes: [[1_000_000, 1_000_000, 100]],
        schedule: { wait: 0, warmup: 0, active: 1 },
      },
      'RUNTIME_FAILED',
      /inputs cannot be made/,
    ],
    [
      'a file that is no TorchScript',
      { target: { kind: 'torchscript', path: '/bin/sh' }, shapes: [[1]], schedule: { wait: 0, warmup: 0, active: 1 } },
      'MODEL_BROKEN',
      /no TorchScript/,
    ],
    [
      'torchvision, which is not there',
      { target: { kind: 'torchvision', model: 'resnet18' }, schedule: { wait: 0, warmup: 0, active: 1 } },
      'RUNTIME_UNAVAILABLE',
      /torchvision is not installed/,
    ],
    [
      'a script with a syntax error',
      { target: { kind: 'script', path: '/nosuch.py' } },
      'FILE_NOT_FOUND',
      /does not exist/,
    ],
  ])('%s is said in words', async (_, fields, code, message) => {
    const error = await failure(fields)
    expect([error.code, error.data.hint]).toEqual([code, expect.stringMatching(/\w/)])
    expect(error.message).toMatch(message)
  })
})
