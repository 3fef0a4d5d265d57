import { z } from 'zod'
import { EngineError } from '#domain/errors.ts'
import type { ModelStatistics } from '#domain/server.ts'
import { defineFormat } from './define.ts'
import { parseJson } from './json-text.ts'
import { readText } from './text-lines.ts'

/** Counters come as numbers (HTTP) or as decimal strings (protobuf-JSON); protobuf leaves zeros out. */
const Counter = z.union([z.number(), z.string().regex(/^\d{1,20}$/)]).transform(Number)
const Zero = Counter.default(0)
const Duration = z.object({ count: Zero, ns: Zero })
const Some = Duration.prefault({})

const BatchStatistics = z.object({
  batchSize: Zero,
  computeInput: Some,
  computeInfer: Some,
  computeOutput: Some,
})
const Model = z.object({
  name: z.string(),
  version: z.string().default(''),
  lastInference: Zero,
  inferenceCount: Zero,
  executionCount: Zero,
  inferenceStats: z
    .object({
      success: Some,
      fail: Some,
      queue: Some,
      computeInput: Some,
      computeInfer: Some,
      computeOutput: Some,
      cacheHit: Duration.optional(),
      cacheMiss: Duration.optional(),
    })
    .prefault({}),
  batchStats: z.array(BatchStatistics).default([]),
})
const Answer = z.object({ modelStats: z.array(Model).default([]) })

/**
 * A server's answer about its statistics: HTTP JSON (snake_case, numbers) or protobuf-JSON (camelCase, strings, zeros
 * left out). Source: core's model_repository_manager and grpc_service.proto, 2.51.
 * @throws EngineError FORMAT_BROKEN
 */
export function parseStatistics(json: unknown): ModelStatistics[] {
  const parsed = Answer.safeParse(camelCase(json))
  if (!parsed.success) {
    throw new EngineError('FORMAT_BROKEN', 'This is not an answer about model statistics', {
      detail: z.prettifyError(parsed.error).slice(0, 2000),
    })
  }
  return parsed.data.modelStats.map(({ lastInference, inferenceStats, batchStats, ...model }) => {
    const { cacheHit, cacheMiss, ...stages } = inferenceStats
    return {
      ...model,
      lastInferenceMs: lastInference,
      ...stages,
      ...(cacheHit === undefined ? {} : { cacheHit }),
      ...(cacheMiss === undefined ? {} : { cacheMiss }),
      batches: batchStats,
    }
  })
}

/** Keys of both dialects as the camel-case one; null (an unset message) is absent. */
function camelCase(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(camelCase)
  if (typeof json !== 'object' || json === null) return json
  return Object.fromEntries(
    Object.entries(json)
      .filter(([, value]) => value !== null)
      .map(([key, value]) => [
        key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()),
        camelCase(value),
      ]),
  )
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
