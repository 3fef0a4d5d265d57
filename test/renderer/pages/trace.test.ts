import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { packColumns } from '#domain/packed.ts'
import type { DeviceRow, TraceFigures } from '#domain/trace.ts'
import { cellsOf, numbers } from '../../../src-renderer/pages/run/trace/engine-source.ts'
import { SliceSearch } from '../../../src-renderer/pages/run/trace/slice-search.svelte.ts'
import { cpuParts, deviceParts, sumOf } from '../../../src-renderer/pages/run/trace/time-parts.ts'
import { TraceView } from '../../../src-renderer/pages/run/trace/trace.svelte.ts'
import { traceKpis } from '../../../src-renderer/pages/run/trace/trace-kpis.ts'
import { chosenWindow, rangeOf, windowOptions } from '../../../src-renderer/pages/run/trace/windows.ts'
import { TimelineState } from '../../../src-renderer/timeline/timeline.svelte.ts'
import { madeSource, SPAN_NS, TRACKS } from '../harness/timeline-source.ts'
import { figuresOf, summaryOf, tablesOf } from '../harness/trace-fixtures.ts'
import { type Script, scriptedEngine } from './samples.ts'

const REF = { sessionId: 's', runId: 'trace1' }
const settled = () => new Promise(resolve => setTimeout(resolve, 0))
const traceEngine = (traces: Script['traces'] = {}) => ({ traces: scriptedEngine({ traces }).traces })

describe('a bar of a device', () => {
  test('is as long as its window, however its work overlaps', () => {
    const ns = fc.integer({ min: 0, max: 1_000_000 })
    fc.assert(
      fc.property(
        fc.tuple(ns, ns, ns, ns, ns),
        fc.double({ min: 0, max: 1, noNaN: true }),
        ns,
        (parts, overlap, idleNs) => {
          const [kernelNs, communicationNs, memcpyNs, memsetNs, graphNs] = parts
          // A union is at least its longest part and at most all of them.
          const [most, all] = [Math.max(...parts), parts.reduce((sum, each) => sum + each, 0)]
          const busyNs = most + overlap * (all - most)
          const row: DeviceRow = {
            ...(figuresOf('trace1', 'whole', '', 0, 1).devices[0] ?? fail()),
            ...{ busyNs, idleNs, kernelNs, communicationNs, memcpyNs, memsetNs, graphNs },
            idle: { hostNs: idleNs / 2, syncNs: idleNs / 4, dataLoadingNs: 0, queueNs: 0, unknownNs: idleNs / 8 },
          }
          expect(sumOf(deviceParts(row))).toBeCloseTo(busyNs + idleNs, 3)
        },
      ),
    )
  })

  test('keeps what was measured beside what is drawn', () => {
    const [kernels, communication] = deviceParts(figuresOf('trace1', 'whole', '', 0, 100).devices[0] ?? fail())
    expect(kernels).toMatchObject({ title: 'kernels', ns: 36, drawnNs: 36 })
    expect(communication?.ns).toBe(6)
    expect(communication?.drawnNs).toBeCloseTo(4) // 40 busy, 36 of it kernels
  })
})

test('CPU time adds up to all self time', () => {
  const { cpu } = figuresOf('trace1', 'whole', '', 0, 1000)
  expect(sumOf(cpuParts(cpu))).toBeCloseTo(Object.values(cpu).reduce((sum, ns) => sum + ns, 0))
})

describe('windows', () => {
  const summary = summaryOf('trace1')

  test('are all, the steps, and a selection where there is one that is no step', () => {
    expect(windowOptions(summary, undefined).map(({ value }) => value)).toEqual(['whole', 'step 0', 'step 1', 'step 2'])
    const dragged = { startNs: 5, endNs: 500 }
    expect(chosenWindow(summary, dragged)).toBe('selection')
    expect(windowOptions(summary, dragged)[1]).toEqual({ value: 'selection', label: 'Selection · 495 ns' })
    const step = rangeOf(summary, 'step 1')
    expect(step?.startNs).toBeCloseTo(SPAN_NS / 3)
    expect(chosenWindow(summary, step)).toBe('step 1')
  })

  test('leave out the margins of a trace whose GPU worked only in the middle', () => {
    const [device] = summary.devices
    const late = { ...summary, devices: [{ ...(device ?? fail()), startNs: 4e9, endNs: 6e9 }] }
    expect(rangeOf(late, 'gpu')).toEqual({ startNs: 4e9, endNs: 6e9 })
    expect(rangeOf(summary, 'gpu')).toBeUndefined()
  })
})

