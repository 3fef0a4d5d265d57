import { z } from 'zod'
import type { ModelStatistics } from '#domain/server.ts'

const Duration = z.object({ count: z.coerce.number().default(0), ns: z.coerce.number().default(0) }).nullish()
const nothing = { count: 0, ns: 0 }
const Stats = z.object({
  model_stats: z.array(
    z.object({
      name: z.string(),
      version: z.string(),
      last_inference: z.coerce.number().default(0),
      inference_count: z.coerce.number().default(0),
      execution_count: z.coerce.number().default(0),
      inference_stats: z.record(z.string(), Duration).default({}),
    }),
  ),
})

/** The statistics answer of a server, over HTTP or gRPC (snake_case). */
export function parseStatistics(json: unknown): ModelStatistics[] {
  return Stats.parse(json).model_stats.map(({ name, version, last_inference, inference_count, execution_count, inference_stats: s }) => ({
    name,
    version,
    lastInferenceMs: last_inference,
    inferenceCount: inference_count,
    executionCount: execution_count,
    success: s.success ?? nothing,
    fail: s.fail ?? nothing,
    queue: s.queue ?? nothing,
    computeInput: s.compute_input ?? nothing,
    computeInfer: s.compute_infer ?? nothing,
    computeOutput: s.compute_output ?? nothing,
    batches: [],
  }))
}
