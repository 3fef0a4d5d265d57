import type { ModelStatistics, StatisticDuration } from '#domain/server.ts'
import { MessageReader } from './protobuf.ts'

/**
 * ModelStatisticsResponse by hand. Field numbers: grpc_service.proto (unchanged since Triton 2.0). Zeros are not on the
 * wire. @throws BrokenMessage
 */
export function readStatistics(bytes: Uint8Array): ModelStatistics[] {
  const models: ModelStatistics[] = []
  const message = new MessageReader(bytes)
  while (message.next()) if (message.field === 1) models.push(model(message.message()))
  return models
}

type Stages = Record<string, StatisticDuration>

/** InferStatistics and InferBatchStatistics name their stages by field number. */
const STAGES = [
  '',
  'success',
  'fail',
  'queue',
  'computeInput',
  'computeInfer',
  'computeOutput',
  'cacheHit',
  'cacheMiss',
]
const BATCH_STAGES = ['', '', 'computeInput', 'computeInfer', 'computeOutput']
const BATCH_SIZE_FIELD = 1

const none = (): StatisticDuration => ({ count: 0, ns: 0 })

function model(message: MessageReader): ModelStatistics {
  const texts = ['', '', '']
  const numbers = [0, 0, 0, 0, 0, 0]
  const batches: ModelStatistics['batches'] = []
  let stages: Stages = {}
  while (message.next()) {
    const { field } = message
    if (field <= 2) texts[field] = message.text()
    else if (field <= 5) numbers[field] = message.value
    else if (field === 6) stages = durations(message.message(), STAGES).stages
    else if (field === 7) batches.push(batch(message.message()))
  }
  const { cacheHit, cacheMiss } = stages
  return {
    name: texts[1] ?? '',
    version: texts[2] ?? '',
    lastInferenceMs: numbers[3] ?? 0,
    inferenceCount: numbers[4] ?? 0,
    executionCount: numbers[5] ?? 0,
    success: stages.success ?? none(),
    fail: stages.fail ?? none(),
    queue: stages.queue ?? none(),
    computeInput: stages.computeInput ?? none(),
    computeInfer: stages.computeInfer ?? none(),
    computeOutput: stages.computeOutput ?? none(),
    ...(cacheHit === undefined ? {} : { cacheHit }),
    ...(cacheMiss === undefined ? {} : { cacheMiss }),
    batches,
  }
}

function batch(message: MessageReader): ModelStatistics['batches'][number] {
  const { stages, size } = durations(message, BATCH_STAGES)
  return {
    batchSize: size,
    computeInput: stages.computeInput ?? none(),
    computeInfer: stages.computeInfer ?? none(),
    computeOutput: stages.computeOutput ?? none(),
  }
}

function durations(message: MessageReader, names: readonly string[]): { stages: Stages; size: number } {
  const stages: Stages = {}
  let size = 0
  while (message.next()) {
    const name = names[message.field] ?? ''
    if (name !== '') stages[name] = duration(message.message())
    else if (message.field === BATCH_SIZE_FIELD) size = message.value
  }
  return { stages, size }
}

/** StatisticDuration: count 1, ns 2. */
function duration(message: MessageReader): StatisticDuration {
  const result = none()
  while (message.next()) {
    if (message.field === 1) result.count = message.value
    else if (message.field === 2) result.ns = message.value
  }
  return result
}
