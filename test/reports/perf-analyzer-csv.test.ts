import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { ResultDocument } from '#domain/document.ts'
import type { Point } from '#domain/point.ts'
import { dleCsv } from '#formats/dle-csv.ts'
import { perfAnalyzerCsv } from '#formats/perf-analyzer-csv.ts'
import { toCsv } from '../../src-main/reports/csv.ts'
import { toMarkdown } from '../../src-main/reports/markdown.ts'
import { sixDigits, toPerfAnalyzerCsv } from '../../src-main/reports/perf-analyzer-csv.ts'
import { makePoints } from '../../src-main/runs/import/make-points.ts'
import { memorySource } from '../helpers/bytes.ts'
import { aPoint } from '../helpers/points.ts'
import { sampleBytes, sampleText, withoutSamples } from '../helpers/samples.ts'

const AT = '2026-11-21T10:00:00.000Z'

function documentOf(points: Point[]): ResultDocument {
  const run = { id: 'r', kind: 'sweep', title: 's', status: 'done' as const, command: 'c', points, findings: [] }
  return { format: 'batchscope/1', session: { name: 's', createdAt: AT, appVersion: '0' }, runs: [run] }
}

async function readBack(text: string, batch: number): Promise<Point[]> {
  const content = await perfAnalyzerCsv.read(memorySource(new TextEncoder().encode(text)))
  expect(content.skipped).toEqual([])
  return makePoints(content, batch, AT).made.map(({ point }) => point)
}

const us = fc.integer({ min: 0, max: 50_000_000 }).map(time => time / 1000)
const latencies = fc
  .tuple(us, us, us, us, us)
  .map(([mean, ...times]) => ({ mean, times: times.toSorted((a, b) => a - b) }))
const rate = fc.double({ min: 1e-3, max: 5e6, noNaN: true }).map(value => Number(value.toPrecision(6)))
const parts = fc.record({
  clientSend: us,
  network: us,
  queue: us,
  computeInput: us,
  computeInfer: us,
  computeOutput: us,
  clientRecv: us,
})
const gpus = fc.array(
  fc.record({
    uuid: fc.uuid().map(id => `GPU-${id}`),
    utilization: fc.integer({ min: 0, max: 1000 }).map(share => share / 1000),
    powerW: fc.integer({ min: 1, max: 9999 }).map(tenth => tenth / 10),
    memoryUsedBytes: fc.integer({ min: 1, max: 2 ** 40 }),
    memoryTotalBytes: fc.integer({ min: 1, max: 2 ** 40 }),
  }),
  { minLength: 1, maxLength: 3 },
)
const row = fc.record({ concurrency: fc.integer({ min: 1, max: 4096 }), rate, latencies, parts, p85: us, gpus })

test('our export read back by our importer is what was exported, for any points of whole µs and one batch', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 1, max: 64 }),
      async (rows, batch) => {
        const points = rows.map(({ concurrency, rate, latencies: { mean, times }, parts, p85, gpus }, index): Point => {
          const [p50 = 0, p90 = 0, p95 = 0, p99 = 0] = times
          const figures = {
            id: `p${index}`,
            index,
            runtime: 'triton',
            device: 'server',
            precision: 'unknown',
            concurrency,
            startedAt: AT,
            inferPerSec: rate,
            latencyMs: { p50, p90, p95, p99, mean },
            partsMs: parts,
            otherPercentilesMs: { p85 },
            gpus,
          }
          return aPoint(batch, p50, figures)
        })
        const back = await readBack(toPerfAnalyzerCsv(documentOf(points), { verbose: true }), batch)
        // The importer judges what it reads; what it adds is a flag, never a figure.
        expect(back.map(point => ({ ...point, flags: [] }))).toEqual(points)
      },
    ),
    { numRuns: 60 },
  )
})

