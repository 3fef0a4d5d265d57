import { expect, test } from 'vitest'
import { livePath, liveRows, liveScale } from '../../../src-renderer/charts/live-series.ts'
import { gpuNames, metricLines, modelLines } from '../../../src-renderer/pages/server/live-rates.ts'
import { counters, sample } from './server-samples.ts'

/** Figures worked out by hand from the counters: 100 requests of batch 4 in 2 s, executed two by two. */

const values = (line: { points: readonly { value: number | undefined }[] } | undefined) =>
  line?.points.map(point => point.value)

test('rates and means come from the difference of two readings', () => {
  const lines = modelLines([sample(0, [counters(0)]), sample(2000, [counters(100)])], 'image_cls')
  expect(lines.rate.map(line => values(line))).toEqual([[50], [200]])
  expect(lines.timesMs.map(line => [line.label, values(line)?.[0]])).toEqual([
    ['queue', 2],
    ['input', 0.25],
    ['infer', 3],
    ['output', 0.25],
  ])
  expect(values(lines.batch[0])).toEqual([8])
})

test('an idle second has a rate of 0 and no mean: nothing was measured', () => {
  const lines = modelLines([sample(0, [counters(100)]), sample(1000, [counters(100)])], 'image_cls')
  expect(values(lines.rate[0])).toEqual([0])
  expect(values(lines.timesMs[0])).toEqual([undefined])
  expect(values(lines.batch[0])).toEqual([undefined])
})

test('counters that fell tell of a reload: a gap, not a negative rate', () => {
  const readings = [100, 200, 10, 20].map((requests, second) => sample(second * 1000, [counters(requests)]))
  expect(values(modelLines(readings, 'image_cls').rate[0])).toEqual([100, undefined, 10])
})

test('a lost reading and a long pause break the line', () => {
  const readings = [
    sample(0, [counters(0)]),
    sample(1000),
    sample(2000, [counters(10)]),
    sample(60_000, [counters(500)]),
  ]
  expect(values(modelLines(readings, 'image_cls').rate[0])).toEqual([undefined, undefined, undefined])
})

test('versions of a model are counted together', () => {
  const both = (requests: number) => [counters(requests), counters(requests, { version: '2' })]
  expect(values(modelLines([sample(0, both(0)), sample(1000, both(10))], 'image_cls').rate[0])).toEqual([20])
})

test('a cache shows its share of hits; a model without one has no line', () => {
  const cached = (hits: number, misses: number) =>
    counters(misses, { cacheHit: { count: hits, ns: 0 }, cacheMiss: { count: misses, ns: 0 } })
  const lines = modelLines([sample(0, [cached(0, 0)]), sample(1000, [cached(30, 10)])], 'image_cls')
  expect(values(lines.cache[0])).toEqual([0.75])
  expect(modelLines([sample(0, [counters(1)])], 'image_cls').cache).toEqual([])
})

test('GPUs are numbered by their ids, and a metric gives a line each', () => {
  const metrics = ['b', 'a'].map(gpu_uuid => ({
    name: 'nv_gpu_utilization',
    type: 'gauge' as const,
    labels: { gpu_uuid },
    value: gpu_uuid === 'a' ? 0.25 : 0.5,
  }))
  const samples = [sample(0, [], { metrics })]
  const lines = metricLines(samples, 'nv_gpu_utilization', { name: gpuNames(samples), scale: 100 })
  expect(lines.map(line => [line.label, values(line)])).toEqual([
    ['GPU 1', [50]],
    ['GPU 0', [25]],
  ])
})

test('the axis begins at 0, ends round above the values, and stays put at least', () => {
  const line = { label: 'x', points: [{ atMs: 1000, value: 7.3 }] }
  const scale = liveScale([line], { toMs: 1000, spanMs: 1000 })
  expect([scale.max >= 7.3 && scale.max <= 10, scale.ticks[0]]).toEqual([true, 0])
  expect(liveScale([], { toMs: 0, spanMs: 1, least: 1 }).max).toBeGreaterThanOrEqual(1)
  expect(liveScale([line], { toMs: 1000, spanMs: 1000, most: 100 }).max).toBe(100)
})

test('a gap begins a new piece of the line, and the table has a row a time, the latest first', () => {
  const points = [0, 1000, 2000, 3000].map((atMs, index) => ({ atMs, value: index === 2 ? undefined : index }))
  const scale = liveScale([], { toMs: 3000, spanMs: 3000, most: 3 })
  expect(livePath(points, scale, { width: 300, height: 30 })).toBe('M0.0,30.0L100.0,20.0M300.0,0.0')
  expect(liveRows([{ label: 'a', points }]).map(row => row.values[0])).toEqual([3, undefined, 1, 0])
})
