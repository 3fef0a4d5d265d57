import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { LatencyMs, PartsMs } from '#domain/point.ts'
import type { GpuMetrics } from '#domain/server.ts'
import { defineFormat, type ImportedPoint, type PointsContent } from './define.ts'
import { parseJson } from './json-text.ts'
import { meanInFlight } from './perf-analyzer-columns.ts'
import { readText } from './text-lines.ts'

/** A figure as Model Analyzer keeps it: its tag, then the record. */
const Records = z.array(z.tuple([z.string(), z.object({ _value: z.number() })]))
const Load = z.union([z.number(), z.string()]).nullish()
const ModelMeasurement = z.object({
  _model_config_name: z.string().optional(),
  _model_specific_pa_params: z.object({
    'batch-size': z.union([z.number(), z.string()]).optional(),
    'concurrency-range': Load,
    'request-rate-range': Load,
  }),
  _non_gpu_data: Records.default([]),
})
const Measurement = z.object({
  _model_variants_name: z.string(),
  _gpu_data: z.record(z.string(), Records).default({}),
  _model_config_measurements: z.array(ModelMeasurement),
})
const InstanceGroup = z.object({ count: z.number().optional(), kind: z.string().optional() })
const RunConfig = z.object({
  _model_run_configs: z
    .array(
      z.object({
        _model_config_variant: z
          .object({
            model_config: z
              .object({ maxBatchSize: z.number().optional(), instanceGroup: z.array(InstanceGroup).optional() })
              .optional(),
          })
          .optional(),
      }),
    )
    .default([]),
})
const Variant = z.tuple([RunConfig, z.record(z.string(), Measurement)])
const Checkpoint = z.object({
  'ResultManager.results': z.object({ _results: z.record(z.string(), z.record(z.string(), Variant)) }),
})

const LATENCIES: Readonly<Record<string, keyof LatencyMs>> = {
  perf_latency_avg: 'mean',
  perf_latency_p90: 'p90',
  perf_latency_p95: 'p95',
  perf_latency_p99: 'p99',
}
const PARTS: Readonly<Record<string, keyof PartsMs>> = {
  perf_client_send_recv: 'clientSend',
  perf_server_queue: 'queue',
  perf_server_compute_input: 'computeInput',
  perf_server_compute_infer: 'computeInfer',
  perf_server_compute_output: 'computeOutput',
}

/**
 * Model Analyzer's checkpoint (`checkpoints/N.ckpt`, the highest N is the newest): every measurement of every
 * configuration it tried. ms, MB (10^6), %, W. Source: model_analyzer state/analyzer_state_manager.py, 1.40 to 1.58.
 */
