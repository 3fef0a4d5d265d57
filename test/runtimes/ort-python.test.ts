import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { captureOutput } from '../../native-tools/capture-output.ts'
import { pythonBenchMessage } from '../../native-tools/python-bench-messages.ts'
import { inspectModel } from '../../src-main/models/inspect.ts'
import type { OwnMeasure, PointTask } from '../../src-main/runtimes/define.ts'
import { ortCpuPython } from '../../src-main/runtimes/ort-cpu-python.ts'
import { ortCuda } from '../../src-main/runtimes/ort-cuda.ts'
import { ortProvider } from '../../src-main/runtimes/ort-provider.ts'
import { ortTensorrt } from '../../src-main/runtimes/ort-tensorrt.ts'
import { judgeProvider } from '../../src-main/runtimes/python/ort.ts'
import { BenchResult } from '../../src-main/workers/bench-protocol.ts'
import { IDENTITY_MODEL_BASE64 } from '../../src-main/workers/call-overhead.ts'
import { measure, SAMPLE_MODEL } from '../helpers/bench-worker.ts'
import { newSession, runToEnd, testEngine } from '../helpers/engine.ts'
import { modelWith } from '../helpers/models.ts'
import { TORCH_VENV, withoutOrtPython } from '../helpers/torch/python.ts'

const talk = { say: () => {}, log: () => {} }
const limits = { signal: new AbortController().signal, timeoutMs: 120_000 }
const fp32 = modelWith([], { weights: [{ dtype: 'float32', count: 10, bytes: 40 }] })
const fp16 = modelWith([], { weights: [{ dtype: 'float16', count: 10, bytes: 20 }] })

function task(more: Partial<PointTask> = {}): PointTask {
  return {
    modelPath: SAMPLE_MODEL,
    modelSha256: 'unknown',
    precision: 'model',
    batch: 2,
    repeat: 1,
    shapes: { image: [2, 3, 32, 32] },
    data: { image: { source: 'random', seed: 0 } },
    warmup: 3,
    minIterations: 10,
    minDurationMs: 0,
    maxDurationMs: 5000,
    ...more,
  }
}

/** What the helper is asked for, from the arguments that start it. */
function asked({ argv }: OwnMeasure) {
  return z.looseObject({ options: z.record(z.string(), z.unknown()) }).parse(JSON.parse(argv.at(-1) ?? '')).options
}

test('the empty model of both measurements is the same', () => {
  const file = join(import.meta.dirname, '../../native-tools/python/batchscope_bench/ort_session.py')
  expect(readFileSync(file, 'utf8')).toContain(`IDENTITY_MODEL_BASE64 = "${IDENTITY_MODEL_BASE64}"`)
})

test('TensorRT is told precision and the one shape of the point, and the user’s words count last', () => {
  const options = ortTensorrt.options.parse({ providerOptions: 'trt_engine_cache_enable=True,device_id=3' })
  expect(asked(ortTensorrt.child(task({ precision: 'fp16' }), options))).toMatchObject({
    provider: 'TensorrtExecutionProvider',
    isCompiler: true,
    ioBinding: true,
    providerOptions: {
      device_id: '3',
      trt_fp16_enable: 'True',
      trt_engine_cache_enable: 'True',
      trt_profile_min_shapes: 'image:2x3x32x32',
      trt_profile_opt_shapes: 'image:2x3x32x32',
      trt_profile_max_shapes: 'image:2x3x32x32',
    },
  })
})

test('CUDA computes an fp32 model in TF32 unless fp32 is asked for, and says so', () => {
  const options = ortCuda.options.parse({})
  expect(ortCuda.precision?.('model', fp32, options)).toEqual({ runs: 'tf32' })
  expect(ortCuda.precision?.('model', fp16, options)).toEqual({ runs: 'fp16' })
  expect(ortCuda.precision?.('fp16', fp32, options)).toMatchObject({ hint: expect.stringContaining('Convert') })
  expect(asked(ortCuda.child(task({ precision: 'fp32' }), options))).toMatchObject({
    providerOptions: { use_tf32: '0' },
  })
  const off = ortCuda.options.parse({ providerOptions: 'use_tf32=0' })
  expect(ortCuda.precision?.('model', fp32, off)).toEqual({ runs: 'fp32' })
})

test('TensorRT makes fp16 of an fp32 model itself, the CPU does not', () => {
  expect(ortTensorrt.precision?.('fp16', fp32, ortTensorrt.options.parse({}))).toEqual({ runs: 'fp16' })
  expect(ortCpuPython.precision?.('fp16', fp32, ortCpuPython.options.parse({}))).toHaveProperty('why')
  expect(ortCpuPython.precision?.('tf32', fp32, ortCpuPython.options.parse({}))).toHaveProperty('why')
})

test('DirectML gets neither memory pattern nor parallel execution, which it refuses', () => {
  const options = ortProvider.options.parse({ provider: 'DmlExecutionProvider', executionMode: 'parallel' })
  expect(asked(ortProvider.child(task(), options))).toMatchObject({ memoryPattern: false, executionMode: 'sequential' })
})

