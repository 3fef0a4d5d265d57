import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { RuntimeInfo } from '#domain/machine.ts'
import { NewBenchmark } from '../../../src-renderer/pages/new-benchmark/new-benchmark.svelte.ts'
import { model, plan, refuse, type Script, scriptedEngine } from './samples.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

const ortCpu: RuntimeInfo = {
  id: 'ort-cpu',
  title: 'ONNX Runtime · CPU',
  device: 'cpu',
  includes: ['compute'],
  precisions: ['model'],
  readiness: { ready: true },
  optionsSchema: {},
}

async function chosenModel(script: Script = {}, shape: (string | number)[] = ['N', 3, 32, 32]) {
  const inspected = model({ inputs: [{ name: 'x', kind: 'tensor', dtype: 'float32', shape }] })
  const engine = scriptedEngine({
    ...script,
    models: { inspect: async () => inspected, ...script.models },
    runs: { plan: async () => plan(), ...script.runs },
  })
  const form = new NewBenchmark(engine)
  await form.chooseModel('/models/tiny.onnx')
  return form
}

async function replan(form: NewBenchmark): Promise<void> {
  const planned = form.refreshPlan(form.specText, new AbortController().signal)
  await vi.runAllTimersAsync()
  await planned
}

test('without a model the reason beside Run says what to do first', () => {
  expect(new NewBenchmark(scriptedEngine({})).blocked).toBe('Choose a model first')
})

test('a model that cannot be read keeps its error and blocks the run', async () => {
  const form = await chosenModel({ models: { inspect: refuse('not an ONNX file') } })
  expect(form.modelError).toEqual(new Error('not an ONNX file'))
  expect(form.blocked).toBe('The model cannot be read')
})

test('the answer for an earlier model is dropped when another was chosen meanwhile', async () => {
  const slow = Promise.withResolvers<ReturnType<typeof model>>()
  const answers = [slow.promise, Promise.resolve(model({ name: 'second.onnx' }))]
  const form = new NewBenchmark(scriptedEngine({ models: { inspect: () => answers.shift() } }))
  const first = form.chooseModel('/first.onnx')
  await form.chooseModel('/second.onnx')
  slow.resolve(model({ name: 'first.onnx' }))
  await first
  expect(form.model?.name).toBe('second.onnx')
})

test('keystrokes are planned once, after a pause, with the last spec', async () => {
  const planned = vi.fn(async (_: { kind: string; spec: unknown }) => plan())
  const form = await chosenModel({ runs: { plan: planned } })
  const first = new AbortController()
  const early = form.refreshPlan(form.specText, first.signal)
  first.abort()
  form.setCustomBatches('24')
  await early
  await replan(form)
  expect(planned.mock.calls.map(([input]) => input)).toEqual([{ kind: 'bench', spec: JSON.parse(form.specText) }])
  expect(JSON.parse(form.specText)).toMatchObject({ batches: [1, 2, 4, 8, 16, 24, 32, 64, 128] })
})

test("the plan's answer does not change the spec, so it does not ask for another plan", async () => {
  const form = await chosenModel()
  const before = form.specText
  await replan(form)
  expect(form.specText).toBe(before)
})

test('the default batches stay open in the spec, so that a fixed-batch model gets its own', async () => {
  const form = await chosenModel()
  expect(JSON.parse(form.specText)).not.toHaveProperty('batches')
})

test('a model with a fixed batch sends no batches, whatever the chips say', async () => {
  const form = await chosenModel({ runs: { plan: async () => plan({ fixedBatch: 4, batches: [4] }) } })
  form.setBatches([1])
  await replan(form)
  expect(form.fixedBatch).toBe(4)
  expect(JSON.parse(form.specText)).not.toHaveProperty('batches')
})

test('a model whose inputs have no batch dimension counts as fixed at 1', async () => {
  const inputs = [{ name: 'x', dtype: 'float32', modelShape: [3], batchAxis: -1, itemShape: [3] }]
  const form = await chosenModel({ runs: { plan: async () => plan({ inputs, batches: [1] }) } })
  await replan(form)
  expect(form.fixedBatch).toBe(1)
})

test('a named dimension becomes part of the shape only when it has a size', async () => {
  const shape = ['N', 3, 'height', 'width']
  const inputs = [{ name: 'x', dtype: 'float32', modelShape: shape, batchAxis: 0, itemShape: [3, 'height', 'width'] }]
  const form = await chosenModel({ runs: { plan: async () => plan({ inputs }) } }, shape)
  await replan(form)
  form.changeSize('x', 2, '48')
  expect(JSON.parse(form.specText).shapes).toEqual({})
  form.changeSize('x', 3, '160')
  expect(JSON.parse(form.specText).shapes).toEqual({ x: [3, 48, 160] })
  form.changeSize('x', 3, '1.5')
  expect(form.reading.problems).toEqual({ 'size:x:3': 'A whole number is needed' })
})

test('the batch axis can be changed, and the item shape follows it', async () => {
  const form = await chosenModel({}, ['time', 'N', 8])
  form.changeInput('x', { batchAxis: 1 })
  form.changeSize('x', 0, '100')
  expect(JSON.parse(form.specText)).toMatchObject({ batchAxes: { x: 1 }, shapes: { x: [100, 8] } })
})

