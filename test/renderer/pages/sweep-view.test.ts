import { expect, test } from 'vitest'
import type { Run } from '#domain/run.ts'
import { RunView } from '../../../src-renderer/pages/run/run.svelte.ts'
import { absentColumns } from '../../../src-renderer/pages/run/sweep/absent-columns.ts'
import { pointFacts } from '../../../src-renderer/pages/run/sweep/point-facts.ts'
import { pointWords } from '../../../src-renderer/pages/run/sweep/point-words.ts'
import { stabilityLatency, sweepQuery, thresholdOf } from '../../../src-renderer/pages/run/sweep/spec-facts.ts'
import { bestUnder, sweepKpis } from '../../../src-renderer/pages/run/sweep/sweep-kpis.ts'
import { imageClsPoints, onlinePoints, sweepRuns } from '../harness/sweep-fixtures.ts'
import { refuse, scriptedEngine } from './samples.ts'

const UNITS = { latencyUnit: 'auto', memoryUnit: 'MiB' } as const
const first = onlinePoints()[0]

test('the best throughput, also under the limit of the sweep, each with where it was', () => {
  const kpis = sweepKpis(onlinePoints(), UNITS, { limitMs: 14, percentile: 95 })
  expect(kpis.map(({ label }) => label)).toEqual([
    'Best throughput',
    'Lowest latency',
    'Best under 14.0 ms p95',
    'Largest part, at best throughput',
  ])
  expect(kpis[0]).toMatchObject({ value: '10,995', unit: 'infer/s', note: 'concurrency 256, p95 25.6 ms' })
  // p95 is 1.1 × (4.34 + 0.074 c): 12.59 at 96, 15.19 at 128
  expect(kpis[2]).toMatchObject({ value: '8,389', note: 'concurrency 96, p95 12.6 ms' })
})

test('no point under the limit is "–", not zero', () => {
  expect(bestUnder(onlinePoints(), { limitMs: 1 })).toBeUndefined()
  expect(sweepKpis(onlinePoints(), UNITS, { limitMs: 1 })[2]?.value).toBe('–')
  expect(sweepKpis([], UNITS).map(({ value }) => value)).toEqual(['–', '–', '–', '–'])
})

test('points of a table, whose requests nobody counted, have no figure for them', () => {
  const imported = onlinePoints().map(({ requests: _, ...point }) => point)
  expect(sweepKpis(imported, UNITS).map(({ label }) => label)).not.toContain('Requests')
  expect(sweepKpis(onlinePoints(), UNITS).map(({ label }) => label)).toContain('Requests')
  expect(sweepKpis([...imported, ...onlinePoints()], UNITS).map(({ label }) => label)).toContain('Requests')
})

test('a point is told by what varies; a failed load does not make the others longer', () => {
  const points = sweepRuns[0]?.points ?? []
  expect(points[5] && pointWords(points[5], points)).toBe('concurrency 16, HTTP, system shared memory')
  expect(first && pointWords(first, [first])).toBe('batch 1, concurrency 8')
})

test('columns that no point has are named with how to get them; an imported file is told from a server', () => {
  expect(absentColumns([])).toEqual([])
  expect(absentColumns(onlinePoints())).toEqual([])
  expect(absentColumns(imageClsPoints).map(({ columns }) => columns)).toEqual(['GPU utilisation, power and memory'])
  const bare = onlinePoints().map(({ partsMs, gpus, transport, ...rest }) => rest)
  expect(absentColumns(bare).every(({ why }) => why.includes('imported'))).toBe(true)
})

test('what stands behind a row names errors, the server batch and the cost of the generator', () => {
  const facts = pointFacts({ ...(first ?? fail()), requests: { completed: 950, errors: 19, firstError: 'flaky' } })
  const text = JSON.stringify(facts)
  for (const wanted of [
    '950 counted, 19 failed',
    'First error: flaky',
    '1.70',
    '42.0 µs CPU a request',
    'GPU-3f2a61c8',
  ])
    expect(text).toContain(wanted)
})

test('limits and addresses are read from a spec as it was kept, whatever it is', () => {
  expect(thresholdOf({ latencyThresholdMs: 14, percentile: 95 })).toEqual({ limitMs: 14, percentile: 95 })
  expect(sweepQuery({ urls: ['http://a:1', 7], model: 'm' })).toEqual({ url: 'http://a:1', model: 'm' })
  for (const broken of [undefined, null, 'x', [], { latencyThresholdMs: '14', urls: 3 }]) {
    expect(thresholdOf(broken)).toBeUndefined()
    expect(sweepQuery(broken)).toEqual({})
    expect(stabilityLatency(broken)).toBe('average')
  }
})

function viewOf(run: Run, calls: Record<string, (...args: never[]) => unknown>) {
  const view = new RunView(scriptedEngine({ runs: calls }), { sessionId: 's', runId: run.id })
  view.run = run
  view.status = run.status
  view.points = run.points
  return view
}

test('a refused pause is told and the run is not shown as paused', async () => {
  const run = sweepRuns[1] ?? fail()
  const view = viewOf({ ...run, status: 'running' }, { pause: refuse('cannot pause'), resume: () => Promise.resolve() })
  await view.pause()
  expect(view.paused).toBe(false)
  expect(view.actionError).toBeDefined()
  view.apply({ seq: 0, type: 'status', status: 'running', paused: true })
  expect(view.paused).toBe(true)
  await view.resume()
  expect(view.paused).toBe(false)
})

test('going on hands over what is measured, without points that the server left in the middle', async () => {
  const run = sweepRuns[1] ?? fail()
  const points = run.points.map((point, index) => (index === 9 ? { ...point, flags: ['server-lost'] } : point))
  const sent: { spec: { resume?: { runId: string; measured: string[] } } }[] = []
  const view = viewOf(
    { ...run, points },
    {
      start: (input: never) => {
        sent.push(input)
        return Promise.resolve({ runId: 'next' })
      },
    },
  )
  expect(await view.goOn('s')).toBe('next')
  const resume = sent[0]?.spec.resume
  expect(resume?.runId).toBe('sweep2')
  expect(resume?.measured.length).toBe(9)
  expect(resume?.measured[0]).toBe('http://localhost:8000 none b1 c8 #1')
})

function fail(): never {
  throw new Error('the fixture is not there')
}
