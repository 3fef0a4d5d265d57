import { expect, test } from 'vitest'
import type { GpuSeries } from '#domain/gpu-series.ts'
import type { Passport } from '#domain/passport.ts'
import { GpuView, pointMarks, throttledWords, whyNotWatched } from '../../../src-renderer/pages/run/gpu/gpu.svelte.ts'
import { point, refuse, scriptedEngine } from './samples.ts'

const held = (...reasons: string[]) => ({ throttleReasons: reasons })

function series(index: number, looks: readonly Partial<GpuSeries['samples'][number]>[]): GpuSeries {
  const samples = looks.map((look, at) => ({ atMs: 200 * at, ...look }))
  return { index, name: 'a GPU', source: 'made up', everyMs: 200, startedAt: '2026-01-01T00:00:00.000Z', samples }
}

const watching = (...all: GpuSeries[]) =>
  new GpuView(
    scriptedEngine({
      runs: { attachments: async () => all.map(data => ({ kind: 'gpu', name: `gpu${data.index}`, data })) },
    }),
    { sessionId: 's', runId: 'r' },
  )

test('of several GPUs the busiest is shown until another is chosen', async () => {
  const view = watching(
    series(0, [{ utilizationPercent: 0, powerW: 60 }]),
    series(1, [{ utilizationPercent: 98, powerW: 400 }]),
  )
  await view.load(new AbortController().signal)
  expect(view.shown?.index).toBe(1)
  view.wantedIndex = 0
  expect(view.shown?.index).toBe(0)
})

test('what cannot be read is an error, not an absent GPU', async () => {
  const view = new GpuView(scriptedEngine({ runs: { attachments: refuse('disk gone') } }), {
    sessionId: 's',
    runId: 'r',
  })
  await view.load(new AbortController().signal)
  expect(view.error).toMatchObject({ message: 'disk gone' })
})

test('the sentence says how long it was held down and by what; a silent driver is no calm GPU', () => {
  const looks = [held(), held('sw_power_cap'), held('sw_thermal_slowdown'), held('gpu_idle'), held()]
  expect(throttledWords(series(0, looks))).toBe('Throttled for 0.4 s of 1.0 s (40.0 %): power cap, thermal (driver).')
  expect(throttledWords(series(0, [held(), held('gpu_idle')]))).toBe('Never throttled in 0.4 s.')
  expect(throttledWords(series(0, [{ powerW: 3 }]))).toBe('The driver does not tell whether the clocks were held down.')
})

test('points stand where they began on the clock of the series', () => {
  const points = [point({ batch: 8, startedAt: '2026-01-01T00:00:02.500Z' })]
  expect(pointMarks(series(0, []), points)).toEqual([{ atMs: 2500, label: 'batch 8' }])
})

test('why nothing was watched comes from the passport', () => {
  const passport = (gpu: Passport['gpu']): Passport => ({
    command: {},
    app: {},
    model: {},
    runtime: {},
    method: {},
    cpu: {},
    memory: {},
    gpu,
    os: {},
    time: {},
  })
  expect(whyNotWatched(passport({ watch: 'not measured: nvidia-smi was not found.' }))).toBe(
    'nvidia-smi was not found.',
  )
  expect(whyNotWatched(passport({ watch: 'nvidia-smi 610.43.02 every 200 ms' }))).toBeUndefined()
  expect(whyNotWatched(passport({}))).toBeUndefined()
  expect(whyNotWatched(undefined)).toBeUndefined()
})
