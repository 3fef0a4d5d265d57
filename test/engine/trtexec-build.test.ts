import { rmSync } from 'node:fs'
import { expect, test } from 'vitest'
import type { BuildSpecInput } from '#domain/build-spec.ts'
import { DOUBLE_DEVICE } from '../doubles/trtexec/scenario.ts'
import { type DoubleBench, doubleBench, enginesOf, phasesOf, runKind, sha256 } from '../helpers/trtexec-runs.ts'

function spec({ modelPath, trtexec }: DoubleBench, more: Partial<BuildSpecInput> = {}): BuildSpecInput {
  return { modelPath, trtexec, optShapes: { image: [4, 3, 32, 32] }, ...more }
}

test('a build keeps the engine, its layers and figures, and says that it was played by the double', async () => {
  // 12 ms apart, so that phases are seen; some 3 MB of verbose lines.
  const bench = await doubleBench({ verboseLines: 30_000, delayMs: 12 })
  const ended = await runKind(bench, 'build', spec(bench, { precision: 'fp16' }))
  const { run } = ended
  expect(run.status).toBe('done')
  const { method, runtime, gpu, command } = run.passport ?? {}
  const engine = String(method?.engine)
  expect(enginesOf(bench)).toContain(engine.slice(engine.lastIndexOf('/') + 1))
  expect(method).toMatchObject({ engineBytes: 150_000, engineSha256: sha256(engine), builtSeconds: 1.5 })
  expect(method).toMatchObject({ precision: 'fp16', timingCacheHit: false })
  expect(command?.argv).toEqual(expect.arrayContaining(['--fp16', '--optShapes=image:4x3x32x32']))
  expect([runtime?.double, gpu?.name, runtime?.version]).toEqual([true, DOUBLE_DEVICE, '10.16.1'])
  expect(run.subtitle).toMatch(/^TEST DOUBLE · TensorRT 10\.16\.1 · fp16 · 146 KiB · built in 1\.5 s$/)
  expect(run.notices.map(({ text }) => text).join('\n')).toContain('every figure is made up')

  const [layers] = await bench.client.runs.attachments({ sessionId: bench.sessionId, runId: run.id, kind: 'layers' })
  expect(layers?.data).toMatchObject({
    bindings: ['image', 'y'],
    layers: [{ type: 'Reformat' }, { name: 'conv1 + relu1', onnxNodes: ['conv1', 'relu1'], precision: 'fp16' }, {}, {}],
  })

  // A watcher that lags misses some, never their order.
  const order = ['reading the model', 'optimising the graph', 'timing tactics', 'putting the engine together']
  const seen = phasesOf(ended).filter(phase => order.includes(phase))
  expect(seen).toContain('timing tactics')
  expect(seen).toEqual(order.filter(phase => seen.includes(phase)))
  expect(ended.events.every(event => event.type !== 'progress' || event.progress.fraction === undefined)).toBe(true)
  expect(ended.log.length).toBeLessThan(400)
  const leftOut = ended.log.flatMap(line => Number(/^… (\d+) verbose lines/.exec(line)?.[1] ?? 0))
  const verbose = ended.log.filter(line => line.includes('] [V] '))
  expect(leftOut.reduce((sum, count) => sum + count, verbose.length)).toBe(30_000)
  expect(ended.log).toContainEqual(expect.stringMatching(/\[I\] Engine built in 1\.5 sec\.$/))
})

test('a second build overwrites nothing and uses the timing cache of the first', async () => {
  const bench = await doubleBench()
  const first = await runKind(bench, 'build', spec(bench))
  const before = sha256(String(first.run.passport?.method.engine))
  const second = await runKind(bench, 'build', spec(bench))
  const { engine, timingCacheHit } = second.run.passport?.method ?? {}
  expect(engine).not.toBe(first.run.passport?.method.engine)
  expect(sha256(String(first.run.passport?.method.engine))).toBe(before)
  expect([timingCacheHit, second.run.subtitle]).toEqual([true, expect.stringContaining('timing cache hit')])
  expect(enginesOf(bench).filter(name => name.endsWith('.engine'))).toHaveLength(2)
})

test('what this trtexec cannot build is a problem before anything starts', async () => {
  const bench = await doubleBench({ version: '11.1.0' })
  const plan = await bench.client.runs.plan({ kind: 'build', spec: spec(bench, { precision: 'fp16' }) })
  expect(plan.problems).toMatchObject([{ code: 'SPEC_INVALID', hint: expect.stringContaining('Convert the model') }])
  await expect(runKind(bench, 'build', spec(bench, { precision: 'fp16' }))).rejects.toThrow(/holds fp32, not fp16/)
})

test('a cancel ends a build that does not listen within a second, and leaves no half engine', async () => {
  const bench = await doubleBench({ accident: 'hang' })
  const { client, sessionId } = bench
  let cancelled: Promise<number> | undefined
  const { run } = await runKind(bench, 'build', spec(bench), (event, runId) => {
    if (event.type !== 'progress' || event.progress.phase !== 'timing tactics' || cancelled !== undefined) return
    const askedMs = performance.now()
    cancelled = client.runs.cancel({ sessionId, runId }).then(() => performance.now() - askedMs)
  })
  expect(run.status).toBe('cancelled')
  expect(await cancelled).toBeLessThan(1000)
  expect(enginesOf(bench)).toEqual([])
})

test('no trtexec, one that does not start, no model: said before anything starts', async () => {
  const bench = await doubleBench({ accident: 'no-library' })
  const { problems } = await bench.client.runs.plan({ kind: 'build', spec: spec(bench) })
  expect(problems).toMatchObject([{ code: 'TOOL_MISSING', message: expect.stringMatching(/libnvinfer\.so\.10/) }])
  rmSync(bench.trtexec)
  const absent = await bench.client.runs.plan({ kind: 'build', spec: spec(bench) })
  expect(absent.problems).toMatchObject([{ code: 'TOOL_MISSING', hint: expect.stringMatching(/./) }])
  await expect(runKind(bench, 'build', spec(bench, { modelPath: '/no/such.onnx' }))).rejects.toMatchObject({
    code: 'FILE_NOT_FOUND',
  })
})
