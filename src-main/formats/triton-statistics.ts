import { EngineError } from '#domain/errors.ts'
import type { ModelStatistics, StatisticDuration } from '#domain/server.ts'
import { defineFormat } from './define.ts'
import { parseJson } from './json-text.ts'
import { readText } from './text-lines.ts'

type Members = Record<string, unknown>

/**
 * A server's answer about its statistics: HTTP JSON (snake_case, numbers) or protobuf-JSON (camelCase, counters as
 * decimal strings, zeros left out, unset messages null). Source: core's model_repository_manager and
 * grpc_service.proto, 2.51. Read by hand: the load generator asks every second, and what Zod leaves of each answer
 * (6 kB in V8's old space) made its memory grow by 36 MB an hour.
 * @throws EngineError FORMAT_BROKEN
 */
export function parseStatistics(json: unknown): ModelStatistics[] {
  return list(member(object(json, 'the answer'), 'model_stats', 'modelStats'), 'model_stats').map((each, i) =>
    model(object(each, `model_stats[${i}]`)),
  )
}

function model(json: Members): ModelStatistics {
  const stages = messageOf(json, 'inference_stats', 'inferenceStats')
  const cacheHit = member(stages, 'cache_hit', 'cacheHit')
  const cacheMiss = member(stages, 'cache_miss', 'cacheMiss')
  return {
    name: text(member(json, 'name'), 'name'),
    version: text(member(json, 'version') ?? '', 'version'),
    lastInferenceMs: counter(json, 'last_inference', 'lastInference'),
    inferenceCount: counter(json, 'inference_count', 'inferenceCount'),
    executionCount: counter(json, 'execution_count', 'executionCount'),
    success: duration(stages, 'success'),
    fail: duration(stages, 'fail'),
    queue: duration(stages, 'queue'),
    ...computeStages(stages),
    ...(cacheHit === undefined ? {} : { cacheHit: duration(stages, 'cache_hit', 'cacheHit') }),
    ...(cacheMiss === undefined ? {} : { cacheMiss: duration(stages, 'cache_miss', 'cacheMiss') }),
    batches: list(member(json, 'batch_stats', 'batchStats'), 'batch_stats').map((each, i) => {
      const batch = object(each, `batch_stats[${i}]`)
      return { batchSize: counter(batch, 'batch_size', 'batchSize'), ...computeStages(batch) }
    }),
  }
}

function computeStages(json: Members) {
  return {
    computeInput: duration(json, 'compute_input', 'computeInput'),
    computeInfer: duration(json, 'compute_infer', 'computeInfer'),
    computeOutput: duration(json, 'compute_output', 'computeOutput'),
  }
}

function duration(json: Members, snake: string, camel = snake): StatisticDuration {
  const found = messageOf(json, snake, camel)
  return { count: counter(found, 'count'), ns: counter(found, 'ns') }
}

/** Of either dialect; null is absent. */
function member(json: Members, snake: string, camel = snake): unknown {
  return json[snake] ?? json[camel] ?? undefined
}

function messageOf(json: Members, snake: string, camel: string): Members {
  return object(member(json, snake, camel) ?? {}, snake)
}

function counter(json: Members, snake: string, camel = snake): number {
  const value = member(json, snake, camel) ?? 0
  if (typeof value === 'number') return value
  if (typeof value === 'string' && /^\d{1,20}$/.test(value)) return Number(value)
  throw broken(`${snake} is no number`)
}

function object(value: unknown, name: string): Members {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw broken(`${name} is no object`)
  return { ...value }
}

function list(value: unknown, name: string): unknown[] {
  if (value !== undefined && !Array.isArray(value)) throw broken(`${name} is no list`)
  return value ?? []
}

function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw broken(`${name} is no text`)
  return value
}

function broken(detail: string): EngineError {
  return new EngineError('FORMAT_BROKEN', 'This is not an answer about model statistics', { detail })
}

/** `GET /v2/models/M/stats` kept in a file, in either dialect. */
export const tritonStatistics = defineFormat({
  id: 'triton-statistics',
  title: 'Triton model statistics (JSON)',
  gives: 'server-statistics',
  extensions: ['.json'],
  sniff: head => /^\s*\{\s*"(?:model_stats|modelStats)"\s*:/.test(head.text),
  read: async (source, signal) =>
    parseStatistics(parseJson(await readText(source, signal === undefined ? {} : { signal }), source.name)),
})
