import type { PartsMs, ServerCounts } from '#domain/point.ts'
import type { ModelStatistics, StatisticDuration } from '#domain/server.ts'

const NS_PER_MS = 1e6

/** Growth of a model's statistics between two snapshots. @throws RangeError when a count fell: the model was reloaded between */
export function statisticsDelta(before: ModelStatistics, after: ModelStatistics): ModelStatistics {
  const delta = (name: keyof ModelStatistics, a: number, b: number) => {
    if (b < a) throw new RangeError(`${name} of ${after.name} fell from ${a} to ${b}: the model was reloaded between`)
    return b - a
  }
  const duration = (name: 'success' | 'fail' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput') => ({
    count: delta(name, before[name].count, after[name].count),
    ns: delta(name, before[name].ns, after[name].ns),
  })
  const optional = (name: 'cacheHit' | 'cacheMiss') => {
    const [a, b] = [before[name], after[name]]
    if (b === undefined) return {}
    return { [name]: { count: delta(name, a?.count ?? 0, b.count), ns: delta(name, a?.ns ?? 0, b.ns) } }
  }
  return {
    name: after.name,
    version: after.version,
    lastInferenceMs: after.lastInferenceMs,
    inferenceCount: delta('inferenceCount', before.inferenceCount, after.inferenceCount),
    executionCount: delta('executionCount', before.executionCount, after.executionCount),
    success: duration('success'),
    fail: duration('fail'),
    queue: duration('queue'),
    computeInput: duration('computeInput'),
    computeInfer: duration('computeInfer'),
    computeOutput: duration('computeOutput'),
    ...optional('cacheHit'),
    ...optional('cacheMiss'),
    batches: [],
  }
}

/** Mean of a duration in ms; 0 where nothing was counted, as perf_analyzer has it. */
function meanMs({ count, ns }: StatisticDuration): number {
  return count === 0 ? 0 : ns / count / NS_PER_MS
}

/** Server side of a request: means in ms, each over its own count. @param delta of `statisticsDelta` */
export function serverParts(delta: ModelStatistics): PartsMs {
  const { cacheHit, cacheMiss } = delta
  // A model without response cache reports the pair as zero: it has no such part.
  const cached = (cacheHit?.count ?? 0) + (cacheMiss?.count ?? 0) > 0
  return {
    queue: meanMs(delta.queue),
    computeInput: meanMs(delta.computeInput),
    computeInfer: meanMs(delta.computeInfer),
    computeOutput: meanMs(delta.computeOutput),
    ...(cached && cacheHit !== undefined ? { cacheHit: meanMs(cacheHit) } : {}),
    ...(cached && cacheMiss !== undefined ? { cacheMiss: meanMs(cacheMiss) } : {}),
  }
}

export interface ClientMeans {
  latencyMs: number
  sendMs: number
  receiveMs: number
}

/**
 * The split of a mean latency: network = what client and server parts leave, never below 0 (the two clocks are not
 * read at one instant). Same as perf_analyzer's "Network+Server Send/Recv", but for an ensemble the queue of its
 * composing models is `queue`, not network.
 * @see perf_analyzer src/inference_profiler.cc, report_writer.cc
 */
export function latencyParts(client: ClientMeans, server: PartsMs | undefined): PartsMs {
  const ends = { clientSend: client.sendMs, clientRecv: client.receiveMs }
  if (server === undefined) return ends
  const { queue = 0, computeInput = 0, computeInfer = 0, computeOutput = 0, cacheHit = 0, cacheMiss = 0 } = server
  const explained = queue + computeInput + computeInfer + computeOutput + cacheHit + cacheMiss
  const network = Math.max(0, client.latencyMs - client.sendMs - client.receiveMs - explained)
  return { ...ends, network, ...server }
}

/**
 * An ensemble's server parts. Its own statistics hold the compute of its steps, summed per ensemble request, but of the
 * queues only its own (about 1 µs): those of the composing models are added, each over the ensemble's requests, so that
 * a model used twice counts twice. perf_analyzer's console shows this queue; its CSV leaves it in the network column.
 * @param own delta of the ensemble   @param composing deltas of its models
 */
export function ensembleParts(own: ModelStatistics, composing: readonly ModelStatistics[]): PartsMs {
  const parts = serverParts(own)
  const requests = own.queue.count
  if (requests === 0) return parts
  const waitedNs = composing.reduce((total, { queue }) => total + queue.ns, 0)
  return { ...parts, queue: (parts.queue ?? 0) + waitedNs / requests / NS_PER_MS }
}

/** What the server counted for one model, for a point. */
export function serverCounts(delta: ModelStatistics): ServerCounts {
  const parts = serverParts(delta)
  const { queue = 0, computeInput = 0, computeInfer = 0, computeOutput = 0 } = parts
  return {
    name: delta.name,
    version: delta.version,
    inferenceCount: delta.inferenceCount,
    executionCount: delta.executionCount,
    successCount: delta.success.count,
    failCount: delta.fail.count,
    ...(delta.cacheHit === undefined ? {} : { cacheHitCount: delta.cacheHit.count }),
    ...(delta.cacheMiss === undefined ? {} : { cacheMissCount: delta.cacheMiss.count }),
    partsMs: parts,
    overheadMs: Math.max(0, meanMs(delta.success) - queue - computeInput - computeInfer - computeOutput),
  }
}
