import { describe, expect, test } from 'vitest'
import { BUILD_PRECISIONS, BuildSpec } from '#domain/build-spec.ts'
import type { TensorSpec } from '#domain/model.ts'
import { type BuildForm, NEW_FORM, readForm, sizeKey } from '../../../src-renderer/pages/new-build/build-form.ts'
import { PRECISIONS } from '../../../src-renderer/pages/new-build/choices.ts'
import { dialectText } from '../../../src-renderer/pages/new-build/dialect.ts'
import { NewBuild } from '../../../src-renderer/pages/new-build/new-build.svelte.ts'
import { model, plan, refuse, scriptedEngine } from './samples.ts'

const IMAGE: TensorSpec = { name: 'x', kind: 'tensor', dtype: 'float32', shape: ['N', 3, 'H', 32] }
const FIXED: TensorSpec = { name: 'y', kind: 'tensor', dtype: 'float32', shape: [1, 3] }
const read = (part: Partial<BuildForm>, inputs = [IMAGE, FIXED]) =>
  readForm({ ...NEW_FORM, modelPath: '/m.onnx', ...part }, inputs)
/** `{ 'opt 0': '8' }`: of input x. */
const sizes = (typed: Record<string, string>) =>
  Object.fromEntries(
    Object.entries(typed).map(([place, text]) => {
      const [kind, axis] = place.split(' ')
      return [sizeKey('x', Number(axis), kind === 'min' || kind === 'max' ? kind : 'opt'), text]
    }),
  )

test('an untouched form leaves everything to the defaults', () => {
  const { spec, problems } = read({})
  expect(problems).toEqual({})
  expect(spec).toEqual({ modelPath: '/m.onnx', precision: 'tf32' })
  expect(BuildSpec.parse(spec)).toEqual(BuildSpec.parse({ modelPath: '/m.onnx' }))
})

test('every precision of the spec is offered', () => {
  expect(PRECISIONS.map(({ value }) => value)).toEqual([...BUILD_PRECISIONS])
})

test('what is filled in reaches the spec, each field in its unit', () => {
  const { spec, problems } = read({
    precision: 'fp16',
    inputFormats: 'fp16:chw, fp16:hwc',
    outputFormats: 'fp32:chw',
    workspaceMiB: '2048',
    level: '5',
    timingCache: 'none',
    sparsity: 'enable',
    refit: true,
    verbosity: 'none',
    versionCompatible: true,
    calibrationCache: ' /c.cache ',
    outputFolder: '/engines',
    trtexec: 'docker:nvcr.io/tensorrt',
    timeoutMin: '1.5',
  })
  expect(problems).toEqual({})
  expect(BuildSpec.parse(spec)).toMatchObject({
    precision: 'fp16',
    inputFormats: ['fp16:chw', 'fp16:hwc'],
    outputFormats: ['fp32:chw'],
    workspaceMiB: 2048,
    builderOptimizationLevel: 5,
    timingCache: false,
    sparsity: 'enable',
    refit: true,
    profilingVerbosity: 'none',
    versionCompatible: true,
    calibrationCache: '/c.cache',
    outputFolder: '/engines',
    trtexec: 'docker:nvcr.io/tensorrt',
    timeoutMs: 90_000,
  })
})

