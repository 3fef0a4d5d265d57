import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import sharp from 'sharp'
import { describe, expect, test } from 'vitest'
import { Correctness } from '#domain/correctness.ts'
import type { PipelineSpecInput } from '#domain/pipeline-spec.ts'
import { StepTable } from '#domain/step-table.ts'
import { encodeNpy } from '#formats/npy-write.ts'
import { newSession, type TestEngine, testEngine } from '../helpers/engine.ts'
import { layeredModel } from '../helpers/layered-model.ts'
import { externalDataModel, failingModel, identityModel } from '../helpers/onnx-models.ts'

async function runPipeline(engine: TestEngine, spec: PipelineSpecInput) {
  const { client } = engine
  const sessionId = await newSession(engine, `${Math.random()}.bscope`)
  const { runId } = await client.runs.start({ sessionId, kind: 'pipeline', spec })
  for await (const _ of await client.runs.watch({ sessionId, runId }));
  const run = await client.runs.get({ sessionId, runId })
  const kept = await client.runs.attachments({ sessionId, runId })
  const steps = kept.flatMap(({ kind, data }) => (kind === 'steps' ? StepTable.parse(data).steps : []))
  const correctness = kept.flatMap(({ kind, data }) => (kind === 'correctness' ? [Correctness.parse(data)] : []))
  return { run, steps, correctness }
}

