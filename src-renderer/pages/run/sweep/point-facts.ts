import {
  formatBytes,
  formatLatency,
  formatPercent,
  formatRate,
  formatSignificant,
  groupThousands,
} from '#domain/display.ts'
import type { ClientCost, Point, ServerCounts } from '#domain/point.ts'
import { meanServerBatch } from '#domain/server-table.ts'
import { protocolTitle } from './point-words.ts'

export interface PointFact {
  key: string
  value: string
  note?: string
}

const integer = (value: number) => groupThousands(String(Math.round(value)))

/** What stands behind a row: how requests went there, what the server counted, what the generator cost. */
export function pointFacts(point: Point): PointFact[] {
  return [...transportFacts(point), ...serverFacts(point), ...gpuFacts(point), ...clientFacts(point.client)]
}

function transportFacts({ transport, requests, scheduledLatencyMs, requestRate }: Point): PointFact[] {
  const facts: PointFact[] = []
  if (transport !== undefined) {
    const { protocol, sharedMemory, url, connections, requestBytes, streaming } = transport
    const way = [
      protocolTitle(protocol),
      sharedMemory === 'none' ? 'no shared memory' : `${sharedMemory} shared memory`,
      connections !== undefined && `${connections} ${connections === 1 ? 'connection' : 'connections'}`,
      streaming === true && 'streamed',
      requestBytes !== undefined && `${formatBytes(requestBytes)} a request`,
    ]
    facts.push({ key: 'Way to the server', value: way.filter(Boolean).join(', ') })
    if (url !== undefined) facts.push({ key: 'Address', value: url })
  }
  if (requests !== undefined) {
    const { completed, errors, delayed, responses, sequences, firstError } = requests
    const counts = [
      `${integer(completed)} counted`,
      errors > 0 && `${integer(errors)} failed`,
      delayed !== undefined && `${integer(delayed)} sent late`,
      responses !== undefined && `${integer(responses)} responses`,
      sequences !== undefined && `${integer(sequences)} sequences`,
    ]
    facts.push({
      key: 'Requests',
      value: counts.filter(Boolean).join(', '),
      ...(firstError === undefined ? {} : { note: `First error: ${firstError}` }),
    })
  }
  if (requestRate !== undefined && scheduledLatencyMs?.p99 !== undefined) {
    facts.push({
      key: 'Latency from the scheduled start',
      value: `median ${formatLatency(scheduledLatencyMs.p50)}, p99 ${formatLatency(scheduledLatencyMs.p99)}`,
      note: 'The table counts from when a request was really sent; the gap is waiting in the client.',
    })
  }
  return facts
}

function serverFacts(point: Point): PointFact[] {
  const { server } = point
  if (server === undefined) return []
  const mean = meanServerBatch(point)
  const { executionCount, failCount } = server.model
  const facts: PointFact[] = [
    { key: 'Server counted', value: countsText(server.model) },
    {
      key: 'Mean server batch',
      value: mean === undefined ? '–' : formatSignificant(mean),
      note: `Batch items ÷ executions (${integer(executionCount)}). Above the batch sent, dynamic batching works.`,
    },
  ]
  if ((failCount ?? 0) > 0) facts.push({ key: 'Failed at the server', value: integer(failCount ?? 0) })
  return facts
}

function countsText({
  inferenceCount,
  executionCount,
  successCount,
  cacheHitCount,
  cacheMissCount,
}: ServerCounts): string {
  const cached = (cacheHitCount ?? 0) + (cacheMissCount ?? 0) > 0
  return [
    `${integer(successCount)} requests`,
    `${integer(inferenceCount)} batch items`,
    `${integer(executionCount)} executions`,
    cached && `${integer(cacheHitCount ?? 0)} cache hits of ${integer((cacheHitCount ?? 0) + (cacheMissCount ?? 0))}`,
  ]
    .filter(Boolean)
    .join(', ')
}

function gpuFacts({ gpus = [] }: Point): PointFact[] {
  return gpus.map(({ uuid, utilization, powerW, memoryUsedBytes, memoryTotalBytes }) => ({
    key: gpus.length === 1 ? 'GPU of the server' : `GPU ${uuid}`,
    value: [
      utilization !== undefined && `${formatPercent(100 * utilization)} busy`,
      powerW !== undefined && `${formatSignificant(powerW)} W`,
      memoryUsedBytes !== undefined &&
        `${formatBytes(memoryUsedBytes)}${memoryTotalBytes === undefined ? '' : ` of ${formatBytes(memoryTotalBytes)}`}`,
    ]
      .filter(Boolean)
      .join(', '),
    ...(gpus.length === 1 ? { note: uuid } : {}),
  }))
}

function clientFacts(client: ClientCost | undefined): PointFact[] {
  if (client === undefined) return []
  const { cpuUsPerRequest, cpuCores, eventLoopP99Ms, loopbackMs, loopbackPerSec } = client
  const cost = [
    cpuUsPerRequest !== undefined && `${formatSignificant(cpuUsPerRequest)} µs CPU a request`,
    cpuCores !== undefined && `${formatSignificant(cpuCores)} cores busy`,
    eventLoopP99Ms !== undefined && `loop delay p99 ${formatLatency(eventLoopP99Ms)}`,
  ]
  const facts: PointFact[] = [{ key: 'Load generator', value: cost.filter(Boolean).join(', ') || '–' }]
  if (loopbackMs !== undefined || loopbackPerSec !== undefined) {
    facts.push({
      key: 'Against an echo',
      value: [
        loopbackMs !== undefined && formatLatency(loopbackMs),
        loopbackPerSec !== undefined && `${formatRate(loopbackPerSec)} requests/s`,
      ]
        .filter(Boolean)
        .join(', '),
      note: 'The same requests to an echo in this process: the floor of what could be measured here.',
    })
  }
  return facts
}
