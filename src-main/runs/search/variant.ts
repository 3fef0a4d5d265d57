import { z } from 'zod'
import type { Candidate } from './explore.ts'

/** What of a configuration a search changes; everything else goes back to the server as it came. */
const Config = z.looseObject({
  max_batch_size: z.number().default(0),
  instance_group: z.array(z.looseObject({ count: z.number().optional() })).default([]),
  dynamic_batching: z.looseObject({ preferred_batch_size: z.array(z.number()).default([]) }).optional(),
  sequence_batching: z.unknown().optional(),
  ensemble_scheduling: z.unknown().optional(),
})

/**
 * The server's configuration with the candidate's instances and largest batch. Preferred batches that no longer fit are
 * left out (Triton refuses them: model_analyzer#805); a model that may batch gets the dynamic batcher, as Model
 * Analyzer's variants do.
 */
export function variantConfig(current: Record<string, unknown>, candidate: Candidate): Record<string, unknown> {
  const config = Config.parse(current)
  const { instanceCount } = candidate
  // A model that does not batch has no batch dimension: a largest batch of 1 would add one.
  const maxBatchSize = config.max_batch_size === 0 ? undefined : candidate.maxBatchSize
  const limit = maxBatchSize ?? config.max_batch_size
  const groups = config.instance_group.length > 0 ? config.instance_group : [{ kind: 'KIND_AUTO' }]
  const hasScheduler = config.sequence_batching !== undefined || config.ensemble_scheduling !== undefined
  const batcher = config.dynamic_batching ?? (limit > 1 && !hasScheduler ? {} : undefined)
  return {
    ...current,
    ...(maxBatchSize === undefined ? {} : { max_batch_size: maxBatchSize }),
    ...(instanceCount === undefined
      ? {}
      : { instance_group: groups.map(group => ({ ...group, count: instanceCount })) }),
    ...(batcher === undefined ? {} : { dynamic_batching: fitting(batcher, limit) }),
  }
}

function fitting(batcher: Record<string, unknown>, limit: number): Record<string, unknown> {
  const { preferred_batch_size: preferred, ...rest } = batcher
  const kept = z
    .array(z.number())
    .catch([])
    .parse(preferred)
    .filter(batch => batch <= limit)
  return kept.length > 0 ? { ...rest, preferred_batch_size: kept } : rest
}
