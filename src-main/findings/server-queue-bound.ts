import { defineRule, type ServerFacts } from './define.ts'
import { judgeShare, knownShares } from './server-bound.ts'
import { percentText, type ServerRow, seriesByLoad } from './server-series.ts'

/** Of the throughput; a smaller difference is within what two measurements differ by. */
const SAME_THROUGHPUT = 0.95

/** Requests wait for an instance, or for others to make a batch, longer than they are worked on. */
export const serverQueueBound = defineRule({
  id: 'server-queue-bound',
  title: 'Requests wait in the queue',
  needs: ['server'],
  source: 'Triton docs: model statistics (queue time) and optimization guide, instance groups and dynamic batching',
  judge: ({ server }) =>
    judgeShare(server, ['queue'], {
      what: 'the queue',
      ...(waitsForBatch(server)
        ? {
            detail: 'It is largest where load is least: requests wait for others to make a batch, not for an instance.',
            next: ['Lower max_queue_delay_microseconds or preferred_batch_size, and measure again'],
          }
        : {
            detail:
              'More load makes requests wait longer. More instances or larger server batches drain the queue faster.',
            next: [
              ...(server.model?.batching === 'dynamic' ? [] : ['Turn on dynamic_batching, where the model can batch']),
              'Raise instance_group count',
              ...lessLoad(server),
            ],
          }),
    }),
})

/** Queue share falls from the least load to the most: a delay of the batcher, not a lack of instances. */
function waitsForBatch({ points, model }: ServerFacts): boolean {
  if (model !== undefined && model.batching !== 'dynamic') return false
  const most = mostQueued(points)
  const series = seriesByLoad(points).find(({ rows }) => rows[0]?.point === most?.point)
  const [first, last] = [series?.rows[0], series?.rows.at(-1)]
  return first !== undefined && last !== undefined && first !== last && queueShare(last) < queueShare(first)
}

/** A lower load of the same series with the same throughput. */
function lessLoad({ points }: ServerFacts): string[] {
  const most = mostQueued(points)
  const rows = seriesByLoad(points).find(series => series.rows.some(row => row.point === most?.point))?.rows ?? []
  const enough = rows.find(row => most !== undefined && row.inferPerSec >= SAME_THROUGHPUT * most.inferPerSec)
  if (enough === undefined || most === undefined || enough.point === most.point) return []
  const share = percentText(Math.min(1, enough.inferPerSec / most.inferPerSec))
  return [`Send less at once: concurrency ${enough.point.concurrency} has ${share} of the throughput`]
}

function mostQueued(points: ServerFacts['points']): ServerRow | undefined {
  return knownShares(points, ['queue'])[0]?.row
}

function queueShare({ point, meanMs }: ServerRow): number {
  return (point.partsMs?.queue ?? 0) / meanMs
}
