import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { groupedByEngine } from '#formats/trtexec/same-engine.ts'
import { newSession, testEngine } from '../../helpers/engine.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../../helpers/samples.ts'

const sample = (name: string) => join(SAMPLES_FOLDER, 'trtexec', name)

async function imported(spec: { path: string; others?: string[]; batch?: number }) {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  const { runId } = await engine.client.runs.start({ sessionId, kind: 'import', spec })
  await engine.engine.runs.finished(runId)
  const run = await engine.client.runs.get({ sessionId, runId })
  return { run, attachments: await engine.client.runs.attachments({ sessionId, runId, kind: 'layers' }) }
}

describe.skipIf(withoutSamples)('trtexec', () => {
  test('a log is a run: figures as printed, device, phases, what a latency includes', async () => {
    const { run, attachments } = await imported({ path: sample('trt101601-mnist-onnx-h100.log') })
    expect(run).toMatchObject({ status: 'done', modelName: 'model-trained.onnx' })
    expect(run.points).toHaveLength(1)
    expect(run.points[0]).toMatchObject({
      runtime: 'tensorrt',
      device: 'NVIDIA H100 PCIe',
      precision: 'tf32',
      batch: 1,
      shapes: { x: [1, 1, 28, 28] },
      queriesPerSec: 15374.3,
      inferPerSec: 15374.3,
      latencyMs: { p50: 0.0440674, p99: 0.0512695 },
      phasesMs: { gpuCompute: { p50: 0.0361328 }, enqueue: { mean: 0.0271685 }, h2d: { max: 0.108398 } },
      flags: ['unstable'],
    })
    expect(run.passport).toMatchObject({
      runtime: { 'tensorrt.version': '10.16.1', 'trtexec.build': 'b11' },
      gpu: { name: 'NVIDIA H100 PCIe', computeCapability: '9.0', memoryBytes: 81_081 * 2 ** 20 },
      method: {
        latency: 'input copy, GPU compute and output copy',
        dataTransfers: true,
        cudaGraph: false,
        defaultsOf: 'TensorRT up to 10',
        builtSec: 8.09138,
        engineMiB: 12.5744,
      },
    })
    expect(run.notices.map(({ text }) => text).join(' ')).toContain('6.58751 %')
    expect(attachments).toEqual([])
  })

  test('queries of an explicit batch are times the batch, of an implicit one as printed', async () => {
    const explicit = await imported({ path: sample('trt8003-mnist-build-verbose.log') })
    expect(explicit.run.points[0]).toMatchObject({ batch: 4, queriesPerSec: 6430.89, inferPerSec: 6430.89 * 4 })
    const implicit = await imported({ path: sample('trt7x-jetson-resnet50-int8-batches.log') })
    expect(implicit.run.points.map(({ batch, inferPerSec }) => [batch, inferPerSec]).at(-1)).toEqual([128, 508.664])
    // TensorRT 11 by its defaults measures other things than 10: the passport says so.
    const eleven = await imported({ path: sample('trt110000-dumpProfile-b200.excerpt.log') })
    expect(eleven.run.passport?.method).toMatchObject({
      latency: 'GPU compute alone, without copies',
      defaultsOf: 'TensorRT 11 and later',
    })
  })

  test('exports of one engine are one run: every query, layers with times and nodes, the batch from the engine', async () => {
    const parts = ['build.metadata', 'graph', 'profile', 'profile.metadata', 'timing']
    const [path = '', ...others] = parts.map(part => sample(`trt10-alexnet-fp16.${part}.json`))
    const { run, attachments } = await imported({ path, others })
    expect(run.points).toHaveLength(1)
    expect(run.points[0]).toMatchObject({
      device: 'NVIDIA GeForce RTX 3060 Laptop GPU',
      precision: 'fp16',
      batch: 1,
      queriesPerSec: 2012.22,
      samples: { count: 6039, warmup: 0 },
      phasesMs: { gpuCompute: { p50: 0.495605 } },
    })
    expect(attachments).toHaveLength(1)
    expect(attachments[0]?.data).toMatchObject({
      runs: 14_590,
      pointId: run.points[0]?.id,
      bindings: ['input', 'output'],
      sources: ['trtexec --exportProfile', 'trtexec --exportLayerInfo'],
      layers: expect.arrayContaining([
        expect.objectContaining({ name: '/classifier/classifier_1/Gemm_myl9_2', percent: expect.closeTo(45.705, 2) }),
      ]),
    })
    expect(run.notices.map(({ text }) => text).join(' ')).not.toContain('import the profile')
    expect(run.command).toContain('trt10-alexnet-fp16.timing.json')
  })

  test('a failed run is a failed point with the cause, and the run itself is done', async () => {
    const { run } = await imported({ path: sample('trt101600-failed-plugin-not-found.log') })
    expect(run.status).toBe('done')
    expect(run.points).toMatchObject([
      { status: 'failed', error: { code: 'MODEL_UNSUPPORTED', message: expect.stringContaining('AddScalar') } },
    ])
  })

  test('layers alone are a run without points', async () => {
    const { run, attachments } = await imported({ path: sample('detr-int8.exportProfile.json') })
    expect(run).toMatchObject({ status: 'done', points: [] })
    expect(attachments[0]?.data).toMatchObject({ runs: 641, layers: { length: 840 } })
  })
})

test('files that are not of one engine are not read as one', async () => {
  const engine = testEngine()
  const [log, csv] = [join(engine.folder, 'a.log'), join(engine.folder, 'a.csv')]
  writeFileSync(log, '[02/29/2028-23:59:59] [I] Throughput: 10 qps\n')
  writeFileSync(csv, 'Concurrency,Inferences/Second,Client Send\n1,10,1\n')
  const planned = engine.client.runs.plan({ kind: 'import', spec: { path: log, others: [csv] } })
  await expect(planned).rejects.toMatchObject({ code: 'SPEC_INVALID', data: { where: csv } })
})

test('names say which files are of one engine; formats, which of them may be', () => {
  const files = [
    ['a/net.log', 'trtexec-log'],
    ['a/net.exportTimes.json', 'trtexec-times'],
    ['a/net.profile.json', 'trtexec-profile'],
    ['a/net.build.metadata.json', 'trex-metadata'],
    ['a/net.profile.metadata.json', 'trex-metadata'],
    ['b/net.profile.json', 'trtexec-profile'],
    ['a/net.txt', 'trtexec-log'],
    ['a/net.csv', undefined],
    ['a/profile.json', 'trtexec-profile'],
  ] as const
  expect(groupedByEngine(files.map(([path, formatId]) => ({ path, formatId })))).toEqual([
    files.slice(0, 5).map(([path]) => path),
    ['b/net.profile.json'],
    ['a/net.txt'],
    ['a/net.csv'],
    ['a/profile.json'],
  ])
})
