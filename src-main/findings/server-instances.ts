import { formatSignificant } from '#domain/display.ts'
import type { ServerModel } from '#domain/server.ts'
import { cannotTell, defineRule } from './define.ts'
import { percentText, rowName, rowsOf, type ServerRow } from './server-series.ts'

/** Under this share of their time at work, most instances wait for requests. */
const IDLE_SHARE = 0.5
/** Above it there is no instance free when a request comes. */
const BUSY_SHARE = 0.9
/** A queue shorter than this share of a request is no sign that instances are missing. */
const QUEUE_SHARE = 0.25

interface Use {
  row: ServerRow
  instances: number
  /** Share of the time that instances are at work: executions × their mean compute ÷ (wall time × instances). */
  busy: number
  queueShare: number
}

/** Whether the number of instances fits the load: idle while nothing waits, or all at work while requests queue. */
export const serverInstances = defineRule({
  id: 'server-instances',
  title: 'The number of instances does not fit the load',
  needs: ['server'],
  source: 'Utilisation law: busy instances = executions per second × service time (Denning and Buzen, 1978)',
  judge({ server: { points, model } }) {
    const present = model === undefined ? 0 : instancesOf(model)
    if (present === 0) return cannotTell('How many instances the server has is not known')
    const uses = rowsOf(points).flatMap(row => useOf(row, present))
    const [highest] = uses.toSorted((a, b) => b.busy - a.busy)
    if (highest === undefined) return cannotTell('The server told no statistics, or no point was measured')
    const evidence = uses.slice(0, 6).flatMap(({ row, busy, queueShare }) => [
      { label: `${rowName(row)}, instances at work`, value: Math.round(1000 * busy) / 10, unit: '%' },
      { label: `${rowName(row)}, of a request in the queue`, value: Math.round(1000 * queueShare) / 10, unit: '%' },
    ])
    const short = uses.filter(({ busy, queueShare }) => busy > BUSY_SHARE && queueShare > QUEUE_SHARE)
    const [shortest] = short.toSorted((a, b) => b.queueShare - a.queueShare)
    if (shortest !== undefined) {
      return {
        verdict: 'yes',
        confidence: 0.8,
        statement: `${countText(shortest.instances)} ${percentText(shortest.busy)} of the time at work while requests wait, at ${rowName(shortest.row)}`,
        detail: 'Another instance helps where the processor or GPU has room for it; else larger batches.',
        evidence,
        next: [
          `Set instance_group count ${shortest.instances + 1} and measure again`,
          'batchscope search URL --model MODEL',
        ],
      }
    }
    if (highest.instances > 1 && highest.busy < IDLE_SHARE && highest.queueShare < QUEUE_SHARE) {
      const needed = Math.max(1, Math.ceil(highest.busy * highest.instances))
      return {
        verdict: 'yes',
        confidence: 0.6,
        statement: `${countText(highest.instances)} at most ${percentText(highest.busy)} of the time at work, at ${rowName(highest.row)}`,
        detail: `This load keeps ${formatSignificant(highest.busy * highest.instances)} instances busy; the others hold memory and wait.`,
        evidence,
        next: ['Use more concurrency', `Set instance_group count ${needed} to save memory`],
      }
    }
    return {
      verdict: 'no',
      confidence: 0.7,
      statement: `Instances are at most ${percentText(highest.busy)} of the time at work, and the queue is short where they are busiest or they share it evenly`,
      evidence,
    }
  },
})

/** A GPU group has its count on each of its GPUs. */
function instancesOf({ instances }: ServerModel): number {
  return instances.reduce((sum, { count, gpus }) => sum + count * Math.max(1, gpus.length), 0)
}

/** @param present instances of the model as the server had it; a search's points tell theirs */
function useOf(row: ServerRow, present: number): Use[] {
  const { partsMs, server, windows = [], serverConfig } = row.point
  const instances = typeof serverConfig?.instanceCount === 'number' ? serverConfig.instanceCount : present
  const wallMs = windows.filter(({ counted }) => counted).reduce((sum, { durationMs }) => sum + durationMs, 0)
  if (server === undefined || partsMs?.queue === undefined || wallMs === 0) return []
  const { executionCount, partsMs: parts = {} } = server.model
  // Every request of a batch is charged the whole batch's time, so the mean over requests is an execution's time.
  const executionMs = (parts.computeInput ?? 0) + (parts.computeInfer ?? 0) + (parts.computeOutput ?? 0)
  if (executionMs === 0) return []
  const busy = (executionCount * executionMs) / (wallMs * instances)
  return [{ row, instances, busy, queueShare: partsMs.queue / row.meanMs }]
}

function countText(instances: number): string {
  return instances === 1 ? 'The only instance is' : `All ${instances} instances are`
}