function save({ folder }: TestEngine, name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

const checkOf = (base: string, candidate: string, more: object = {}): PipelineSpecInput => ({
  source: { kind: 'onnx', path: base },
  steps: [{ step: 'correctness', candidate, ...more }],
})

describe('two models with the same inputs', () => {
  test('equal ones agree in everything; the run keeps what was fed and what ran', async () => {
    const engine = testEngine()
    const base = save(engine, 'base.onnx', layeredModel().bytes)
    const { run, steps, correctness } = await runPipeline(engine, {
      ...checkOf(base, save(engine, 'same.onnx', layeredModel({ output: 'logits' }).bytes), { bisect: true }),
      inputs: { batch: 3, data: { x: { source: 'random', seed: 7 } } },
    })
    expect(run).toMatchObject({ status: 'done', kind: 'pipeline' })
    expect(steps).toMatchObject([{ step: 'correctness', status: 'done', command: run.command }])
    expect(correctness).toMatchObject([
      {
        verdict: 'pass',
        inputs: [{ name: 'x', shape: [3, 3, 16, 16], facts: { seed: 7 } }],
        outputs: [
          { name: 'scores', candidateName: 'logits', difference: { shape: [3, 10], maxAbs: 0, drift: 0, top1: 1 } },
        ],
        notices: [expect.stringContaining('in their order')],
      },
    ])
    expect(correctness[0]?.outputs[0]?.difference).not.toHaveProperty('snrDb')
    expect(correctness[0]?.drift).toMatchObject({ rounds: 1 })
    expect(correctness[0]?.drift).not.toHaveProperty('first')
    expect(steps[0]?.result).toContain('no drift')
  })

  test('one wrong weight in a convolution is found by bisection, without looking at every tensor', async () => {
    const [damaged, engine] = [7, testEngine()]
    const { convolutions, bytes } = layeredModel()
    const base = save(engine, 'base.onnx', bytes)
    const wrong = save(engine, 'wrong.onnx', layeredModel({ damaged }).bytes)
    const { correctness } = await runPipeline(engine, checkOf(base, wrong, { bisect: true }))
    const [{ verdict, drift } = { verdict: undefined, drift: undefined }] = correctness
    expect(verdict).toBe('fail')
    expect(drift?.first?.tensor).toBe(convolutions[damaged])
    expect(drift?.before?.drift).toBe(0)
    expect(drift?.looked.length).toBeLessThan(drift?.joined ?? 0)
  })

  test('pictures, .npy and weights beside the model go the same way', async () => {
    const engine = testEngine()
    const base = save(engine, 'base.onnx', layeredModel().bytes)
    const picture = join(engine.folder, 'red.png')
    await sharp({ create: { width: 40, height: 20, channels: 3, background: '#ff0000' } })
      .png()
      .toFile(picture)
    const pictured = await runPipeline(engine, {
      ...checkOf(base, base),
      inputs: { batch: 2, data: { '*': { source: 'file', path: picture } }, image: { mean: [0.5], std: [0.5] } },
    })
    expect(pictured.correctness[0]?.inputs[0]?.facts).toMatchObject({
      resizedTo: '16 × 16, stretch, Lanczos',
      mean: [0.5, 0.5, 0.5],
    })

    const { model, weights } = externalDataModel()
    save(engine, 'weights.bin', weights)
    const external = save(engine, 'external.onnx', model)
    const values = save(
      engine,
      'x.npy',
      Buffer.concat(encodeNpy({ dtype: 'float32', shape: [1, 4], data: Float32Array.of(1, 2, 3, 4) })),
    )
    const fed = await runPipeline(engine, {
      ...checkOf(external, save(engine, 'identity.onnx', identityModel()), { bisect: true }),
      inputs: { data: { x: { source: 'file', path: values } } },
    })
    // y = x + [1, 2, 3, 4] against y = x
    expect(fed.correctness[0]).toMatchObject({
      verdict: 'fail',
      outputs: [{ difference: { maxAbs: 4, meanAbs: 2.5, worst: { index: [0, 3], base: 8, candidate: 4 } } }],
    })
  })

  test('a candidate that takes another shape is refused with both shapes said', async () => {
    const engine = testEngine()
    const base = save(engine, 'base.onnx', identityModel('float32', ['batch', 4]))
    const other = save(engine, 'other.onnx', identityModel('float32', ['batch', 5]))
    const { run } = await runPipeline(engine, { ...checkOf(base, other) })
    expect(run).toMatchObject({ status: 'failed', error: { code: 'SHAPE_MISMATCH' } })
  })
})

describe('steps in a row', () => {
  test('a step that fails leaves those before it and names those that were not run', async () => {
    const engine = testEngine()
    const base = save(engine, 'base.onnx', identityModel('float32', ['batch', 4]))
    const { run, steps } = await runPipeline(engine, {
      source: { kind: 'onnx', path: base },
      steps: [
        { step: 'config', name: 'identity' },
        { step: 'correctness', candidate: save(engine, 'fails.onnx', failingModel()) },
        { step: 'bench' },
      ],
    })
    expect(run.status).toBe('failed')
    expect(steps.map(({ status }) => status)).toEqual(['done', 'failed', 'not-run'])
    expect(readFileSync(steps[0]?.artifact?.path ?? '', 'utf8')).toContain('max_batch_size')
    expect(steps[1]?.error).toMatchObject({ code: run.error?.code })
  })

  test('a bench measures each model; its points carry the file they are of', async () => {
    const engine = testEngine()
    const base = save(engine, 'base.onnx', layeredModel().bytes)
    const { run } = await runPipeline(engine, {
      source: { kind: 'onnx', path: base },
      steps: [{ step: 'bench', batches: [2], minIterations: 5, minDurationMs: 0 }],
    })
    expect(run.error).toBeUndefined()
    expect(run.points.map(({ id, batch, artifact }) => [id, batch, artifact?.path])).toEqual([['p0', 2, base]])
  })

  test('what cannot work is said before anything starts', async () => {
    const { client, folder } = testEngine()
    const plan = await client.runs.plan({
      kind: 'pipeline',
      spec: {
        source: { kind: 'onnx', path: join(folder, 'none.onnx') },
        python: '/nowhere/python',
        steps: [{ step: 'export' }, { step: 'convert', to: 'fp16' }],
      },
    })
    expect(plan.problems.map(({ code }) => code)).toEqual(['SPEC_INVALID', 'FILE_NOT_FOUND', 'TOOL_MISSING'])
  })
})
