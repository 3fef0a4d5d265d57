import { expect, test } from 'vitest'
import { BenchSpec, type BenchSpecInput } from '#domain/bench-spec.ts'
import { planBench } from '../../src-main/runs/bench/plan.ts'
import { modelWith, readyRuntime, tensor } from '../helpers/models.ts'

const dynamic = modelWith([tensor('x', ['N', 3, 'H', 'W'])])
const plan = (spec: Partial<BenchSpecInput>, model = dynamic, runtimes = [readyRuntime]) =>
  planBench(BenchSpec.parse({ modelPath: model.path, shapes: { x: [3, 48, 160] }, ...spec }), model, runtimes)

test('each point gets the full shape, batch first', () => {
  const { steps } = plan({ batches: [8, 1] })
  expect(steps.map(step => [step.batch, step.shapes])).toEqual([
    [1, { x: [1, 3, 48, 160] }],
    [8, { x: [8, 3, 48, 160] }],
  ])
})

test('without batches a free model is measured from 1 to 128 by powers of two', () => {
  expect(plan({}).plan.batches).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
})

test('repeats go round by round, so that drift shows between repeats and not between batches', () => {
  const { steps } = plan({ batches: [1, 8], repeat: 2 })
  expect(steps.map(step => `${step.repeat}:${step.batch}`)).toEqual(['1:1', '1:8', '2:1', '2:8'])
})

test('a size that only the user can know is asked for by name, with the option that gives it', () => {
  const { plan: result, steps } = plan({ shapes: {} })
  expect(steps).toEqual([])
  expect(result.problems).toMatchObject([
    {
      code: 'SHAPE_MISMATCH',
      where: 'x',
      message: expect.stringContaining('H, W'),
      hint: expect.stringContaining('--shape x:3,N,N'),
    },
  ])
})

test('a shape that contradicts the model is refused with both shapes', () => {
  const { plan: result } = plan({ shapes: { x: [1, 48, 160] } })
  expect(result.problems[0]?.message).toBe('Shape 1×48×160 does not fit input x: one item is 3×H×W')
})

test('a shape for an input that does not exist is a mistake, not something to pass over', () => {
  const { plan: result } = plan({ shapes: { x: [3, 8, 8], y: [1] } })
  expect(result.problems).toMatchObject([{ where: 'y', hint: 'Its inputs: x' }])
})

test('a static model is measured at its own batch, and that is said', () => {
  const model = modelWith([tensor('x', [4, 3, 8, 8])])
  const { plan: result, steps } = plan({ shapes: {} }, model)
  expect(steps.map(step => step.batch)).toEqual([4])
  expect(result.fixedBatch).toBe(4)
  expect(result.notices[0]?.text).toBe('The model has a fixed batch of 4: only batch 4 is measured.')
})

test('batches a static model does not take are left out with a warning, and refused when none is left', () => {
  const model = modelWith([tensor('x', [4, 3, 8, 8])])
  const some = plan({ shapes: {}, batches: [1, 4] }, model)
  expect(some.steps.map(step => step.batch)).toEqual([4])
  expect(some.plan.notices[0]).toEqual({
    level: 'warning',
    text: 'The model has a fixed batch of 4: batch 1 left out.',
  })
  const none = plan({ shapes: {}, batches: [1, 2] }, model)
  expect(none.plan.problems[0]).toMatchObject({ code: 'SHAPE_MISMATCH', hint: expect.stringContaining('--batch 4') })
})

test('the user can say that an input has no batch', () => {
  const model = modelWith([tensor('x', ['N', 3]), tensor('state', [2, 64])])
  const { steps, plan: result } = plan({ shapes: {}, batches: [8], batchAxes: { state: -1 } }, model)
  expect(result.problems).toEqual([])
  expect(steps[0]?.shapes).toEqual({ x: [8, 3], state: [2, 64] })
})

test('an input that is no tensor is named', () => {
  const model = modelWith([{ name: 'words', kind: 'sequence' }])
  expect(plan({ shapes: {} }, model).plan.problems[0]).toMatchObject({ code: 'MODEL_UNSUPPORTED', where: 'words' })
})

test('a runtime that is missing says why and what to do, before anything runs', () => {
  const missing = {
    ...readyRuntime,
    readiness: { ready: false, why: 'onnxruntime-node is not installed', hint: 'npm install' },
  }
  expect(plan({}, dynamic, [missing]).plan.problems).toMatchObject([
    { code: 'RUNTIME_UNAVAILABLE', message: expect.stringContaining('not installed'), hint: 'npm install' },
  ])
  expect(plan({ runtimes: [{ id: 'nope' }] }).plan.problems[0]?.hint).toBe('Known here: ort-cpu')
})

test('a precision the runtime does not run is refused', () => {
  expect(plan({ precisions: ['fp8'] }).plan.problems[0]).toMatchObject({ code: 'SPEC_INVALID', hint: 'It runs: model' })
})

test('inputs that would fill the memory are refused with their size', () => {
  const { plan: result } = plan({ batches: [65536], shapes: { x: [3, 4096, 4096] } })
  expect(result.problems[0]?.message).toMatch(/take 12 TiB|take 12\.0 TiB/)
})
