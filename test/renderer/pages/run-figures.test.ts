import { describe, expect, test } from 'vitest'
import type { Passport } from '#domain/passport.ts'
import { runKpis } from '../../../src-renderer/pages/run/kpis.ts'
import { passportSections } from '../../../src-renderer/pages/run/passport-rows.ts'
import { decodeColumn, SampleView } from '../../../src-renderer/pages/run/sample-view.svelte.ts'
import { sortFindings } from '../../../src-renderer/pages/run/sort-findings.ts'
import { point, refuse, scriptedEngine } from './samples.ts'

const UNITS = { latencyUnit: 'auto', memoryUnit: 'MiB' } as const

describe('the four figures', () => {
  test('are there before anything was measured, so that nothing jumps', () => {
    expect(runKpis([], UNITS).map(({ value }) => value)).toEqual(['–', '–', '–', '–'])
  })

  test('name the batch they come from; figures worked out by hand', () => {
    const points = [
      point({ index: 0, batch: 1, inferPerSec: 1600, latencyMs: { p50: 0.62, p99: 0.71 }, peakBytes: 64 * 2 ** 20 }),
      point({ index: 1, batch: 16, inferPerSec: 4545, latencyMs: { p50: 3.52, p99: 4.1 }, peakBytes: 412 * 2 ** 20 }),
    ]
    expect(runKpis(points, UNITS)).toEqual([
      { label: 'Best throughput', value: '4,545', unit: 'FPS', note: 'batch 16, 3.52 ms per batch' },
      { label: 'Lowest latency', value: '0.620', unit: 'ms', note: 'batch 1, p99 0.710 ms' },
      { label: 'Tail, p99 ÷ median', value: '1.16×', note: 'batch 16, the worst' },
      { label: 'Peak memory', value: '412', unit: 'MiB', note: 'batch 16' },
    ])
  })

  test('a p99 bounded only from below stays "≥", and a flag is said', () => {
    const open = point({
      batch: 2,
      latencyMs: { p50: 2, p99: 4 },
      boundsMs: { p99: { lowerMs: 3, needsSamples: 299 } },
      flags: ['few-samples'],
    })
    const [throughput, , tail] = runKpis([open], UNITS)
    expect(tail?.value).toBe('≥ 2.00×')
    expect(throughput?.flag).toBe('few samples')
  })

  test('failed points count for nothing; several runtimes are told apart', () => {
    const points = [
      point({ index: 0, status: 'failed', inferPerSec: 9999 }),
      point({ index: 1, runtime: 'a', inferPerSec: 10 }),
      point({ index: 2, runtime: 'b', inferPerSec: 20 }),
    ]
    expect(runKpis(points, UNITS)[0]?.note).toBe('batch 1, b, 1.00 ms per batch')
  })
})

describe('raw samples', () => {
  const packed = (values: number[]) => new Blob([new Float64Array(values)])

  test('a packed column comes back as the numbers that went in', async () => {
    const column = { name: 'latency', unit: 'ms', dtype: 'f64' as const, count: 3, data: packed([1.5, 0.25, 7]) }
    await expect(decodeColumn(column)).resolves.toEqual(Float64Array.of(1.5, 0.25, 7))
  })

  test('a column shorter than it says is an error, not zeros', async () => {
    const column = { name: 'latency', unit: 'ms', dtype: 'f64' as const, count: 3, data: packed([1]) }
    await expect(decodeColumn(column)).rejects.toThrow(RangeError)
  })

  test('the samples of the point left meanwhile are not shown', async () => {
    const stop = new AbortController()
    const samples = async () => {
      stop.abort()
      return { warmup: 0, columns: [{ name: 'latency', unit: 'ms', dtype: 'f64', count: 1, data: packed([1]) }] }
    }
    const view = new SampleView(scriptedEngine({ runs: { samples } }))
    await view.load({ sessionId: 's', runId: 'r', pointId: 'p' }, stop.signal)
    expect(view.samples).toBeUndefined()
  })

  test('samples that cannot be read say why', async () => {
    const view = new SampleView(scriptedEngine({ runs: { samples: refuse('checksum does not fit') } }))
    await view.load({ sessionId: 's', runId: 'r', pointId: 'p' }, new AbortController().signal)
    expect(view.error).toEqual(new Error('checksum does not fit'))
    expect(view.loading).toBe(false)
  })
})

describe('passport rows', () => {
  const passport: Passport = {
    command: { cli: 'batchscope bench m.onnx' },
    app: {},
    model: { bytes: 2048 },
    runtime: { 'ort-cpu.version': '1.30.0' },
    method: {},
    cpu: { model: 'Xeon', frequencyMHz: 3200, governor: 'unknown', pinned: true },
    memory: { totalBytes: 8 * 2 ** 30 },
    gpu: {},
    os: {},
    time: {},
  }

  test('units in names become units in values; unknown stays the word', () => {
    const rows = Object.fromEntries(
      passportSections(passport, '').flatMap(section => section.facts.map(({ key, value }) => [key, value])),
    )
    expect(rows).toMatchObject({
      Size: '2.00 KiB',
      Frequency: '3,200 MHz',
      Governor: 'unknown',
      Pinned: 'yes',
      Total: '8.00 GiB',
    })
  })

  test('facts of a runtime stand together under its id, without the repeated prefix', () => {
    const runtime = passportSections(passport, '').find(({ title }) => title === 'Runtime ort-cpu')
    expect(runtime?.facts).toEqual([{ key: 'Version', value: '1.30.0' }])
  })

  test('search looks in names, labels and values, and empty sections go', () => {
    expect(passportSections(passport, 'mhz').map(({ id, facts }) => [id, facts.length])).toEqual([['cpu', 1]])
    expect(passportSections(passport, 'xeon').map(({ id }) => id)).toEqual(['cpu'])
    expect(passportSections(passport, 'nothing like it')).toEqual([])
  })
})

test('findings that need attention come first, the surest on top', () => {
  const finding = (rule: string, verdict: 'yes' | 'no' | 'cannot-tell', confidence?: number) => ({
    rule,
    title: rule,
    verdict,
    statement: '',
    evidence: [],
    next: [],
    ...(confidence === undefined ? {} : { confidence }),
  })
  const sorted = sortFindings([
    finding('a', 'no', 1),
    finding('b', 'yes', 0.4),
    finding('c', 'cannot-tell'),
    finding('d', 'yes', 0.9),
  ])
  expect(sorted.raised.map(({ rule }) => rule)).toEqual(['d', 'b'])
  expect(sorted.unclear.map(({ rule }) => rule)).toEqual(['c'])
  expect(sorted.fine.map(({ rule }) => rule)).toEqual(['a'])
})
