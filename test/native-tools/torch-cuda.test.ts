import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { z } from 'zod'
import { TorchCaptureSpec } from '#domain/capture-spec.ts'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { findProgram } from '../../native-tools/find-program.ts'
import { runTorchCapture } from '../../native-tools/torch-capture.ts'
import { torchFailure, torchMessage } from '../../native-tools/torch-messages.ts'
import { ROOT } from '../helpers/cli.ts'
import { tempFolder } from '../helpers/temp-folder.ts'

/** The helper over a double of a torch with two GPUs (`test/doubles/torch-cuda`): what no machine of ours has. */
const python = findProgram({ names: ['python3', 'python'] })
const DOUBLE = join(ROOT, 'test', 'doubles', 'torch-cuda')
const HELPERS = join(ROOT, 'native-tools', 'python')

const Shown = z.object({ options: z.record(z.string(), z.unknown()), asked: z.array(z.string()) })

async function captured(fields: Partial<z.input<typeof TorchCaptureSpec>>) {
  const folder = tempFolder()
  writeFileSync(
    join(folder, 'net.py'),
    'import torch\nclass Net(torch.nn.Module):\n    def forward(self, x):\n        torch.asked.append(f"forward {x.shape}")\n',
  )
  const spec = TorchCaptureSpec.parse({
    tool: 'torch',
    target: { kind: 'entry', entry: 'net:Net', folder },
    shapes: [[8, 3]],
    schedule: { wait: 1, warmup: 0, active: 2 },
    ...fields,
  })
  const output = join(folder, 'a.pt.trace.json.gz')
  const { signal } = new AbortController()
  const talk = { onMessage: () => {}, onLine: () => {} }
  const end = await runTorchCapture({ python, spec, output }, { PYTHONPATH: DOUBLE }, talk, { signal, stop: signal })
  return { end, shown: Shown.parse(JSON.parse(gunzipSync(readFileSync(output)).toString('utf8'))) }
}

test('with a GPU the device is it, waited for where recording begins and ends, and both activities are recorded', async () => {
  const { end, shown } = await captured({})
  expect(end.hello).toMatchObject({ device: 'cuda', deviceName: 'Double GPU 0', cuda: '12.6', torch: '2.7.1+cu126' })
  expect(shown.options).toMatchObject({
    activities: ['CPU', 'CUDA'],
    schedule: '(1, 0, 2, 1)',
    record_shapes: 'True',
    with_stack: 'False',
  })
  const call = ['inference', 'forward [8, 3]']
  expect(shown.asked).toEqual([
    'model to cuda',
    'eval',
    'seed 0',
    'input [8, 3] float32 on cuda',
    ...call,
    'synchronize cuda',
    ...call,
    ...call,
    'synchronize cuda',
  ])
})

test('the second GPU can be asked for by its number, with another type; options reach the profiler', async () => {
  const { end, shown } = await captured({
    device: 'cuda:1',
    dtype: 'float16',
    withStack: true,
    profileMemory: true,
    withModules: true,
    recordShapes: false,
  })
  expect(end.hello).toMatchObject({ device: 'cuda:1', deviceName: 'Double GPU 1' })
  expect(shown.asked.slice(0, 5)).toEqual([
    'model to cuda:1',
    'model to float16',
    'eval',
    'seed 0',
    'input [8, 3] float16 on cuda:1',
  ])
  expect(shown.options).toMatchObject({
    record_shapes: 'False',
    with_stack: 'True',
    profile_memory: 'True',
    with_modules: 'True',
  })
})

test.each([
  [{ device: 'cuda:2' }, { code: 'RUNTIME_UNAVAILABLE', message: 'There is no cuda:2: torch finds 2 cuda device(s)' }],
  [{ device: 'xpu' }, { code: 'RUNTIME_UNAVAILABLE', message: 'torch 2.7.1+cu126 finds no xpu device here' }],
  [{ shapes: [[1_000_000]] }, { code: 'RUNTIME_FAILED', message: expect.stringContaining('CUDA out of memory') }],
])('%j is said in words', async (fields, error) => {
  await expect(captured(fields)).rejects.toMatchObject(error)
})

test('every file of the helpers is Python 3.8', async () => {
  const files = readdirSync(HELPERS, { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.py'))
  expect(files.length).toBeGreaterThan(25)
  const program = `import ast, sys\nfor path in sys.argv[1:]: ast.parse(open(path, encoding="utf-8").read(), path, feature_version=(3, 8))\nprint("all")`
  const { stdout, stderr } = await captureOutput({
    argv: [python, '-c', program, ...files.map(name => join(HELPERS, name))],
  })
  expect([stdout, stderr]).toEqual(['all', ''])
})

test('lines of the program are none of ours, whatever they look like', () => {
  for (const line of [
    '',
    'hello',
    '{',
    '{"v": 2, "type": "done"}',
    '{"type": "done"}',
    '{"v": 1, "type": "else"}',
    '[1]',
    '{"v":1,"type":"done","steps":"1"}',
  ]) {
    expect(torchMessage(line)).toBeUndefined()
  }
})

test('a failure of a word that is not known keeps its message', () => {
  expect(torchFailure({ code: 'newer-word', message: 'so it is', detail: '' }).toFailure()).toMatchObject({
    code: 'TOOL_FAILED',
    message: 'so it is',
  })
})
