import { existsSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { inspectModel } from '../../src-main/models/inspect.ts'
import type { OwnMeasure, PointTask } from '../../src-main/runtimes/define.ts'
import { tensorrt } from '../../src-main/runtimes/tensorrt.ts'
import type { Scenario } from '../doubles/trtexec/scenario.ts'
import { modelWith, tensor } from '../helpers/models.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../helpers/samples.ts'
import { tempFolder } from '../helpers/temp-folder.ts'
import { trtexecDouble } from '../helpers/trtexec-double.ts'

const MODEL = join(import.meta.dirname, '..', '..', 'resources', 'sample-model.onnx')
const sample = (name: string) => join(SAMPLES_FOLDER, 'trtexec', name)

interface Measured {
  folder?: string
  batch?: number
  task?: Partial<PointTask>
  options?: Record<string, unknown>
  timeoutMs?: number
}

/** One point of the bundled model, measured by a double without an engine around it. */
async function measure(
  trtexec: string,
  { folder = tempFolder(), batch = 1, task = {}, options = {}, timeoutMs = 20_000 }: Measured = {},
) {
  const { sha256 } = await inspectModel(MODEL)
  const child: OwnMeasure = tensorrt.child(
    {
      modelPath: MODEL,
      modelSha256: sha256,
      precision: 'tf32',
      batch,
      repeat: 1,
      shapes: { image: [batch, 3, 32, 32] },
      data: {},
      warmup: 0,
      minIterations: 10,
      minDurationMs: 100,
      maxDurationMs: 1000,
      folder,
      ...task,
    },
    tensorrt.options.parse({ trtexec, ...options }),
  )
  const log: string[] = []
  const talk = { say() {}, log: (_: string, text: string) => log.push(text) }
  const result = await child.measure(talk, { signal: new AbortController().signal, timeoutMs })
  return { result, log }
}

function median(values: Float64Array | undefined): number {
  const sorted = [...(values ?? [])].toSorted((a, b) => a - b)
  return ((sorted[(sorted.length - 1) >> 1] ?? Number.NaN) + (sorted[sorted.length >> 1] ?? Number.NaN)) / 2
}

test('one dynamic engine serves every batch, and the facts say so', async () => {
  const trtexec = trtexecDouble({ version: '11.1.0' })
  const folder = tempFolder()
  const options = { engine: 'dynamic', dataTransfers: false, cudaGraph: true }
  const at = (batch: number) => measure(trtexec, { folder, batch, options, task: { batches: [1, 4, 8] } })
  const [one, eight] = [await at(1), await at(8)]
  expect(readdirSync(join(folder, 'engines')).filter(name => name.endsWith('.engine'))).toEqual([
    expect.stringContaining('_tf32_1-8x3x32x32_trt11.1.0_'),
  ])
  expect(eight.result.artifact).toEqual(one.result.artifact)
  expect([one.result.compileMs, eight.result.compileMs]).toEqual([expect.any(Number), undefined])
  expect(one.result.runtimeFacts).toMatchObject({
    engines: expect.stringContaining('one for all batches'),
    includes: ['compute'],
    cudaGraph: true,
    dialectDefaults: 'TensorRT 11 and later',
    double: true,
    device: 'test double',
  })
  expect(Math.max(...(one.result.phasesMs?.h2d ?? [1]))).toBe(0)
})

test('the two dialects measure alike what is asked alike: with copies, whatever the default', async () => {
  const [old, recent] = await Promise.all(
    (['8.6.1', '11.0.0'] as const).map(async version => (await measure(trtexecDouble({ version }))).result),
  )
  expect(median(old?.phasesMs?.h2d)).toBeGreaterThan(0)
  expect(recent?.phasesMs?.h2d).toEqual(old?.phasesMs?.h2d)
  expect(recent?.runtimeFacts.dialectDefaults).not.toBe(old?.runtimeFacts.dialectDefaults)
})

test('says which precisions its trtexec builds of a model, once it was looked for', async () => {
  const fp32 = modelWith([tensor('x', ['N', 3])], { weights: [{ dtype: 'float32', count: 1, bytes: 4 }] })
  const answers = async (version: NonNullable<Scenario['version']>) => {
    const trtexec = trtexecDouble({ version })
    expect(await tensorrt.ready({ options: { trtexec } })).toMatchObject({ ready: true, version })
    const options = tensorrt.options.parse({ trtexec })
    return (asked: string) => tensorrt.precision?.(asked, fp32, options)
  }
  const [old, recent] = [await answers('10.16.1'), await answers('11.1.0')]
  expect([old('fp16'), old('model'), old('fp32')]).toEqual([{ runs: 'fp16' }, { runs: 'tf32' }, { runs: 'fp32' }])
  expect(recent('tf32')).toEqual({ runs: 'tf32' })
  expect(recent('fp16')).toMatchObject({ why: expect.stringContaining('fp16'), hint: expect.stringMatching(/onvert/) })
  expect(recent('fp7')).toMatchObject({ why: expect.stringContaining('fp7') })
})

test('without trtexec it is not ready, and says what to do', async () => {
  const options = { trtexec: join(tempFolder(), 'nowhere') }
  expect(await tensorrt.ready({ options })).toMatchObject({
    ready: false,
    why: expect.any(String),
    hint: expect.any(String),
  })
  await expect(measure(options.trtexec)).rejects.toMatchObject({ code: 'RUNTIME_UNAVAILABLE' })
})

test.skipIf(withoutSamples)('recorded exports come out with the figures of their source', async () => {
  const trtexec = trtexecDouble({
    replay: {
      run: sample('trt101601-load-cudagraph-nodatatransfers.log'),
      times: sample('trt10-alexnet-fp16.timing.json'),
      profile: sample('trt10-alexnet-fp16.profile.json'),
      layers: sample('trt10-alexnet-fp16.graph.json'),
    },
  })
  const { result } = await measure(trtexec)
  // Count, median and layers as the recording's README has them, throughput as its log prints it.
  expect(median(result.phasesMs?.gpuCompute)).toBeCloseTo(0.495605, 6)
  expect([result.latenciesMs.length, result.fixedWarmup, result.queriesPerSec]).toEqual([6039, 0, 24896.9])
  expect(result.layers).toMatchObject({ runs: 14590, layers: { length: 14 } })
  expect(result.layers?.layers.map(({ percent }) => percent).toSorted((a = 0, b = 0) => b - a)[0]).toBeCloseTo(45.7, 1)
  expect([result.device, result.flags]).toEqual(['test double', ['test-double']])
})

test('what goes wrong has a cause, and no engine of its own is left half', async () => {
  const cases: [Scenario, string][] = [
    [{ accident: 'crash', during: 'run' }, 'CHILD_DIED'],
    [{ accident: 'broken-exports' }, 'FORMAT_BROKEN'],
    [{ accident: 'out-of-memory', during: 'build' }, 'RUNTIME_FAILED'],
    [{ accident: 'hang', during: 'run' }, 'TIMEOUT'],
  ]
  const folders = cases.map(() => tempFolder())
  const ends = await Promise.allSettled(
    cases.map(([scenario, code], at) =>
      measure(trtexecDouble(scenario), {
        folder: folders[at] ?? '',
        timeoutMs: code === 'TIMEOUT' ? 2500 : 30_000,
      }),
    ),
  )
  expect(ends.map(end => (end.status === 'rejected' ? end.reason.code : 'done'))).toEqual(cases.map(([, code]) => code))
  expect(folders.map(folder => existsSync(join(folder, 'engines')) && readdirSync(join(folder, 'engines')))).toEqual(
    cases.map(([{ during }]) =>
      during === 'build' ? [] : expect.arrayContaining([expect.stringMatching(/\.engine$/)]),
    ),
  )
})

test('a kept engine that cannot be loaded is named with the way out; broken layers cost no samples', async () => {
  const folder = tempFolder()
  const first = await measure(trtexecDouble(), { folder })
  const path = first.result.artifact?.path ?? ''
  writeFileSync(path, 'no engine any more')
  await expect(measure(trtexecDouble(), { folder })).rejects.toMatchObject({
    code: 'RUNTIME_FAILED',
    data: { where: path, hint: expect.stringContaining('move it away') },
  })
  const broken = await measure(trtexecDouble({ accident: 'broken-layers' }))
  expect([broken.result.latenciesMs.length, broken.result.layers]).toEqual([300, undefined])
  expect(broken.log).toContainEqual(expect.stringMatching(/^The layers cannot be read: /))
})
