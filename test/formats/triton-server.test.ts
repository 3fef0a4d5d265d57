import { describe, expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import { gpuMetrics, parseMetrics, perModel, tritonMetrics } from '#formats/triton-metrics.ts'
import { parseStatistics, tritonStatistics } from '#formats/triton-statistics.ts'
import { memorySource } from '../helpers/bytes.ts'
import { sampleBytes, sampleText, withoutSamples } from '../helpers/samples.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe.skipIf(withoutSamples)('recorded answers of a real server', () => {
  const http = parseStatistics(JSON.parse(sampleText('triton/server_real/stats_image_cls_v1.json')))

  test('statistics over HTTP hold the figures printed in them', () => {
    expect(http).toHaveLength(1)
    expect(http[0]).toMatchObject({
      name: 'image_cls',
      version: '1',
      lastInferenceMs: 1795250540360,
      inferenceCount: 440,
      executionCount: 120,
      success: { count: 120, ns: 395849058 },
      fail: { count: 0, ns: 0 },
      computeInfer: { count: 120, ns: 239157316 },
    })
    // 40 requests each of batch 1, 2 and 8: 440 items.
    const items = (http[0]?.batches ?? []).map(({ batchSize, computeInfer }) => batchSize * computeInfer.count)
    expect(items.reduce((sum, count) => sum + count, 0)).toBe(440)
  })

  test('the gRPC dialect of the same answer is the same record', () => {
    const grpc = parseStatistics(
      JSON.parse(sampleText('triton/server_real/grpc_ModelStatisticsResponse_image_cls.json')),
    )
    expect(grpc).toEqual(http)
  })

  test('stage times of a dynamically batched model add up over its batch sizes', async () => {
    const bytes = sampleBytes('triton/model_statistics_dynamic_batching.json')
    const [model] = await tritonStatistics.read(memorySource(bytes))
    expect(model?.batches.map(({ batchSize }) => batchSize)).toEqual([1, 2, 3, 4, 5, 6, 7])
    // Executions × size = items; success is counted per request.
    const items = model?.batches.reduce((sum, { batchSize, computeInfer }) => sum + batchSize * computeInfer.count, 0)
    expect(items).toBe(model?.inferenceCount)
  })

  test('a server with all its models is read, ensembles among them', () => {
    const all = parseStatistics(JSON.parse(sampleText('triton/server_real/stats_all.json')))
    expect(all.map(({ name }) => name)).toContain('ensemble')
    for (const model of all) expect(model.success.count).toBeGreaterThanOrEqual(0)
  })

  test('metrics without a GPU: counters by model, summaries and gauges by type', () => {
    const samples = parseMetrics(sampleText('triton/server_real/metrics.prom.txt'))
    expect(gpuMetrics(samples)).toEqual([])
    const image = perModel(samples).find(({ model }) => model === 'image_cls')
    expect(image?.values.nv_inference_request_success).toBe(120)
    expect(image?.values.nv_inference_count).toBe(440)
    const types = new Set(samples.map(({ type }) => type))
    expect(types).toEqual(new Set(['counter', 'gauge', 'summary']))
    expect(samples.find(({ name }) => name === 'nv_inference_request_summary_us_count')?.type).toBe('summary')
  })

  test('the metrics of an older server: seven models', async () => {
    const samples = await tritonMetrics.read(memorySource(sampleBytes('triton/metrics_cpu_only_7models.prom.txt')))
    const models = perModel(samples)
    expect(models).toHaveLength(7)
    expect(models.find(({ model }) => model === 'gnn')?.values.nv_inference_request_success).toBe(101)
  })
})

const OLD_LABELS = `# TYPE nv_inference_count counter
nv_inference_count{gpu_uuid="GPU-a",model="m",version="1"} 3.000000
nv_inference_count{gpu_uuid="GPU-b",model="m",version="1"} 4.000000
nv_inference_request_failure{model="m",reason="BACKEND",version="1"} 1
nv_inference_request_failure{model="m",reason="OTHER",version="1"} 2 1700000000000
nv_inference_request_summary_us{model="m",version="1",quantile="0.5"} NaN
nv_gpu_utilization{gpu_uuid="GPU-a"} 0.5
nv_gpu_power_usage{gpu_uuid="GPU-a"} 61.3
nv_gpu_memory_total_bytes{gpu_uuid="GPU-b"} 1.6e+10
nv_gpu_utilization{gpu_uuid="GPU-b"} 1
odd{name="a\\"b\\\\c\\n,d"} 7
no number here
`

test('series of one model over GPUs and over failure reasons are summed', () => {
  expect(perModel(parseMetrics(OLD_LABELS))).toEqual([
    { model: 'm', version: '1', values: { nv_inference_count: 7, nv_inference_request_failure: 3 } },
  ])
})

test('GPU gauges are told per GPU, what a GPU does not tell is absent', () => {
  expect(gpuMetrics(parseMetrics(OLD_LABELS))).toEqual([
    { uuid: 'GPU-a', utilization: 0.5, powerW: 61.3 },
    { uuid: 'GPU-b', utilization: 1, memoryTotalBytes: 16_000_000_000 },
  ])
})

test('escaped label values are read as they were, lines that are no series are passed over', () => {
  const samples = parseMetrics(OLD_LABELS)
  expect(samples.at(-1)).toEqual({ name: 'odd', type: 'untyped', labels: { name: 'a"b\\c\n,d' }, value: 7 })
  expect(samples).toHaveLength(9)
})

test('what is no statistics answer is refused with its reason', async () => {
  expect(() => parseStatistics({ model_stats: [{ version: 1 }] })).toThrow(EngineError)
  expect(() => parseStatistics('x')).toThrow(EngineError)
  await expect(tritonStatistics.read(memorySource(bytes('{"model_stats":['), 'cut.json'))).rejects.toMatchObject({
    code: 'FORMAT_BROKEN',
    data: { where: 'cut.json' },
  })
})

test('counters left out by protobuf are zero, cache counters left out are absent', () => {
  const [model] = parseStatistics({ modelStats: [{ name: 'm', version: '2', inferenceStats: { cacheMiss: null } }] })
  expect(model).toMatchObject({ inferenceCount: 0, queue: { count: 0, ns: 0 } })
  expect(model).not.toHaveProperty('cacheMiss')
})
