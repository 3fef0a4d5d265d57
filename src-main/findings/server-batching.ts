import { formatSignificant } from '#domain/display.ts'
import { cannotTell, defineRule } from './define.ts'
import { rowName, rowsOf, type ServerRow } from './server-series.ts'

/** With fewer requests waiting there is nothing to put together. */
const MIN_CONCURRENCY = 4
/** Executions with fewer requests than this were not merged: a few pairs by chance are no batching. */
const MERGED = 1.2

interface Merging {
  row: ServerRow
  /** Requests an execution. */
  merged: number
  /** Most requests that could be put together. */
  possible: number
}

/** Whether the dynamic batcher puts waiting requests together: inference count ÷ execution count ÷ client batch. */
export const serverBatching = defineRule({
  id: 'server-batching',
  title: 'Dynamic batching has no effect',
  needs: ['server'],
  source: 'Triton docs: statistics extension, inference_count and execution_count; batcher, preferred_batch_size',
  judge({ server: { points, model } }) {
    if (model !== undefined && model.batching !== 'dynamic') {
      return cannotTell(`${model.name} has no dynamic batcher`, {
        next: model.batching === 'none' ? ['Add dynamic_batching { } to config.pbtxt'] : [],
      })
    }
    const most = model?.maxBatchSize ?? Number.POSITIVE_INFINITY
    const pressed = rowsOf(points).flatMap(row => mergingOf(row, most))
    const [top] = pressed.toSorted((a, b) => b.row.point.concurrency - a.row.point.concurrency)
    if (top === undefined) {
      const isCounted = points.some(({ server }) => (server?.model.executionCount ?? 0) > 0)
      if (!isCounted) return cannotTell('How often the server executed is not told: there are no counts of the server')
      return cannotTell(`No point with concurrency ${MIN_CONCURRENCY} or more whose requests could be put together`, {
        next: ['batchscope sweep URL --model MODEL --batch 1 --concurrency 4,16'],
      })
    }
    const evidence = pressed.slice(0, 5).map(({ row, merged }) => ({
      label: `${rowName(row)}, requests an execution`,
      value: Math.round(100 * merged) / 100,
    }))
    const statement = `${formatSignificant(top.merged)} requests an execution at ${rowName(top.row)}`
    if (pressed.some(({ merged }) => merged >= MERGED)) {
      return { verdict: 'no', confidence: 0.9, statement: `Requests are put together: ${statement}`, evidence }
    }
    if (model === undefined)
      return cannotTell(`${statement}; whether the model has a dynamic batcher is not known`, { evidence })
    return {
      verdict: 'yes',
      confidence: Math.min(0.95, 0.5 + top.row.point.concurrency / 32),
      statement: `Requests are executed one by one: ${statement}`,
      detail: 'Instances take requests as fast as they come, or the batcher does not wait for more.',
      evidence,
      next: ['Set max_queue_delay_microseconds', 'Use fewer instances', 'Use more concurrency'],
    }
  },
})

/** @param present largest batch of the model as the server had it; a search's points tell theirs */
function mergingOf(row: ServerRow, present: number): Merging[] {
  const { batch, concurrency, server, requestRate, serverConfig } = row.point
  const maxBatchSize = typeof serverConfig?.maxBatchSize === 'number' ? serverConfig.maxBatchSize : present
  const { inferenceCount = 0, executionCount = 0 } = server?.model ?? {}
  const possible = Math.min(concurrency, Math.floor(maxBatchSize / batch))
  if (executionCount === 0 || requestRate !== undefined || concurrency < MIN_CONCURRENCY || possible < 2) return []
  return [{ row, merged: inferenceCount / executionCount / batch, possible }]
}
