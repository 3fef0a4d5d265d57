import { expect, test } from 'vitest'
import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import { GPU_CHARTS, gpuSpec, throttledStretches } from '../../../src-renderer/charts/gpu-specs.ts'
import { gpuTable } from '../../../src-renderer/charts/gpu-table.ts'

/** A look every 200 ms. */
function series(looks: readonly Omit<GpuSample, 'atMs'>[], more: Partial<GpuSeries> = {}): GpuSeries {
  const samples = looks.map((look, at) => ({ atMs: 200 * at, ...look }))
  const source = 'made up'
  return { index: 0, name: 'a GPU', source, everyMs: 200, startedAt: '2026-01-01T00:00:00.000Z', samples, ...more }
}

const held = (...throttleReasons: string[]) => ({ powerW: 300, throttleReasons })

test('neighbouring throttled looks are one stretch with all its reasons; idleness and settings are none', () => {
  const looks = [
    held(),
    held('sw_power_cap'),
    held('sw_power_cap', 'sw_thermal_slowdown', 'gpu_idle'),
    held('gpu_idle'),
  ]
  const more = [held('applications_clocks_setting'), {}, held('hw_slowdown')]
  expect(throttledStretches(series([...looks, ...more]))).toEqual([
    { fromMs: 200, toMs: 600, reasons: ['sw_power_cap', 'sw_thermal_slowdown'] },
    { fromMs: 1200, toMs: 1400, reasons: ['hw_slowdown'] },
  ])
})

test('a stretch is hatched with its words, and its looks say so to a reader', () => {
  const { bands, lines, levels, x } = gpuSpec(
    series([held(), held('sw_power_cap'), held()], { powerLimitW: 350 }),
    'power',
    400,
    [],
  )
  expect(bands).toEqual([{ from: 0.2, to: 0.4, label: 'power cap' }])
  expect(lines[0]?.points.map(({ text }) => text)).toEqual([
    '0.0 s: power 300.0 W',
    '0.2 s: power 300.0 W, throttled: power cap',
    '0.4 s: power 300.0 W',
  ])
  expect(levels).toEqual([{ y: 350, label: 'limit 350 W' }])
  expect(x.max).toBe(0.4)
})

test('what the driver does not tell is no line, not a line of zeros', () => {
  const dark = series([{ powerW: 100 }, { powerW: 101 }], { powerLimitW: 350 })
  expect(GPU_CHARTS.map(chart => gpuSpec(dark, chart, 400, []).lines.length)).toEqual([0, 1, 0, 0])
  const half = gpuSpec(series([{ temperatureC: 60 }]), 'temperature', 400, [])
  expect(half.lines.map(({ label }) => label)).toEqual(['temperature'])
  expect(half.y2).toBeUndefined()
})

test('of more looks than fit, the lowest and highest of each column stay, in order of time', () => {
  const looks = Array.from({ length: 10_000 }, (_, at) => ({ powerW: at === 5001 ? 900 : at === 7003 ? 1 : 300 }))
  const [line] = gpuSpec(series(looks), 'power', 200, []).lines
  const values = line?.points.map(({ y }) => y) ?? []
  expect(values.length).toBeLessThanOrEqual(400)
  expect([Math.min(...values), Math.max(...values)]).toEqual([1, 900])
  const times = line?.points.map(({ x }) => x) ?? []
  expect(times).toEqual(times.toSorted((a, b) => a - b))
})

test('points that began before the watch, or so near its start that their word would cover the axis, have no mark', () => {
  const marks = [-5, 4, 300].map(atMs => ({ atMs, label: `at ${atMs}` }))
  expect(gpuSpec(series([held(), held(), held()]), 'power', 100, marks).marks).toEqual([{ x: 0.3, label: 'at 300' }])
})

test('the table says what held the clocks, "nothing" where nothing did, and stays blank where it was not told', () => {
  const { rows } = gpuTable(series([held('sw_power_cap'), held(), { memoryUsedBytes: 2 ** 30 }]))
  expect(rows.map(({ cells }) => [cells.atS, cells.reasons, cells.memoryMiB])).toEqual([
    [0, 'power cap', undefined],
    [0.2, 'nothing', undefined],
    [0.4, undefined, 1024],
  ])
})
