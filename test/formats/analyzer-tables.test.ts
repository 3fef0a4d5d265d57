import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { sumOfParts } from '#domain/part-titles.ts'
import { parseCsv } from '#formats/csv-text.ts'
import type { PointsContent } from '#formats/define.ts'
import { dleCsv } from '#formats/dle-csv.ts'
import { modelAnalyzerCheckpoint } from '#formats/model-analyzer-checkpoint.ts'
import { modelAnalyzerCsv } from '#formats/model-analyzer-csv.ts'
import { contradictsItself, littlesRatio } from '#formats/row-check.ts'
import { memorySource } from '../helpers/bytes.ts'
import { sampleBytes, sampleText, withoutSamples } from '../helpers/samples.ts'

const bytes = (text: string) => new TextEncoder().encode(text)
const read = (format: { read(source: ReturnType<typeof memorySource>): Promise<PointsContent> }, path: string) =>
  format.read(memorySource(sampleBytes(path), path))

const Expected = z.record(
  z.string(),
  z.object({
    rows: z.array(
      z.object({ batch: z.int(), concurrency: z.int(), partsVsAvgPct: z.number(), littleVsAvgPct: z.number() }),
    ),
  }),
)

describe.skipIf(withoutSamples)('recorded tables', () => {
  test.each([
    'gpunet_v100_offline',
    'gpunet_v100_online',
    'gpunet_a100_offline',
    'gpunet_a100_online',
  ])('%s: every row has the sums and the drift that were worked out elsewhere', async name => {
    const expected = Expected.parse(JSON.parse(sampleText('seeds/gpunet_expected.json')))[name]
    const { points, facts, skipped } = await read(dleCsv, `seeds/${name}.csv`)
    expect([facts.unit, skipped, points.length]).toEqual(['ms', [], expected?.rows.length])
    for (const [index, row] of (expected?.rows ?? []).entries()) {
      const point = points[index]
      if (point === undefined) throw new Error('missing')
      expect([point.batch, point.concurrency]).toEqual([row.batch, row.concurrency])
      const avg = point.latencyMs?.mean ?? 0
      expect(Math.abs(100 * ((sumOfParts(point.partsMs) ?? 0) / avg - 1))).toBeCloseTo(Math.abs(row.partsVsAvgPct), 1)
      expect(Math.abs(100 * (1 / (littlesRatio(point) ?? 0) - 1))).toBeCloseTo(Math.abs(row.littleVsAvgPct), 1)
      expect(contradictsItself(point)).toBe(false)
    }
  })

  test('a runner’s table in µs is known by throughput × latency; its avg is the sum of the cut-off parts', async () => {
    const { points, facts, notices } = await read(dleCsv, 'triton/dle_tft_offline_multiheader.csv')
    expect(facts.unit).toBe('µs')
    // First row as printed: 14 + 91 + 12 + 47 + 3518 + 6 + 0 = 3688.
    expect(points[0]).toMatchObject({ batch: 1, concurrency: 1, inferPerSec: 270.5, latencyMs: { mean: 3.688 } })
    expect(sumOfParts(points[0]?.partsMs)).toBeCloseTo(3.688, 9)
    expect(notices).toContain('The header stands 5 times: several runs were appended.')
    const online = await read(dleCsv, 'triton/dle_tft_online_b16.csv')
    expect(online.points.map(point => point.concurrency)).toEqual(Array.from({ length: 32 }, (_, i) => 8 * (i + 1)))
  })

  test('Model Analyzer: the checkpoint holds, with more digits, what its table prints', async () => {
    const table = await read(modelAnalyzerCsv, 'triton/model_analyzer_real/metrics-model-inference.csv')
    const checkpoint = await read(modelAnalyzerCheckpoint, 'triton/model_analyzer_real/0.ckpt')
    expect([table.modelName, checkpoint.modelName]).toEqual(['image_cls', 'image_cls'])
    expect(table.points).toHaveLength(20)
    expect(checkpoint.points).toHaveLength(20)
    for (const row of table.points) {
      const exact = checkpoint.points.find(
        point => point.serverConfig?.config === row.serverConfig?.config && point.concurrency === row.concurrency,
      )
      expect(exact?.inferPerSec).toBeCloseTo(row.inferPerSec ?? 0, 0)
      expect(Math.abs((exact?.latencyMs?.p99 ?? 0) - (row.latencyMs?.p99 ?? 0))).toBeLessThanOrEqual(0.0501)
      if (row.serverConfig?.config !== 'image_cls_config_default')
        expect(exact?.serverConfig).toMatchObject({ instanceGroup: row.serverConfig?.instanceGroup })
    }
    // Best configuration of the run, as its README and table say.
    const best = table.points.toSorted((a, b) => (b.inferPerSec ?? 0) - (a.inferPerSec ?? 0))[0]
    expect(best).toMatchObject({ inferPerSec: 1309, concurrency: 4, serverConfig: { config: 'image_cls_config_2' } })
  })

  test('Model Analyzer: GPU figures become units of ours, quoted cells of an ensemble stay whole', async () => {
    const gpu = await read(modelAnalyzerCsv, 'triton/model_analyzer_metrics-model-gpu.csv')
    expect(gpu.points[0]).toMatchObject({
      batch: 1,
      concurrency: 4,
      gpus: [{ utilization: 1, powerW: 59.7, memoryUsedBytes: 4_034_900_000 }],
    })
    const ensemble = await read(modelAnalyzerCsv, 'triton/model_analyzer_ensemble_metrics-model-inference.csv')
    expect(ensemble.points[0]).toMatchObject({
      inferPerSec: 2865.9,
      latencyMs: { p99: 3.7 },
      serverConfig: {
        config: 'ensemble_add_sub_config_1: add_config_0, sub_config_1',
        instanceGroup: '1:GPU,2:GPU',
        satisfiesConstraints: true,
      },
    })
    const idle = await read(modelAnalyzerCsv, 'triton/model_analyzer_metrics-server-only.csv')
    expect([idle.points, idle.notices.length]).toEqual([[], 1])
    expect(idle.notices[0]).toContain('446.0')
    const older = await read(modelAnalyzerCheckpoint, 'triton/model_analyzer_single-model_0.ckpt')
    expect(older.points[0]).toMatchObject({
      inferPerSec: 2508.04,
      latencyMs: { mean: 0.397, p99: 0.539 },
      gpus: [{ utilization: 0.02, powerW: 56.1825, memoryUsedBytes: 872_415_232 }],
    })
  })
})