test('measured figures lose their nanoseconds once: what was imported exports as the same table', async () => {
  const anyMs = fc.double({ min: 0, max: 60_000, noNaN: true })
  const measured = fc.record({
    concurrency: fc.integer({ min: 1, max: 4096 }),
    inferPerSec: fc.double({ min: 1e-3, max: 5e6, noNaN: true }),
    times: fc.tuple(anyMs, anyMs, anyMs, anyMs, anyMs),
    parts: fc.tuple(anyMs, anyMs, anyMs, anyMs, anyMs, anyMs, anyMs),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(measured, { minLength: 1, maxLength: 6 }), async rows => {
      const points = rows.map(({ concurrency, inferPerSec, times, parts: each }): Point => {
        const [mean, p50, p90, p95, p99] = times
        const [clientSend, network, queue, computeInput, computeInfer, computeOutput, clientRecv] = each
        return aPoint(4, p50, {
          runtime: 'triton',
          device: 'server',
          concurrency,
          inferPerSec,
          latencyMs: { mean, p50, p90, p95, p99 },
          partsMs: { clientSend, network, queue, computeInput, computeInfer, computeOutput, clientRecv },
        })
      })
      const table = (of: Point[]) => toPerfAnalyzerCsv(documentOf(of), { verbose: true })
      // `request/response` and `response wait` are sums of cells that were cut off one by one.
      const withoutSums = (text: string) => text.replaceAll(/,[^,\n]*,[^,\n]*$/gm, '')
      expect(withoutSums(table(await readBack(table(points), 4)))).toBe(withoutSums(table(points)))
    }),
    { numRuns: 60 },
  )
})

describe.skipIf(withoutSamples)('beside the files of the real perf_analyzer', () => {
  test.each([
    'cached_grpc',
    'strings_count',
    'ensemble_grpc',
  ])('%s imported and exported is the same table', async name => {
    const path = `triton/perf_analyzer_real/${name}.csv`
    const content = await perfAnalyzerCsv.read(memorySource(sampleBytes(path)))
    const points = makePoints(content, 1, AT).made.map(({ point }) => point)
    const verbose = sampleText(path).includes('Avg latency')
    const [ours, theirs] = [toPerfAnalyzerCsv(documentOf(points), { verbose }), sampleText(path)]
    // `response wait` is perf_analyzer's own request timer, which is in no other column.
    const withoutWait = (text: string) => (verbose ? text.replaceAll(/,[^,\n]*$/gm, '') : text)
    expect(withoutWait(ours)).toBe(withoutWait(theirs))
  })
})

test('throughput is printed as C++ does', () => {
  const printed = [10773.3, 0.0270248, 1234567, 0.00001234567, 3840, 100000, 0, 59.96991]
  expect(printed.map(sixDigits)).toEqual([
    '10773.3',
    '0.0270248',
    '1.23457e+06',
    '1.23457e-05',
    '3840',
    '100000',
    '0',
    '59.9699',
  ])
})

const server = { runtime: 'triton', device: 'server', partsMs: { clientSend: 0.01, queue: 0.2 } }

test('several batches get a Batch column, which the importer knows; open loops get a header of their own', async () => {
  const points = [1, 8].map(batch =>
    aPoint(batch, 2 * batch, { ...server, latencyMs: { mean: 2, p50: 2 }, inferPerSec: 500 * batch }),
  )
  const text = toPerfAnalyzerCsv(documentOf(points), { verbose: false })
  expect(text.split('\n')[0]).toMatch(/^Batch,Concurrency,Inferences\/Second,.*,avg latency$/)
  const { points: back } = await dleCsv.read(memorySource(new TextEncoder().encode(text)))
  expect(back.map(({ batch, latencyMs }) => [batch, latencyMs?.mean])).toEqual([
    [1, 2],
    [8, 2],
  ])
  const mixed = toPerfAnalyzerCsv(documentOf([aPoint(1, 2, server), aPoint(1, 2, { ...server, requestRate: 50 })]), {
    verbose: false,
  })
  expect(mixed.match(/^(Concurrency|Request Rate),/gm)).toEqual(['Concurrency,', 'Request Rate,'])
})

test('local points and failed ones are not perf_analyzer’s', () => {
  const failed = aPoint(1, 2, { ...server, status: 'failed' })
  expect(toPerfAnalyzerCsv(documentOf([aPoint(1, 2), failed]), { verbose: true })).toBe('')
})

test('server points bring their columns into CSV and Markdown, local ones keep theirs', () => {
  const [serverOnly = ''] = toCsv(documentOf([aPoint(1, 2, server)])).split('\r\n')
  expect(serverOnly).toContain('concurrency')
  expect(serverOnly).toContain('queueMs')
  expect(serverOnly).not.toContain('msPerSample')
  const [mixed = ''] = toCsv(documentOf([aPoint(1, 2, server), aPoint(1, 2)])).split('\r\n')
  expect(mixed).toContain('msPerSample')
  expect(mixed).toContain('queueMs')
  expect(new Set(mixed.split(',')).size).toBe(mixed.split(',').length)
  expect(toMarkdown(documentOf([aPoint(1, 2, server)]))).toContain('| Server Queue (ms) |')
})
