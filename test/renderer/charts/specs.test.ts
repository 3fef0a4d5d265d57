import { expect, test } from 'vitest'
import { batchSeriesOf } from '../../../src-renderer/charts/batch-series.ts'
import { latencyByBatch, throughputByBatch } from '../../../src-renderer/charts/batch-specs.ts'
import { batchTable, distributionTable, samplesTable } from '../../../src-renderer/charts/chart-table.ts'
import { datasetIndex, readNext, summary } from '../../../src-renderer/charts/reading.ts'
import { distribution, samplesOverTime } from '../../../src-renderer/charts/sample-specs.ts'
import { seriesLook } from '../../../src-renderer/charts/spec.ts'
import { benchPoints, samples } from '../harness/fixtures.ts'
import { point } from '../pages/samples.ts'

const one = batchSeriesOf(benchPoints())
const two = batchSeriesOf([...benchPoints(), ...benchPoints('ort-tensorrt', 0.2)])
const measured = { label: 'batch 16', latenciesMs: samples(4044), warmup: 12 }

test('of repeats the one with the middle median stands for its batch, and failed points are no points', () => {
  const points = [9, 1, 5].map((p50, index) =>
    point({ id: `r${index}`, repeat: index + 1, batch: 4, latencyMs: { p50, p99: p50 * 2 } }),
  )
  const failed = point({ id: 'f', batch: 8, status: 'failed' })
  delete failed.latencyMs
  expect(batchSeriesOf([...points, failed])[0]?.points).toMatchObject([
    { batch: 4, p50Ms: 5, p99Ms: 10, pointId: 'r2' },
  ])
})

test('series are named by what tells them apart', () => {
  expect(one.map(series => series.label)).toEqual(['ort-cpu'])
  expect(two.map(series => series.label)).toEqual(['ort-cpu', 'ort-tensorrt'])
  const precisions = batchSeriesOf([point({ precision: 'fp32' }), point({ precision: 'int8' })])
  expect(precisions.map(series => series.label)).toEqual(['fp32', 'int8'])
})

test('a p99 that the samples bound only from below is hollow and says so', () => {
  const last = latencyByBatch(one).lines[1]?.points.at(-1)
  expect(last).toMatchObject({ x: 128, y: 49, hollow: true, text: 'batch 128: p99 at least 49.0 ms' })
  expect(latencyByBatch(one).lines[1]?.points[0]?.hollow).toBeUndefined()
})

test('the latency axis is logarithmic over 20×, throughput starts at zero', () => {
  expect(latencyByBatch(one).y).toMatchObject({ scale: 'log', label: 'ms' })
  expect(latencyByBatch(batchSeriesOf(benchPoints().slice(0, 4))).y).toEqual({ scale: 'linear', label: 'ms', min: 0 })
  expect(throughputByBatch(one).y).toEqual({ scale: 'linear', label: 'FPS', min: 0 })
})

test('each band is filled towards its own p99', () => {
  const { lines } = latencyByBatch(two)
  expect(lines.map(line => [line.label, line.fill])).toEqual([
    ['ort-cpu', 1],
    ['ort-cpu p99', undefined],
    ['ort-tensorrt', 3],
    ['ort-tensorrt p99', undefined],
  ])
})

test('no two of the first 36 series share both colour and shape', () => {
  const looks = Array.from({ length: 36 }, (_, index) => JSON.stringify(seriesLook(index)))
  expect(new Set(looks).size).toBe(36)
})

test('arrow keys walk the points of a line, up and down change the line, edges of the area are skipped', () => {
  const spec = distribution([measured])
  const first = readNext(spec, undefined, 'ArrowRight')
  expect(first).toEqual({ line: 0, point: 1 })
  expect(readNext(spec, first, 'ArrowLeft')).toEqual({ line: 0, point: 1 })
  expect(readNext(spec, { line: 0, point: 1 }, 'ArrowDown')).toEqual({ line: 1, point: 1 })
  const points = spec.lines[0]?.points ?? []
  expect(readNext(spec, first, 'End')).toEqual({ line: 0, point: points.length - 3 })
  expect(readNext(spec, first, 'x')).toBeUndefined()
})

test('silent lines are neither read nor counted, but keep their place among the drawn ones', () => {
  const spec = latencyByBatch(two)
  expect(datasetIndex(spec, { line: 1, point: 0 })).toBe(2)
  expect(summary('Latency by batch', 'lower is better', spec)).toBe(
    'Latency by batch, lower is better. From ort-cpu, batch 1: median 0.620 ms to ort-cpu, batch 128: median 37.9 ms. 2 lines, 16 points; arrow keys read them.',
  )
  expect(summary('Latency by batch', '', latencyByBatch([]))).toBe('Latency by batch: no data yet.')
})

test('the warm-up is drawn but not counted', () => {
  const spec = samplesOverTime(measured, 400)
  expect(spec.region).toEqual({ to: 11.5, label: 'warm-up, not counted' })
  expect(spec.lines[0]?.points.length).toBeLessThanOrEqual(800)
  expect(spec.lines[0]?.points[0]?.text).toContain('call 1, warm-up')
  const withoutStart = distribution([measured]).lines[0]?.points.at(-1)?.x ?? 0
  expect(withoutStart).toBeCloseTo(Math.max(...measured.latenciesMs.subarray(12)), 9)
})

test('samples that are zero or all equal still make a chart', () => {
  const flat = { label: 'flat', latenciesMs: Float64Array.from([2, 2, 2]), warmup: 0 }
  expect(distribution([flat]).x).toMatchObject({ min: expect.closeTo(1.99, 2), max: expect.closeTo(2.01, 2) })
  const zero = { label: 'zero', latenciesMs: Float64Array.from([0, 0]), warmup: 0 }
  expect(distribution([zero]).lines).toEqual([])
  expect(samplesOverTime(zero, 100).y.scale).toBe('linear')
})

test('each chart has its numbers as a table', () => {
  expect(batchTable(two).rows).toHaveLength(16)
  expect(batchTable(two).rows[0]?.cells).toMatchObject({ series: 'ort-cpu', batch: 1, p50Ms: 0.62, p99Ms: 0.71 })
  expect(distributionTable([measured]).rows.at(-1)?.cells.atOrBelow).toBeCloseTo(100, 9)
  expect(samplesTable(measured).rows[11]?.cells).toMatchObject({ call: 12, counted: 'no, warm-up' })
  expect(samplesTable(measured).rows[12]?.cells).toMatchObject({ call: 13, counted: 'yes' })
})