test('the figures above a trace are those of its busiest device, or of the CPU where there is none', () => {
  const summary = summaryOf('trace1')
  const kpis = traceKpis(summary, summary, summary)
  expect(kpis.map(({ label, value, unit }) => [label, value, unit])).toEqual([
    ['Window', '10.0', 's'],
    ['GPU busy', '40.0', '%'],
    ['GPU idle', '6.00', 's'],
    ['Kernels', '1,000,000', undefined],
    ['Copies and fills', '61,111', undefined],
  ])
  const cpu = summaryOf('trace4')
  expect(traceKpis(cpu, cpu, cpu).map(({ label }) => label)).toEqual([
    'Window',
    'CPU work',
    'Most in',
    'Operator calls',
  ])
})

describe('what the engine sends', () => {
  test('is refused when a column is missing or of another type', async () => {
    await expect(cellsOf(packColumns({ lane: Uint32Array.of(1) }))).rejects.toThrow('no column startNs')
    expect(() => numbers(new Map([['lane', Float64Array.of(1)]]), 'lane', Uint32Array)).toThrow(TypeError)
  })
})

describe('a selection', () => {
  test('counted late is dropped for the one asked for after it', async () => {
    const answers: ((figures: TraceFigures) => void)[] = []
    const view = new TraceView(
      traceEngine({
        select: () =>
          new Promise(resolve => {
            answers.push(figures => resolve({ figures, tables: tablesOf('trace1', 1) }))
          }),
      }),
      REF,
    )
    const first = view.select({ startNs: 0, endNs: 1 })
    const second = view.select({ startNs: 0, endNs: 2 })
    answers[1]?.(figuresOf('trace1', 'selection', '', 0, 2))
    answers[0]?.(figuresOf('trace1', 'selection', '', 0, 1))
    await Promise.all([first, second])
    expect(view.selected?.figures.window.endNs).toBe(2)
    expect(view.selecting).toBe(false)
  })

  test('that fails says so and leaves the whole trace', async () => {
    const view = new TraceView(traceEngine({ select: () => Promise.reject(new Error('gone')) }), REF)
    await view.select({ startNs: 0, endNs: 1 })
    expect([view.selected, view.selecting]).toEqual([undefined, false])
    expect(view.selectError).toEqual(new Error('gone'))
  })
})

describe('a search', () => {
  const hits = (starts: number[]) => ({
    total: starts.length,
    hits: packColumns({
      slice: Uint32Array.from(starts),
      lane: new Uint32Array(starts.length),
      startNs: Float64Array.from(starts),
      durationNs: new Float64Array(starts.length),
    }),
  })
  const timeline = () => new TimelineState(madeSource(), { startNs: 0, endNs: SPAN_NS }, TRACKS)

  test('begins at the chosen range and goes round at the end', async () => {
    Object.assign(globalThis, { matchMedia: () => ({ matches: true }), cancelAnimationFrame: () => {} })
    const state = timeline()
    const search = new SliceSearch(traceEngine({ find: async () => hits([10, 20, 30]) }).traces, REF, state)
    state.range = { startNs: 15, endNs: 25 }
    await search.showName('kernel')
    expect([search.at, state.slice, state.highlight]).toEqual([1, 20, 'kernel'])
    await search.step(1)
    await search.step(1)
    expect([search.at, state.slice]).toEqual([0, 10])
    expect(state.range).toEqual({ startNs: 15, endNs: 25 }) // choosing a slice keeps what the tables are about
    search.clear()
    expect([search.total, state.highlight, state.hits.length]).toEqual([undefined, undefined, 0])
  })

  test('that fails is told', async () => {
    const search = new SliceSearch(
      traceEngine({ find: () => Promise.reject(new Error('away')) }).traces,
      REF,
      timeline(),
    )
    search.text = 'x'
    await search.step(1)
    await settled()
    expect(search.error).toEqual(new Error('away'))
  })
})

function fail(): never {
  throw new Error('the fixture has no device')
}
