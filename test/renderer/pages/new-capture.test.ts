import { describe, expect, test } from 'vitest'
import { CaptureSpec, NSYS_PRESETS } from '#domain/capture-spec.ts'
import { type CaptureForm, NEW_FORM, readForm } from '../../../src-renderer/pages/new-capture/capture-form.ts'
import { PRESETS } from '../../../src-renderer/pages/new-capture/choices.ts'
import { NewCapture } from '../../../src-renderer/pages/new-capture/new-capture.svelte.ts'
import { shellSigns, splitWords } from '../../../src-renderer/pages/new-capture/words.ts'
import { plan, refuse, scriptedEngine } from './samples.ts'

const read = (part: Partial<CaptureForm>) => readForm({ ...NEW_FORM, ...part })
const never = new AbortController().signal

describe('words of a command', () => {
  test.each<[string, string[]]>([
    ['python  train.py --lr 1', ['python', 'train.py', '--lr', '1']],
    [`sh -c 'a "b" c' "it's"`, ['sh', '-c', 'a "b" c', "it's"]],
    [String.raw`a\ b "c\"d" 'e\f' ""`, ['a b', 'c"d', String.raw`e\f`, '']],
    ['  ', []],
  ])('%s', (text, words) => expect(splitWords(text)).toEqual({ words }))

  test('a quote that is not closed is said', () => {
    expect(splitWords(`python 'a`)).toEqual({ problem: "A ' is not closed" })
  })

  test('what only a shell would understand is pointed out, quoted or not', () => {
    expect(shellSigns('python a.py | tee log')).toMatch(/^No shell reads this: "\|"/)
    expect(shellSigns('run $HOME/a')).toMatch(/"\$H"/)
    expect(shellSigns(`sh -c 'a | b' --cost "5$"`)).toBeUndefined()
  })
})

test('an untouched form asks for nothing but what must be said', () => {
  const { spec, missing } = read({ command: 'python train.py' })
  expect(missing).toBeUndefined()
  expect(spec).toEqual({ tool: 'nsys', command: ['python', 'train.py'], preset: 'quick', env: {} })
  expect(CaptureSpec.parse(spec)).toMatchObject({ wholeEnvironment: false })
})

test('every preset of nsys is offered', () => {
  expect(PRESETS.map(({ value }) => value)).toEqual([...NSYS_PRESETS])
})

test('what is filled in reaches the spec, each field in its unit', () => {
  const filled = read({
    command: 'a',
    trace: 'cuda, nvtx',
    sample: 'process-tree',
    cudaGraphTrace: 'node',
    captureRange: 'nvtx',
    delay: '1.5',
    duration: '10',
    gpuMetrics: true,
    env: 'A=b=c\n\nHF_TOKEN=x',
    folder: ' /srv ',
  })
  expect(filled.problems).toEqual({})
  expect(CaptureSpec.parse(filled.spec)).toMatchObject({
    trace: ['cuda', 'nvtx'],
    sample: 'process-tree',
    cudaGraphTrace: 'node',
    captureRange: 'nvtx',
    delaySec: 1.5,
    durationSec: 10,
    gpuMetrics: true,
    env: { A: 'b=c', HF_TOKEN: 'x' },
    workingFolder: '/srv',
  })
})

test('a script is recorded whole unless it goes by steps; what is for inputs is not sent with it', () => {
  const script = { tool: 'torch', target: '/a.py', args: '--x 1', shapes: '1,2', dtype: 'int64', wait: '5' } as const
  expect(read(script).spec).toEqual({
    tool: 'torch',
    target: { kind: 'script', path: '/a.py', args: ['--x', '1'] },
    env: {},
  })
  expect(read({ ...script, bySteps: true }).spec).toMatchObject({ schedule: { wait: 5, warmup: 2, active: 3 } })
})

test('a function has shapes, a line an input, and a schedule', () => {
  const { spec, problems } = read({
    tool: 'torch',
    targetKind: 'entry',
    target: 'net:run',
    shapes: '8,3,224,224\n 8 x 10\n',
  })
  expect(problems).toEqual({})
  expect(CaptureSpec.parse(spec)).toMatchObject({
    target: { kind: 'entry', entry: 'net:run' },
    shapes: [
      [8, 3, 224, 224],
      [8, 10],
    ],
    schedule: { wait: 1, warmup: 2, active: 3 },
  })
})

test.each<[keyof CaptureForm, string, Partial<CaptureForm>]>([
  ['delay', '-1', {}],
  ['duration', '0', {}],
  ['env', 'NO VALUE', {}],
  ['shapes', '8,N', { tool: 'torch', targetKind: 'torchvision', target: 'a' }],
  ['active', '0', { tool: 'torch', bySteps: true, target: 'a' }],
  ['warmup', '1.5', { tool: 'torch', bySteps: true, target: 'a' }],
  ['args', '"', { tool: 'torch', target: 'a' }],
])('%s "%s" is said at its field', (field, text, more) => {
  expect(Object.keys(read({ command: 'a', ...more, [field]: text }).problems)).toEqual([field])
})

test('the start waits for a whole form and a plan without problems', async () => {
  const view = new NewCapture(
    scriptedEngine({ runs: { plan: () => Promise.resolve(plan()), start: () => Promise.resolve({ runId: 'r1' }) } }),
  )
  expect(view.blocked).toBe('Name the program to profile')
  view.change({ command: 'python "a' })
  expect(view.blocked).toBe('A " is not closed')
  view.change({ command: 'python a.py' })
  expect(view.blocked).toBe('The plan is being made')
  await view.refreshPlan(view.specText, never)
  expect(view.blocked).toBeUndefined()
  expect(await view.start(() => Promise.resolve({ sessionId: 's1' }))).toBe('r1')
  view.change({ command: '' })
  expect([view.plan, view.blocked]).toEqual([undefined, 'Name the program to profile'])

  const refused = new NewCapture(scriptedEngine({ runs: { plan: refuse('no') } }))
  refused.change({ command: 'a' })
  await refused.refreshPlan(refused.specText, never)
  expect(refused.blocked).toBe('The plan could not be made')
})