export const modelAnalyzerCheckpoint = defineFormat({
  id: 'model-analyzer-checkpoint',
  title: 'Model Analyzer checkpoint',
  gives: 'points',
  extensions: ['.ckpt'],
  sniff: head => /^\s*\{\s*"ResultManager\.results"/.test(head.text),
  async read(source, signal) {
    const parsed = Checkpoint.safeParse(
      parseJson(await readText(source, signal === undefined ? {} : { signal }), source.name),
    )
    if (!parsed.success) {
      throw new EngineError('FORMAT_BROKEN', 'This checkpoint is built in an unknown way', {
        where: source.name,
        hint: 'The tables in export/results can be imported instead.',
        detail: z.prettifyError(parsed.error).slice(0, 2000),
      })
    }
    const content: PointsContent = {
      tool: 'Model Analyzer',
      points: [],
      facts: { times: 'ms', measuredBy: 'perf_analyzer' },
      notices: ['Client Send holds send and receive together: Model Analyzer keeps only their sum.'],
      skipped: [],
    }
    const models = Object.entries(parsed.data['ResultManager.results']._results)
    const [only] = models
    if (only !== undefined && models.length === 1) content.modelName = only[0]
    for (const [, variants] of models) {
      for (const [name, [runConfig, measurements]] of Object.entries(variants)) {
        for (const [key, measurement] of Object.entries(measurements)) {
          const point = pointOf(name, runConfig, measurement, key)
          if (point === undefined) content.skipped.push({ where: key, why: 'several models measured at once' })
          else content.points.push(point)
        }
      }
    }
    if (content.points.length === 0) content.notices.push('The checkpoint holds no measurement.')
    return content
  },
})

function pointOf(
  variant: string,
  runConfig: z.infer<typeof RunConfig>,
  measurement: z.infer<typeof Measurement>,
  key: string,
): ImportedPoint | undefined {
  const [model, ...others] = measurement._model_config_measurements
  if (model === undefined || others.length > 0) return undefined
  const params = model._model_specific_pa_params
  const batch = whole(params['batch-size']) ?? 1
  const requestRate = params['request-rate-range'] == null ? undefined : Number(params['request-rate-range'])
  const figures = Object.fromEntries(model._non_gpu_data.map(([tag, { _value }]) => [tag, _value]))
  const latencyMs: LatencyMs = named(figures, LATENCIES)
  const partsMs: PartsMs = named(figures, PARTS)
  const inferPerSec = figures.perf_throughput
  if (latencyMs.mean !== undefined && partsMs.queue !== undefined) {
    const explained = Object.values(partsMs).reduce<number>((sum, value) => sum + (value ?? 0), 0)
    // Figures have three decimals.
    partsMs.network = Math.max(0, Math.round((latencyMs.mean - explained) * 1000)) / 1000
  }
  const gpus = Object.entries(measurement._gpu_data).map(([uuid, records]) => gpuOf(uuid, records))
  const protocol = / -i (\S+)/.exec(key)?.[1]
  const { maxBatchSize, instanceGroup } = runConfig._model_run_configs[0]?._model_config_variant?.model_config ?? {}
  const groups = (instanceGroup ?? []).map(({ count = 1, kind = '' }) => `${count}:${kind.replace('KIND_', '')}`)
  return {
    runtime: 'triton',
    batch,
    concurrency: whole(params['concurrency-range']) ?? meanInFlight(inferPerSec, batch, latencyMs.mean),
    ...(requestRate === undefined || Number.isNaN(requestRate) ? {} : { requestRate }),
    ...(inferPerSec === undefined ? {} : { inferPerSec }),
    latencyMs,
    partsMs,
    ...(gpus.length === 0 ? {} : { gpus }),
    ...(protocol === undefined ? {} : { transport: { protocol, sharedMemory: 'none' } }),
    serverConfig: {
      config: variant,
      ...(groups.length === 0 ? {} : { instanceGroup: groups.join(', ') }),
      ...(maxBatchSize === undefined ? {} : { maxBatchSize }),
    },
    flags: [],
  }
}

function named<Name extends string>(figures: Record<string, number>, names: Readonly<Record<string, Name>>) {
  const found: Partial<Record<Name, number>> = {}
  for (const [tag, name] of Object.entries(names)) {
    const value = figures[tag]
    if (value !== undefined && value >= 0) found[name] = value
  }
  return found
}

function whole(value: number | string | null | undefined): number | undefined {
  const count = value == null ? Number.NaN : Number(value)
  return Number.isSafeInteger(count) && count >= 1 ? count : undefined
}

function gpuOf(uuid: string, records: z.infer<typeof Records>): GpuMetrics {
  const figures = Object.fromEntries(records.map(([tag, { _value }]) => [tag, _value]))
  const {
    gpu_used_memory: usedMb,
    gpu_free_memory: freeMb,
    gpu_utilization: percent,
    gpu_power_usage: powerW,
  } = figures
  return {
    uuid,
    ...(percent === undefined ? {} : { utilization: percent / 100 }),
    ...(powerW === undefined ? {} : { powerW }),
    ...(usedMb === undefined ? {} : { memoryUsedBytes: Math.round(usedMb * 1e6) }),
    ...(usedMb === undefined || freeMb === undefined ? {} : { memoryTotalBytes: Math.round((usedMb + freeMb) * 1e6) }),
  }
}
