import { expect, test } from 'vitest'
import { hatchLines } from '../../../src-renderer/charts/hatch.ts'
import { loadAxisOf, loadSeriesOf } from '../../../src-renderer/charts/load-series.ts'
import { latencyByLoad, throughputByLoad, throughputVsLatency } from '../../../src-renderer/charts/load-specs.ts'
import { partsTable, windowsTable } from '../../../src-renderer/charts/load-table.ts'
import { partsByLoad } from '../../../src-renderer/charts/part-specs.ts'
import { axisPlace, HATCHES } from '../../../src-renderer/charts/spec.ts'
import { windowsOverTime } from '../../../src-renderer/charts/window-specs.ts'
import { imageClsPoints, offlinePoints, onlinePoints } from '../harness/sweep-fixtures.ts'
import { point } from '../pages/samples.ts'

const online = loadSeriesOf(onlinePoints(), 'concurrency')
const several = loadSeriesOf(imageClsPoints, 'concurrency')

test('the axis is what the sweep varies; a rate counts before the concurrency that comes of it', () => {
  expect(loadAxisOf(onlinePoints())).toBe('concurrency')
  expect(loadAxisOf(offlinePoints())).toBe('batch')
  expect(loadAxisOf(onlinePoints().map((each, index) => ({ ...each, requestRate: 100 * index })))).toBe('requestRate')
  expect(loadAxisOf([point({ batch: 8 })])).toBe('batch')
  expect(loadAxisOf([point({ batch: 1 })])).toBe('concurrency')
})

test('a series per way to the server, named by what tells them apart; one alone needs no name', () => {
  expect(several.map(({ label }) => label)).toEqual([
    'HTTP · no shared memory',
    'HTTP · system shared memory',
    'gRPC · no shared memory',
  ])
  expect(online.map(({ label }) => label)).toEqual(['all points'])
})

test('of repeats the one with the middle median stands; failed points are no points', () => {
  const repeats = [9, 1, 5].map((p50, index) => point({ id: `r${index}`, concurrency: 4, latencyMs: { p50 } }))
  const series = loadSeriesOf([...repeats, point({ id: 'f', status: 'failed', concurrency: 8 })], 'concurrency')
  expect(series[0]?.points.map(({ pointId }) => pointId)).toEqual(['r2'])
})

test('pieces of a bar stand on each other and reach the sum of the parts', () => {
  const spec = partsByLoad(online[0] ?? { id: '', label: '', points: [] }, 'concurrency')
  const pieces = spec.lines.flatMap(line => line.points.filter(each => each.x === 128 && each.bar))
  for (const [index, piece] of pieces.entries()) {
    expect(piece.bar?.from).toBeCloseTo(index === 0 ? 0 : (pieces[index - 1]?.bar?.to ?? Number.NaN), 9)
    expect(piece.y).toBeCloseTo(((piece.bar?.from ?? 0) + (piece.bar?.to ?? 0)) / 2, 9)
  }
  // 0.09 + 1.524 + 5.608 + 1.656 + 4.904 + 0.02 + 0.01, by hand from the fixture's formula
  expect(pieces.at(-1)?.bar?.to).toBeCloseTo(13.812, 6)
  expect(pieces[2]?.text).toBe('concurrency 128: server queue 5.61 ms, 40.6 %')
})

test('neighbouring parts differ in hatching, so that colour is never alone', () => {
  const hatches = partsByLoad(online[0] ?? { id: '', label: '', points: [] }, 'concurrency').lines.flatMap(
    ({ hatch }) => hatch ?? [],
  )
  expect(hatches.length).toBe(7)
  expect(hatches.every((hatch, index) => index === 0 || hatch !== hatches[index - 1])).toBe(true)
})

test('points without parts make no bars, and the chart has nothing to draw', () => {
  const bare = onlinePoints().map(({ partsMs, ...rest }) => rest)
  expect(
    partsByLoad(loadSeriesOf(bare, 'concurrency')[0] ?? { id: '', label: '', points: [] }, 'concurrency').lines,
  ).toEqual([])
})

test('throughput against latency keeps the order of the load, though latency may go back', () => {
  const points = [1, 2, 4].map((concurrency, index) =>
    point({
      id: `c${concurrency}`,
      concurrency,
      latencyMs: { p95: [5, 3, 9][index] ?? 0 },
      inferPerSec: 100 * concurrency,
    }),
  )
  const spec = throughputVsLatency(loadSeriesOf(points, 'concurrency'), 'concurrency', 'p95')
  expect(spec.lines[0]?.points.map(({ x, label }) => [x, label])).toEqual([
    [5, '1'],
    [3, '2'],
    [9, '4'],
  ])
  expect(spec.wanders).toBe(true)
})

test('several series show medians with a silent p99; one shows its percentiles', () => {
  expect(latencyByLoad(online, 'concurrency').lines.map(({ label }) => label)).toEqual(['median', 'p95', 'p99'])
  const lines = latencyByLoad(several, 'concurrency').lines
  expect(lines.filter(({ silent }) => silent).length).toBe(3)
  expect(throughputByLoad(several, 'concurrency').lines.map(({ label }) => label)).toEqual(
    several.map(({ label }) => label),
  )
})

test('flagged points are hollow and say so', () => {
  const flagged = throughputByLoad(several, 'concurrency').lines[0]?.points.at(-1)
  expect(flagged).toMatchObject({ x: 16, hollow: true })
  expect(flagged?.text).toContain('flagged')
})

test('values too close for a binary axis get a linear one', () => {
  expect(throughputByLoad(several, 'concurrency').x.scale).toBe('log2')
  expect(throughputByLoad(online, 'concurrency').x.scale).toBe('linear')
})

test('places stand at equal distances in the order of their ticks', () => {
  const axis = { scale: 'places' as const, label: '', ticks: [8, 16, 256] }
  expect([8, 16, 256].map(value => axisPlace(axis, value))).toEqual([0, 1, 2])
})

test('windows that did not count are hollow and say so', () => {
  const windows = onlinePoints()[0]?.windows ?? []
  const [throughput, latency] = windowsOverTime(windows, 'p95').lines
  expect(throughput?.points.map(({ hollow }) => hollow === true)).toEqual([true, true, false, false, false])
  expect(latency?.points[0]?.text).toMatch(/^window 1 of 6\.0 s: p95 [\d.]+ ms, not counted$/)
  expect(windowsTable(windows).rows.length).toBe(5)
})

test('the table of the parts has a column for each measured part and their sum', () => {
  const table = partsTable(online[0] ?? { id: '', label: '', points: [] }, 'concurrency')
  expect(table.columns.map(({ id }) => id)).toEqual([
    'x',
    'clientSend',
    'network',
    'queue',
    'computeInput',
    'computeInfer',
    'computeOutput',
    'clientRecv',
    'sum',
    'mean',
  ])
})

test('hatching stays inside its box', () => {
  const box = { left: 10, top: 20, width: 33, height: 17 }
  for (const hatch of HATCHES) {
    for (const [x1, y1, x2, y2] of hatchLines(hatch, box)) {
      for (const x of [x1, x2]) expect(x >= box.left && x <= box.left + box.width).toBe(true)
      for (const y of [y1, y2]) expect(y >= box.top && y <= box.top + box.height).toBe(true)
    }
  }
  expect(hatchLines('plain', box)).toEqual([])
  expect(hatchLines('up', box).length).toBeGreaterThan(3)
})