describe('shapes of the profile', () => {
  test('are whole shapes of dynamic inputs, fixed sizes included; a static input has none', () => {
    const { spec, problems } = read({
      sizes: sizes({ 'min 0': '1', 'min 2': '16', 'opt 0': '8', 'opt 2': '32', 'max 0': '32', 'max 2': '64' }),
    })
    expect(problems).toEqual({})
    expect(spec).toMatchObject({
      minShapes: { x: [1, 3, 16, 32] },
      optShapes: { x: [8, 3, 32, 32] },
      maxShapes: { x: [32, 3, 64, 32] },
    })
  })

  test('only opt is the one shape of the engine', () => {
    const { spec, problems } = read({ sizes: sizes({ 'opt 0': '8', 'opt 2': '32' }) })
    expect(problems).toEqual({})
    expect(spec.optShapes).toEqual({ x: [8, 3, 32, 32] })
    expect(spec).not.toHaveProperty('minShapes')
  })

  test.each<[Record<string, string>, string, string]>([
    [{ 'opt 0': '8' }, 'opt 2', 'A size for opt is missing'],
    [{ 'max 0': '8', 'max 2': '8' }, 'opt 0', 'A size for opt is missing'],
    [{ 'min 0': '9', 'min 2': '1', 'opt 0': '8', 'opt 2': '1' }, 'min 0', 'More than opt, 8'],
    [{ 'max 0': '7', 'max 2': '1', 'opt 0': '8', 'opt 2': '1' }, 'max 0', 'Less than opt, 8'],
    [{ 'opt 0': '1.5', 'opt 2': '1' }, 'opt 0', 'A whole number'],
  ])('%o: %s %s', (typed, place, problem) => {
    expect(read({ sizes: sizes(typed) }).problems).toMatchObject({
      [Object.keys(sizes({ [place]: '' }))[0] ?? '']: problem,
    })
  })
})

test.each<[Partial<BuildForm>, string]>([
  [{ workspaceMiB: '0' }, 'workspaceMiB'],
  [{ timeoutMin: 'soon' }, 'timeoutMin'],
  [{ timingCache: 'file' }, 'timingCacheFile'],
])('%o is refused at its field', (part, field) => {
  expect(Object.keys(read(part).problems)).toEqual([field])
})

test.each([
  ['10.16.1', /^Up to 10/],
  ['11.0', /^From 11/],
  ['7 or older', /^Up to 10/],
  [undefined, /its own help/],
])('what TensorRT %s means for a build is said', (version, words) => {
  expect(dialectText(version)).toMatch(words)
})

describe('the form as a whole', () => {
  const engineOf = (planned = plan({ kind: 'build' })) =>
    scriptedEngine({
      models: { inspect: async ({ path }: { path: string }) => model({ path }) },
      runs: { plan: async () => planned, start: async () => ({ runId: 'b1' }) },
      tools: { list: async () => [] },
    })
  const never = new AbortController().signal

  test('says what is missing before it can be started, then starts with the spec that was planned', async () => {
    const view = new NewBuild(engineOf())
    expect(view.blocked).toBe('Choose a model first')
    await view.chooseModel('/models/tiny.onnx')
    expect(view.blocked).toBe('The plan is being made')
    expect(view.isDynamic).toBe(true)
    view.changeSize('x', 0, 'opt', 'many')
    expect(view.blocked).toBe('A whole number')
    view.changeSize('x', 0, 'opt', '8')
    await view.refreshPlan(view.specText, never)
    expect(view.blocked).toBeUndefined()
    expect(await view.start(async () => ({ sessionId: 's' }))).toBe('b1')
  })

  test('a refusal about an input stands at the input, any other in the plan', async () => {
    const problem = (where: string) => ({
      code: 'SHAPE_MISMATCH' as const,
      message: `no ${where}`,
      hint: 'do this',
      where,
    })
    const view = new NewBuild(engineOf(plan({ problems: [problem('x'), problem('precision')] })))
    await view.chooseModel('/models/tiny.onnx')
    await view.refreshPlan(view.specText, never)
    expect(view.problemsAt('x')).toEqual(['no x: do this'])
    expect(view.otherProblems.map(({ message }) => message)).toEqual(['no precision'])
    expect(view.blocked).toBe('no x')
  })

  test('another model forgets sizes and keeps the rest; one that cannot be read says so', async () => {
    const view = new NewBuild(engineOf())
    await view.chooseModel('/a.onnx')
    view.change({ precision: 'int8' })
    view.changeSize('x', 0, 'opt', '8')
    await view.chooseModel('/b.onnx')
    expect(view.form).toMatchObject({ precision: 'int8', sizes: {}, modelPath: '/b.onnx' })
    const broken = new NewBuild(scriptedEngine({ models: { inspect: refuse('cut off') } }))
    await broken.chooseModel('/c.onnx')
    expect(broken.blocked).toBe('The model cannot be read')
    expect(broken.modelError).toMatchObject({ message: 'cut off' })
  })
})