test('input data: seed 0 is the default and stays unsaid, a file needs a path', async () => {
  const form = await chosenModel()
  expect(JSON.parse(form.specText).data).toEqual({})
  form.changeInput('x', { seed: '7' })
  expect(JSON.parse(form.specText).data).toEqual({ x: { source: 'random', seed: 7 } })
  form.changeInput('x', { source: 'file' })
  expect(form.blocked).toBe('Choose a .npy, .bin or .json file')
  form.changeInput('x', { filePath: '/data/x.npy' })
  expect(JSON.parse(form.specText).data).toEqual({ x: { source: 'file', path: '/data/x.npy' } })
})

test('profiling each point is part of the spec only where it is asked for', async () => {
  const form = await chosenModel()
  expect(form.reading.spec).not.toHaveProperty('profile')
  form.setProfile(true)
  expect(form.reading.spec.profile).toBe(true)
})

test('a limit outside its range is named at its field and left out of the spec', async () => {
  const form = await chosenModel()
  form.setLimit('repeat', '0')
  form.setLimit('minDurationMs', '9000')
  expect(form.reading.problems).toEqual({ repeat: 'At least 1', maxDurationMs: 'Less than the minimum of 9000 ms' })
  expect(JSON.parse(form.specText)).not.toHaveProperty('repeat')
})

test("a plan's problem is shown at its input or runtime, any other in the panel", async () => {
  const problems = [
    { code: 'SHAPE_MISMATCH' as const, message: 'x needs a size', where: 'x' },
    { code: 'RUNTIME_UNAVAILABLE' as const, message: 'no CPU', where: 'ort-cpu' },
    { code: 'SPEC_INVALID' as const, message: 'too many points' },
  ]
  const form = await chosenModel({ runs: { plan: async () => plan({ problems }) } })
  await replan(form)
  expect(form.problemsAt('x')).toEqual(['x needs a size'])
  expect(form.problemsAt('ort-cpu')).toEqual(['no CPU'])
  expect(form.otherProblems.map(({ message }) => message)).toEqual(['too many points'])
  expect(form.blocked).toBe('x needs a size')
})

test('the first ready runtime is chosen where the default one is not available', async () => {
  const list = async () => [
    { ...ortCpu, readiness: { ready: false, why: 'not installed' } },
    { ...ortCpu, id: 'fake', title: 'Fake' },
  ]
  const form = new NewBenchmark(scriptedEngine({ runtimes: { list } }))
  await form.loadRuntimes()
  expect(form.form.runtimeIds).toEqual(['fake'])
})

describe('options of a runtime', () => {
  const properties = { threads: { type: 'integer', minimum: 0, default: 0 } }
  const list = async () => [{ ...ortCpu, optionsSchema: { properties } }]

  test('only what differs from the default goes into the spec', async () => {
    const form = await chosenModel({ runtimes: { list } })
    await form.loadRuntimes()
    form.setOption('ort-cpu', 'threads', '2')
    expect(JSON.parse(form.specText).runtimes).toEqual([{ id: 'ort-cpu', options: { threads: 2 } }])
    for (const text of ['0', '']) {
      form.setOption('ort-cpu', 'threads', text)
      expect(JSON.parse(form.specText).runtimes).toEqual([{ id: 'ort-cpu', options: {} }])
    }
  })

  test('a text that cannot be read blocks the run instead of meaning the default', async () => {
    const form = await chosenModel({ runtimes: { list } })
    await form.loadRuntimes()
    await replan(form)
    form.setOption('ort-cpu', 'threads', 'two')
    expect(form.reading.problems).toEqual({ 'option:ort-cpu:threads': 'Not a number' })
    expect(form.blocked).toBe('Not a number')
  })
})

describe('starting', () => {
  test('queues the spec in the given session and answers with the run', async () => {
    const start = vi.fn(async (_: unknown) => ({ runId: 'run7' }))
    const form = await chosenModel({ runs: { plan: async () => plan(), start } })
    await replan(form)
    expect(form.blocked).toBeUndefined()
    await expect(form.start(async () => ({ sessionId: 's1' }))).resolves.toBe('run7')
    expect(start.mock.calls[0]?.[0]).toEqual({ sessionId: 's1', kind: 'bench', spec: JSON.parse(form.specText) })
  })

  test('a second press while the first is on its way starts nothing', async () => {
    const start = vi.fn(async () => ({ runId: 'run7' }))
    const form = await chosenModel({ runs: { plan: async () => plan(), start } })
    await replan(form)
    const session = async () => ({ sessionId: 's1' })
    await expect(Promise.all([form.start(session), form.start(session)])).resolves.toEqual(['run7', undefined])
    expect(start).toHaveBeenCalledTimes(1)
  })

  test('a refusal stays on the page with its error', async () => {
    const form = await chosenModel({ runs: { plan: async () => plan(), start: refuse('disk full') } })
    await replan(form)
    await expect(form.start(async () => ({ sessionId: 's1' }))).resolves.toBeUndefined()
    expect(form.startError).toEqual(new Error('disk full'))
    expect(form.starting).toBe(false)
  })
})