const DLE = 'Batch,Concurrency,Inferences/Second,Server Compute Infer,p50 latency,avg latency'

test('a unit in the header that the figures contradict is flagged by both, never scaled', async () => {
  const header = DLE.replaceAll(' latency', ' latency (ms)').replace('Infer,', 'Infer (ms),')
  const { points, notices } = await dleCsv.read(memorySource(bytes(`${header}\n1,1,100,9000,9900,10000\n`)))
  expect(points[0]?.latencyMs?.mean).toBe(10_000)
  expect(points[0] !== undefined && contradictsItself(points[0])).toBe(true)
  expect(notices.join(' ')).toMatch(/header says ms, but throughput × latency says µs/)
})

test('without a unit in the header the figures say which it is', async () => {
  const unitOf = async (row: string) => (await dleCsv.read(memorySource(bytes(`${DLE}\n${row}\n`)))).facts.unit
  expect(await unitOf('1,1,100,9000,9900,10000')).toBe('µs')
  expect(await unitOf('1,1,100,9,9.9,10')).toBe('ms')
  expect(await unitOf('1,1,100,0.009,0.0099,0.01')).toBe('s')
})

test('CSV cells may be quoted, doubled and broken over lines', () => {
  expect(parseCsv('\uFEFFa, "b ""c"",\nd" ,e\r\n\r\n1,2,3')).toEqual([
    { no: 1, cells: ['a', 'b "c",\nd', 'e'] },
    { no: 4, cells: ['1', '2', '3'] },
  ])
})
