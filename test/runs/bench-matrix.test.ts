import { expect, test } from 'vitest'
import { measuredBenchKeys } from '#domain/bench-keys.ts'
import { BenchSpec, type BenchSpecInput } from '#domain/bench-spec.ts'
import type { RuntimeInfo } from '#domain/machine.ts'
import { askRuntimes } from '../../src-main/runs/bench/matrix.ts'
import { planBench } from '../../src-main/runs/bench/plan.ts'
import { fake } from '../../src-main/runtimes/fake.ts'
import { ortCpu } from '../../src-main/runtimes/ort-cpu.ts'
import { modelWith, readyRuntime, tensor } from '../helpers/models.ts'
import { aPoint } from '../helpers/points.ts'

const model = modelWith([tensor('x', ['N', 3])], { weights: [{ dtype: 'float32', count: 1, bytes: 4000 }] })
const cpu: RuntimeInfo = { ...readyRuntime, precisions: ['model', 'fp32'] }
const trt: RuntimeInfo = {
  ...readyRuntime,
  id: 'tensorrt',
  title: 'TensorRT',
  device: 'cuda:0',
  precisions: ['tf32', 'fp16'],
}
const without = (runtime: RuntimeInfo): RuntimeInfo => ({
  ...runtime,
  readiness: { ready: false, why: 'trtexec was not found', hint: 'Set its path on the Tools page.' },
})
const pretend = [{ ...fake, id: 'tensorrt', precisions: trt.precisions }]
const plan = (spec: Partial<BenchSpecInput>, runtimes = [cpu, trt]) =>
  planBench(
    BenchSpec.parse({ modelPath: model.path, batches: [1, 8], ...spec }),
    model,
    runtimes,
    askRuntimes([ortCpu, ...pretend], model),
  )
const both = { runtimes: [{ id: 'ort-cpu' }, { id: 'tensorrt' }] }

test('what a runtime cannot run is left out with its reason, the rest is measured', () => {
  const { plan: result, steps } = plan({ ...both, precisions: ['fp32', 'tf32', 'fp16'] })
  expect(result.problems).toEqual([])
  expect(
    result.cells?.map(({ runtime, precision, runs, pointCount }) => [runtime, precision, runs, pointCount]),
  ).toEqual([
    ['ort-cpu', 'fp32', 'fp32', 2],
    ['ort-cpu', 'tf32', undefined, 0],
    ['ort-cpu', 'fp16', undefined, 0],
    ['tensorrt', 'fp32', undefined, 0],
    ['tensorrt', 'tf32', 'tf32', 2],
    ['tensorrt', 'fp16', 'fp16', 2],
  ])
  expect(result.notices.map(({ leftOut }) => [leftOut?.runtime, leftOut?.precision])).toEqual([
    ['ort-cpu', 'tf32'],
    ['ort-cpu', 'fp16'],
    ['tensorrt', 'fp32'],
  ])
  expect(result.notices[1]?.leftOut).toMatchObject({
    why: 'the file holds fp32 weights and is computed as it is, not in fp16',
    hint: 'Convert it first: batchscope convert MODEL --to fp16',
  })
  expect(result.pointCount).toBe(6)
  expect(steps).toHaveLength(6)
})

test('a runtime that is not here is a column that says so, once there is another', () => {
  const { plan: result } = plan({ ...both, precisions: ['fp32', 'tf32'] }, [cpu, without(trt)])
  expect(result.problems).toEqual([])
  expect(result.cells?.[3]).toMatchObject({ why: 'trtexec was not found', hint: 'Set its path on the Tools page.' })
  expect(result.notices.map(({ text }) => text)).toContain(
    'TensorRT, tf32: left out. trtexec was not found. Set its path on the Tools page.',
  )
})

test('asked for nothing but the impossible, the plan says why and cannot be started', () => {
  const one = plan({ runtimes: [{ id: 'tensorrt' }], precisions: ['tf32', 'fp16'] }, [cpu, without(trt)])
  expect(one.plan.problems.map(({ message }) => message)).toEqual(['TensorRT: trtexec was not found'])
  expect(one.plan.notices).toEqual([])
  expect(one.steps).toEqual([])
  expect(plan({ precisions: ['fp16'] }).plan.problems[0]).toMatchObject({ code: 'SPEC_INVALID', where: 'ort-cpu' })
})

test('a name nobody knows is a mistake even where something else could run', () => {
  const runtime = plan({ runtimes: [{ id: 'ort-cpu' }, { id: 'tensorrrt' }] })
  expect(runtime.plan.problems[0]?.message).toBe('There is no runtime tensorrrt')
  const precision = plan({ ...both, precisions: ['fp32', 'fp61'] })
  expect(precision.plan.problems.map(({ message }) => message)).toEqual(['No runtime knows the precision fp61'])
})

test('the same numbers under two names are measured once', () => {
  const { plan: result, steps } = plan({ precisions: ['model', 'fp32'] })
  expect(steps.map(({ precision }) => precision)).toEqual(['model', 'model'])
  expect(result.cells?.[1]).toMatchObject({ why: 'fp32 is what "model" runs here', pointCount: 0 })
})

test('a runtime may have precisions of its own', () => {
  const runtimes = [{ id: 'ort-cpu' }, { id: 'tensorrt', precisions: ['tf32', 'fp16'] }]
  const { plan: result } = plan({ runtimes })
  expect(result.cells?.map(({ runtime, precision }) => `${runtime} ${precision}`)).toEqual([
    'ort-cpu model',
    'tensorrt tf32',
    'tensorrt fp16',
  ])
  expect(result.command).toBe('batchscope bench /models/net.onnx --runtime ort-cpu,tensorrt:tf32+fp16 --batch 1,8')
})

test('the estimate counts what is measured, not what is left out', () => {
  const all = plan({ ...both, precisions: ['fp32', 'tf32'] }).plan
  expect(all.pointCount).toBe(4)
  expect(all.estimateMs).toBe((all.cells ?? []).reduce((sum, { estimateMs = 0 }) => sum + estimateMs, 0))
})

test('a resumed run measures what is missing, failed points again', () => {
  const points = [
    aPoint(1, 2, { precisionAsked: 'fp32' }),
    aPoint(8, 2, { precisionAsked: 'fp32', status: 'failed' }),
    aPoint(8, 2, { runtime: 'tensorrt', precision: 'tf32', precisionAsked: 'tf32' }),
  ]
  const resume = { runId: 'abc', measured: measuredBenchKeys(points) }
  const { plan: result, steps } = plan({ ...both, precisions: ['fp32', 'tf32'], resume })
  expect(steps.map(({ runtimeId, batch }) => `${runtimeId} ${batch}`)).toEqual(['tensorrt 1', 'ort-cpu 8'])
  expect(result.pointCount).toBe(2)
  expect(result.notices[0]?.text).toBe('Goes on with what run abc left unmeasured.')
})

test('points from before precisions could be chosen count as the model as it is', () => {
  const resume = { runId: 'old', measured: measuredBenchKeys([aPoint(1, 2), aPoint(8, 3)]) }
  expect(plan({ resume }).plan.problems).toMatchObject([{ message: 'Run old has measured every point' }])
})

test('a model that changed since is not gone on with', () => {
  const same = plan({ resume: { runId: 'abc', modelSha256: model.sha256 } })
  expect(same.plan.problems).toEqual([])
  const other = plan({ resume: { runId: 'abc', modelSha256: 'cd'.repeat(32) } })
  expect(other.plan.problems[0]).toMatchObject({ code: 'MODEL_CHANGED', where: model.path })
  expect(other.steps).toEqual([])
})
