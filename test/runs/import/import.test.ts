import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { Run } from '#domain/run.ts'
import { newSession, type TestEngine, testEngine } from '../../helpers/engine.ts'
import { SAMPLES_FOLDER, withoutSamples } from '../../helpers/samples.ts'

async function imported(test: TestEngine, spec: Record<string, unknown>): Promise<{ run: Run; sessionId: string }> {
  const sessionId = await newSession(test)
  const { runId } = await test.client.runs.start({ sessionId, kind: 'import', spec })
  await test.engine.runs.finished(runId)
  return { run: await test.client.runs.get({ sessionId, runId }), sessionId }
}

const CSV = `Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency,Avg latency
1,1600,10,390,100,50,4400,40,10,4990,5100,5200,5400,5000
2,,10,390,100,50,4400,40,10,4990,5100,5200,5400,5000
`

test('a table becomes a run: points, parts in ms, where they come from, and what was not read', async () => {
  const engine = testEngine()
  const path = join(engine.folder, 'any name.txt')
  writeFileSync(path, CSV)
  const { run } = await imported(engine, { path, batch: 8, model: 'resnet' })
  expect(run).toMatchObject({ kind: 'import', status: 'done', title: 'any name.txt', modelName: 'resnet' })
  expect(run.points).toHaveLength(1)
  expect(run.points[0]).toMatchObject({
    runtime: 'triton',
    device: 'server',
    precision: 'unknown',
    batch: 8,
    concurrency: 1,
    inferPerSec: 1600,
    latencyMs: { mean: 5, p50: 4.99 },
    partsMs: { clientSend: 0.01, network: 0.39, computeInfer: 4.4 },
    flags: [],
  })
  expect(run.notices.map(({ text }) => text)).toEqual(['Not read: line 3: no throughput.'])
  expect(run.passport?.method).toMatchObject({ tool: 'perf_analyzer', format: 'perf-analyzer-csv', file: path })
  expect(run.command).toBe(`batchscope import '${path}' --batch 8 --model resnet`)
})

test('without the batch 1 is assumed, said, and the batch that fits is named', async () => {
  const engine = testEngine()
  const path = join(engine.folder, 'out.csv')
  writeFileSync(path, CSV)
  const plan = await engine.client.runs.plan({ kind: 'import', spec: { path } })
  const said = plan.notices.map(({ text }) => text).join(' ')
  expect(said).toContain('1 is assumed')
  expect(said).toContain('--batch 8')
  const { run } = await imported(engine, { path })
  expect(run.points[0]).toMatchObject({ batch: 1, inferPerSec: 1600, flags: ['contradicts-itself'] })
})

test('what is not a table of results is named for what it is', async () => {
  const engine = testEngine()
  const path = join(engine.folder, 'results.csv')
  writeFileSync(path, 'name: "resnet"\nbackend: "onnxruntime"\n')
  await expect(engine.client.runs.plan({ kind: 'import', spec: { path } })).rejects.toMatchObject({
    code: 'FORMAT_UNKNOWN',
    message: expect.stringMatching(/config/i),
  })
  await expect(engine.client.runs.plan({ kind: 'import', spec: {} })).rejects.toMatchObject({ code: 'SPEC_INVALID' })
})

describe.skipIf(withoutSamples)('recorded exports', () => {
  const sample = (name: string) => join(SAMPLES_FOLDER, 'triton', 'perf_analyzer_real', name)

  test('figures of a profile export are computed from its requests, which are kept', async () => {
    const engine = testEngine()
    const { run, sessionId } = await imported(engine, { path: sample('delay_profile.profile.json'), batch: 2 })
    const [point] = run.points
    // CSV of the same run at batch 1: 176.851 infer/s, p50 5592 µs, Avg 5633 µs.
    expect(point?.inferPerSec).toBeCloseTo(2 * 176.851, 2)
    expect(Math.floor((point?.latencyMs?.p50 ?? 0) * 1000)).toBe(5592)
    expect(Math.floor((point?.latencyMs?.mean ?? 0) * 1000)).toBe(5633)
    expect(point?.windows?.filter(({ counted }) => counted)).toHaveLength(3)
    const { columns } = await engine.client.runs.samples({ sessionId, runId: run.id, pointId: point?.id ?? '' })
    expect(columns[0]?.count).toBe(point?.samples?.count)
    expect(run.passport?.method).toMatchObject({ toolVersion: '2.51.0' })
  })

  test('a log without a point that could be measured is a run with a failed point', async () => {
    const { run } = await imported(testEngine(), { path: sample('flaky.log') })
    expect(run.status).toBe('done')
    expect(run.points[0]).toMatchObject({ status: 'failed', concurrency: 2, flags: ['server-errors', 'failed'] })
    expect(run.points[0]?.error?.detail).toContain('request 50 fails on purpose')
  })
})