test('package, provider and device that are missing are named', () => {
  const python = { python: '3.11.2', executable: '/p', build: {}, cudaDevices: 0, rocmDevice: false }
  const gpu = { version: '1.30.0', package: 'onnxruntime-gpu', providers: ['CUDAExecutionProvider'] }
  const cuda = (facts: Parameters<typeof judgeProvider>[0]) =>
    judgeProvider(facts, 'CUDAExecutionProvider', { install: 'pip install onnxruntime-gpu', needsCuda: true })
  expect(cuda(python)).toMatchObject({ why: 'onnxruntime is not installed for this Python' })
  expect(
    cuda({ ...python, onnxruntime: { ...gpu, package: 'onnxruntime', providers: ['CPUExecutionProvider'] } }),
  ).toEqual({
    why: 'onnxruntime 1.30.0 has no CUDAExecutionProvider; it has CPUExecutionProvider',
    hint: 'pip install onnxruntime-gpu',
  })
  expect(cuda({ ...python, onnxruntime: gpu })).toMatchObject({ why: expect.stringContaining('no GPU') })
  expect(cuda({ ...python, onnxruntime: gpu, cudaDevices: 1 })).toEqual({ version: 'onnxruntime 1.30.0' })
})

test('options that would be read wrongly are refused', () => {
  for (const wrong of [{ providerOptions: 'device_id' }, { providerOptions: 'a=1,,b=2' }, { sessionConfig: '=1' }]) {
    expect(ortCuda.options.safeParse(wrong).success).toBe(false)
  }
})

describe.skipIf(withoutOrtPython)('in the Python that has it', () => {
  const options = ortCpuPython.options.parse({ python: TORCH_VENV, intraOpThreads: 1 })

  test('it is ready, and what it lacks for CUDA is named', async () => {
    expect(await ortCpuPython.ready({ options: { python: TORCH_VENV } })).toMatchObject({
      ready: true,
      version: expect.stringMatching(/^onnxruntime 1\.\d+\.\d+ · Python 3/),
    })
    expect(await ortCuda.ready({ toolPaths: { python: TORCH_VENV } })).toMatchObject({
      ready: false,
      why: expect.stringContaining('has no CUDAExecutionProvider; it has CPUExecutionProvider'),
    })
  })

  test('a point has what a point of ort-cpu has: outputs, samples, memory, facts', async () => {
    const { sha256 } = await inspectModel(SAMPLE_MODEL)
    const point = task({ modelSha256: sha256 })
    const result = BenchResult.parse(await ortCpuPython.child(point, options).measure(talk, limits))
    const node = await measure({
      modelPath: SAMPLE_MODEL,
      shapes: point.shapes,
      task: point,
      options: { intraOpThreads: 1 },
    })
    expect(result.outputBytes).toBe(node.outputBytes)
    expect(result.latenciesMs).toHaveLength(node.latenciesMs.length)
    expect(result.fixedWarmup).toBe(3)
    expect(result.firstCallMs).toBe(result.latenciesMs[0])
    const measured = [
      'libraryLoadMs',
      'sessionCreateMs',
      'callUs',
      'clockUs',
      'cpuUtilization',
      'peakBytes',
      'baselineBytes',
    ]
    expect(Object.keys(result)).toEqual(expect.arrayContaining(measured))
    expect(result.runtimeFacts).toMatchObject({ provider: 'CPUExecutionProvider', intraOpThreads: 1 })
    expect(result.flags).toBeUndefined()
  })

  test('a model that changed, a shape that does not fit and a provider that is not there are said', async () => {
    const { sha256 } = await inspectModel(SAMPLE_MODEL)
    const run = (more: Partial<PointTask>) =>
      ortCpuPython.child(task({ modelSha256: sha256, ...more }), options).measure(talk, limits)
    await expect(run({ modelSha256: 'other' })).rejects.toMatchObject({ code: 'MODEL_CHANGED' })
    await expect(run({ shapes: { image: [2, 3, 32] } })).rejects.toMatchObject({ code: 'SHAPE_MISMATCH' })
    const other = ortProvider.options.parse({ python: TORCH_VENV })
    await expect(ortProvider.child(task({ modelSha256: sha256 }), other).measure(talk, limits)).rejects.toMatchObject({
      code: 'RUNTIME_UNAVAILABLE',
      message: expect.stringContaining('has no OpenVINOExecutionProvider'),
    })
  })

  test('one run measures it beside ort-cpu, with the Python of the option, and leaves out what is not here', async () => {
    const started = testEngine()
    const sessionId = await newSession(started)
    const { run } = await runToEnd(started.client, sessionId, {
      modelPath: SAMPLE_MODEL,
      runtimes: [
        { id: 'ort-cpu', options: { intraOpThreads: 1 } },
        { id: 'ort-cpu-python', options: { intraOpThreads: 1, python: TORCH_VENV } },
        { id: 'ort-cuda', options: { python: TORCH_VENV } },
      ],
      batches: [1, 2],
      minIterations: 10,
      minDurationMs: 0,
    })
    expect(run.status).toBe('done')
    const points = run.points.map(({ runtime, batch, status, precision }) => [runtime, batch, status, precision])
    expect(points.toSorted()).toEqual([
      ['ort-cpu', 1, 'done', 'fp32'],
      ['ort-cpu', 2, 'done', 'fp32'],
      ['ort-cpu-python', 1, 'done', 'fp32'],
      ['ort-cpu-python', 2, 'done', 'fp32'],
    ])
    expect(run.passport?.runtime).toMatchObject({ 'ort-cpu-python.binding': 'onnxruntime (Python)' })
    expect(run.notices.map(({ text }) => text).join()).toContain('has no CUDAExecutionProvider')
  })

  test('the command of a point runs alone, as a profiler starts it', async () => {
    const child = ortCpuPython.child(task({ shapes: { image: [1, 3, 32, 32] } }), options)
    const { stdout, exitCode } = await captureOutput({ argv: child.argv })
    expect(exitCode).toBe(0)
    expect(pythonBenchMessage(stdout.trim().split('\n').at(-1) ?? '')).toMatchObject({ type: 'done', count: 13 })
  })
})
