import { expect, test } from 'vitest'
import { BuildSpec, type BuildSpecInput } from '#domain/build-spec.ts'
import { RunPlan } from '#domain/plan.ts'
import { type BuildWorld, planBuild } from '../../../src-main/runs/build/plan.ts'
import { abilitiesOf, MODELS } from '../../helpers/trtexec.ts'

const READY: BuildWorld = {
  trtexec: { ready: true, version: '10.9.0', path: '/opt/trtexec' },
  abilities: abilitiesOf('10.9'),
  gpu: 'NVIDIA L4',
  folder: '/s/engines',
  exists: () => false,
}

function plan(spec: Partial<BuildSpecInput>, world: Partial<BuildWorld> = {}, model = MODELS.dynamic) {
  return planBuild(BuildSpec.parse({ modelPath: model.path, ...spec }), model, { ...READY, ...world })
}

const SHAPE = { optShapes: { x: [8, 3, 224, 224] } }

test('what would be started, word by word, and the equal command', () => {
  const { plan: made, files } = plan({ ...SHAPE, precision: 'fp16' })
  expect(RunPlan.parse(made)).toEqual(made)
  expect(made).toMatchObject({
    kind: 'build',
    title: 'resnet.onnx',
    subtitle: 'TensorRT 10.9.0 · fp16 · 8x3x224x224',
    command: 'batchscope build /models/resnet.onnx --precision fp16 --opt-shape x:8x3x224x224',
    problems: [],
  })
  expect(made.argv).toEqual(
    ['trtexec', '--onnx=/models/resnet.onnx', `--saveEngine=${files.engine}`].concat(made.argv?.slice(3) ?? []),
  )
  expect(made.argv).toContain(`--timingCacheFile=/s/engines/timing_trt10.9.0_nvidia-l4.cache`)
  expect(files.engine).toMatch(/^\/s\/engines\/resnet_fp16_8x3x224x224_trt10\.9\.0_nvidia-l4_/)
})

test('an engine that is there is not overwritten', () => {
  const first = plan(SHAPE).files.engine
  const second = plan(SHAPE, { exists: path => path === first })
  expect(second.files.engine).toBe(first.replace('.engine', '-2.engine'))
  expect(second.plan.argv).toContain(`--saveEngine=${second.files.engine}`)
})

test('how long it takes is told only where it was built before', () => {
  const unknown = plan(SHAPE)
  expect(unknown.plan).not.toHaveProperty('estimateMs')
  const known = plan(SHAPE, { earlierBuildMs: key => (key === unknown.key ? 24_000 : undefined) })
  expect(known.plan.estimateMs).toBe(24_000)
  expect(known.plan.notices).toEqual([])
  expect(
    plan({ ...SHAPE, precision: 'fp16' }, { earlierBuildMs: key => (key === unknown.key ? 24_000 : undefined) }).plan,
  ).not.toHaveProperty('estimateMs')
})

test('what is refused is a problem with a way out, and nothing would be started', () => {
  const { plan: made } = plan({ precision: 'fp16' }, { abilities: abilitiesOf('11.0') })
  expect(made.argv).toBeUndefined()
  expect(made.problems.map(({ code, where }) => [code, where])).toEqual([
    ['SHAPE_MISMATCH', 'x'],
    ['SPEC_INVALID', '--precision fp16'],
  ])
  expect(made.problems[1]?.hint).toContain('batchscope convert resnet.onnx --to fp16')
})

test('without trtexec the plan says so, names the engine it would make, and stays a plan', () => {
  const { plan: made, files } = plan(SHAPE, {
    trtexec: { ready: false, why: 'trtexec was not found', hint: 'Install TensorRT.' },
    abilities: undefined,
    gpu: undefined,
    folder: undefined,
  })
  expect(made.problems).toEqual([{ code: 'TOOL_MISSING', message: 'trtexec was not found', hint: 'Install TensorRT.' }])
  expect(made.argv).toBeUndefined()
  expect(made.notices.map(({ text }) => text)).toContain(
    'nvidia-smi tells of no GPU here: trtexec needs one, and the engine is named without it.',
  )
  expect(files.engine).toMatch(/^engines\/resnet_tf32_8x3x224x224_trtunknown_unknown_/)
})

test('a folder of the spec wins over the one beside the session', () => {
  expect(plan({ ...SHAPE, outputFolder: '/mine' }).files.engine).toMatch(/^\/mine\//)
})

test('a calibration cache that is not there is said before anything starts', () => {
  const spec = { ...SHAPE, precision: 'int8' as const, calibrationCache: '/c/calib.cache' }
  expect(plan(spec).plan.problems).toMatchObject([{ code: 'FILE_NOT_FOUND', where: '/c/calib.cache' }])
  const there = plan(spec, { exists: path => path === '/c/calib.cache' })
  expect(there.plan.problems).toEqual([])
  expect(there.plan.argv).toContain('--calib=/c/calib.cache')
})
