import { expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import { type DoubleBench, doubleBench, runKind, sha256 } from '../helpers/trtexec-runs.ts'

function bench(of: DoubleBench, more: Record<string, unknown> = {}, onEvent?: Parameters<typeof runKind>[3]) {
  const { modelPath, trtexec } = of
  const runtimes = [{ id: 'tensorrt', options: { trtexec } }]
  const spec = { modelPath, runtimes, batches: [1, 8], precisions: ['tf32'], minIterations: 100, ...more }
  return runKind(of, 'bench', spec, onEvent)
}

/** As trtexec prints it: `[I] GPU Compute Time: min = …, median = 0.27 ms`. */
function printed(log: readonly string[], title: string): number[] {
  return log.flatMap(line => {
    const [, median] = new RegExp(`\\] ${title}: .*median = ([\\d.]+) ms`).exec(line) ?? []
    return median === undefined ? [] : [Number(median)]
  })
}

function sixDigits(value: number | undefined): number | undefined {
  return value === undefined ? undefined : Number(value.toPrecision(6))
}

test('a table of batches: latencies and parts are those of the samples, throughput as printed', async () => {
  const of = await doubleBench({ hints: ['enqueue-bound'] })
  const { run, log } = await bench(of)
  expect(run.points.map(({ status, batch, device, precision }) => [status, batch, device, precision])).toEqual([
    ['done', 1, 'test double', 'tf32'],
    ['done', 8, 'test double', 'tf32'],
  ])
  const medians = (pick: (point: Point) => number | undefined) => run.points.map(point => sixDigits(pick(point)))
  expect(medians(point => point.latencyMs?.p50)).toEqual(printed(log, 'Latency'))
  expect(medians(point => point.phasesMs?.gpuCompute?.p50)).toEqual(printed(log, 'GPU Compute Time'))
  expect(medians(point => point.phasesMs?.h2d?.p50)).toEqual(printed(log, 'H2D Latency'))
  expect(run.points.map(({ queriesPerSec }) => queriesPerSec)).toEqual(
    log.flatMap(line => {
      const [, rate] = /Throughput: ([\d.]+) qps/.exec(line) ?? []
      return rate === undefined ? [] : [Number(rate)]
    }),
  )
  const [one, eight] = run.points
  expect(one?.flags).toEqual(expect.arrayContaining(['test-double', 'enqueue-bound']))
  expect(one?.artifact?.sha256).toBe(sha256(one?.artifact?.path ?? ''))
  expect(eight?.artifact?.path).not.toBe(one?.artifact?.path)
  expect(one?.compileMs).toBeGreaterThan(0)
  const attached = await of.client.runs.attachments({ sessionId: of.sessionId, runId: run.id, kind: 'layers' })
  expect(attached.map(({ name }) => name)).toEqual(['p0', 'p1'])
  expect(attached[0]?.data).toMatchObject({
    pointId: 'p0',
    sources: ['trtexec --exportProfile', 'trtexec --exportLayerInfo'],
    layers: [{}, { percent: expect.closeTo(50, 1) }, {}, { name: 'gemm_"quoted"_myl0_1' }],
  })
  const facts = run.passport?.runtime ?? {}
  expect([facts['tensorrt.double'], facts['tensorrt.device']]).toEqual([true, 'test double'])
  expect(facts['tensorrt.gpu.name']).toMatch(/test double/)
  expect([facts['tensorrt.includes'], facts['tensorrt.dataTransfers']]).toEqual([['h2d', 'compute', 'd2h'], true])

  // The engines that lie there are used, not built again.
  const again = await bench(of, { batches: [1] })
  expect(again.run.points.map(({ compileMs }) => compileMs)).toEqual([undefined])
  expect(again.run.points[0]?.artifact).toEqual(one?.artifact)
})

test('an accident costs the point it meets, a cancel the rest: what was measured is kept', async () => {
  const crashing = await doubleBench({ accident: 'crash', during: 'run', fromBatch: 8 })
  const { run } = await bench(crashing)
  expect([run.status, ...run.points.map(({ status, error }) => [status, error?.code])]).toEqual([
    'done',
    ['done', undefined],
    ['failed', 'CHILD_DIED'],
  ])
  const hanging = await doubleBench({ accident: 'hang', during: 'run', fromBatch: 8 })
  const { client, sessionId } = hanging
  let cancelled: Promise<unknown> | undefined
  const ended = await bench(hanging, {}, (event, runId) => {
    if (event.type !== 'progress' || !/batch 8: measuring/.test(event.progress.phase)) return
    cancelled ??= client.runs.cancel({ sessionId, runId })
  })
  expect([ended.run.status, ...ended.run.points.map(({ status, batch }) => [status, batch])]).toEqual([
    'cancelled',
    ['done', 1],
  ])
  await cancelled
})
