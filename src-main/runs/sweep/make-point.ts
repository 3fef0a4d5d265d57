import { EngineError } from '#domain/errors.ts'
import { type LatencyMs, PERCENTILES, type Point, type WindowFigures } from '#domain/point.ts'
import type { GpuMetrics, ServerModel } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { COUNTED_WINDOWS, nearestRank, pooled, windowOutcome } from '#stats/load-windows.ts'
import { latencyParts } from '#stats/server-parts.ts'
import type { PointSamples } from '../../session/session-file.ts'
import type { LoadResult, LoadWindow } from '../../workers/load-protocol.ts'
import { sweepFlags } from './flags.ts'
import { pooledLatency } from './latency.ts'
import { serverShare } from './server-share.ts'
import type { SweepStep } from './step.ts'

const NS_PER_MS = 1e6
const NS_PER_S = 1e9

/** What a point is made of. */
export interface PointSource {
  step: SweepStep
  index: number
  spec: Pick<SweepSpec, 'percentile' | 'latencyThresholdMs'>
  model: ServerModel
  startedAt: string
  result: LoadResult
  /** Over the counted windows. */
  gpus?: GpuMetrics[]
  stealShare?: number
}

/**
 * A measured point: the last three windows merged as perf_analyzer reports them.
 * @throws EngineError SERVER_REFUSED, TIMEOUT when no request succeeded: there is nothing to show but that
 */
export function makePoint(source: PointSource): { point: Point; samples: PointSamples } {
  const { step, spec, model, result, gpus } = source
  const { windows } = result
  const first = Math.max(0, windows.length - COUNTED_WINDOWS)
  const counted = windows.slice(first)
  const total = totals(counted)
  if (total.completed === 0) throw nothingCompleted(result, total.errors)

  const sorted = pooled(counted.map(({ latenciesNs }) => latenciesNs))
  const { latencyMs, boundsMs } = pooledLatency(sorted)
  const judgedMs = spec.percentile === undefined ? latencyMs.mean : nearestRank(sorted, spec.percentile) / NS_PER_MS
  const before = windows[first - 1]?.statistics ?? result.statisticsBefore
  // A server that was lost could not tell its statistics at the end: those of the last window that has them.
  const after = counted.findLast(({ statistics }) => statistics.length > 0)?.statistics ?? []
  const share = serverShare(model.name, before, after)
  const scheduled = scheduledLatency(counted)
  const requestsPerSec = (total.completed * NS_PER_S) / total.durationNs
  const { sendNs, receiveNs, requests } = total
  const client = {
    latencyMs: latencyMs.mean ?? 0,
    sendMs: requests === 0 ? 0 : sendNs / requests / NS_PER_MS,
    receiveMs: requests === 0 ? 0 : receiveNs / requests / NS_PER_MS,
  }
  const point: Point = {
    ...identityOf(source),
    status: 'done',
    ...(result.lost === undefined ? {} : { error: result.lost }),
    ...(step.load.kind === 'concurrency' ? {} : { concurrency: inFlight(result, requestsPerSec, client.latencyMs) }),
    durationMs: Date.now() - Date.parse(source.startedAt),
    samples: {
      count: total.completed,
      warmup: sum(windows.slice(0, first), ({ latenciesNs }) => latenciesNs.length),
      warmupRule: `${result.warmupRequests} requests before the first window, then all windows but the last ${counted.length}`,
    },
    latencyMs,
    boundsMs,
    inferPerSec: step.batch * requestsPerSec,
    partsMs: latencyParts(client, share.partsMs),
    requests: {
      completed: total.completed,
      errors: total.errors,
      ...(step.load.kind === 'concurrency' ? {} : { delayed: total.delayed }),
      ...(step.streaming ? { responses: total.responses } : {}),
      ...(total.sequences > 0 ? { sequences: total.sequences } : {}),
      ...(result.errors[0] === undefined ? {} : { firstError: result.errors[0].message }),
    },
    ...(scheduled === undefined ? {} : { scheduledLatencyMs: scheduled }),
    ...(step.streaming ? { responsesPerSec: (total.responses * NS_PER_S) / total.durationNs } : {}),
    windows: windows.map((window, index) => windowFigures(window, step.batch, spec.percentile, index >= first)),
    ...(share.server === undefined ? {} : { server: share.server }),
    client: result.client,
    ...(gpus === undefined || gpus.length === 0 ? {} : { gpus }),
    ...otherPercentile(spec.percentile, judgedMs),
    flags: sweepFlags({
      boundsMs,
      stable: result.stable,
      errors: total.errors,
      completed: total.completed,
      delayed: total.delayed,
      requestsPerSec,
      client: result.client,
      p50Ms: latencyMs.p50,
      isOverThreshold:
        result.stopped === 'over-threshold' || (judgedMs ?? 0) > (spec.latencyThresholdMs ?? Number.POSITIVE_INFINITY),
      hasServerParts: share.partsMs !== undefined,
      reloaded: share.reloaded,
      hasCache: share.partsMs?.cacheHit !== undefined || share.partsMs?.cacheMiss !== undefined,
      lost: result.stopped === 'server-lost',
      stealShare: source.stealShare,
    }),
  }
  if (point.transport !== undefined) {
    point.transport.connections = result.connections
    point.transport.requestBytes = result.requestBytes
  }
  return { point, samples: samplesOf(windows, first) }
}

/** What a point is before anything of it was measured; of a failed one, all there is. */
export function identityOf({
  step,
  index,
  model,
  startedAt,
}: Omit<PointSource, 'result' | 'spec'>): Omit<Point, 'status' | 'flags'> {
  const { url, protocol, sharedMemory, streaming, batch, load, repeat, shapes } = step
  return {
    id: `p${index}`,
    index,
    runtime: 'triton',
    device: deviceOf(model),
    precision: 'unknown',
    batch,
    concurrency: load.kind === 'concurrency' ? load.concurrency : 1,
    ...(load.kind === 'concurrency' ? {} : { requestRate: load.requestsPerSec }),
    repeat,
    shapes,
    startedAt,
    transport: { protocol, sharedMemory, url, ...(streaming ? { streaming } : {}) },
  }
}

/** Where the server's instances run, as the configuration says. */
function deviceOf({ instances }: ServerModel): string {
  const kinds = new Set(instances.map(({ kind }) => kind.replace(/^KIND_/, '').toLowerCase()))
  return kinds.size === 0 ? 'unknown' : [...kinds].join('+')
}

function totals(windows: readonly LoadWindow[]) {
  return {
    durationNs: sum(windows, ({ durationNs }) => durationNs),
    completed: sum(windows, ({ completed }) => completed),
    errors: sum(windows, ({ errors }) => errors),
    delayed: sum(windows, ({ delayed }) => delayed),
    responses: sum(windows, ({ responses }) => responses),
    sequences: sum(windows, ({ sequences }) => sequences),
    requests: sum(windows, ({ client }) => client.requests),
    sendNs: sum(windows, ({ client }) => client.sendNs),
    receiveNs: sum(windows, ({ client }) => client.receiveNs),
  }
}

function windowFigures(
  { durationNs, completed, errors, latenciesNs }: LoadWindow,
  batch: number,
  percentile: number | undefined,
  counted: boolean,
): WindowFigures {
  const { inferPerSec, latency } = windowOutcome(latenciesNs, { batch, durationNs, percentile })
  return {
    durationMs: durationNs / NS_PER_MS,
    requests: completed,
    errors,
    inferPerSec,
    ...(latency === undefined ? {} : { latencyMs: latency / NS_PER_MS }),
    counted,
  }
}

function scheduledLatency(windows: readonly LoadWindow[]): LatencyMs | undefined {
  const all = pooled(windows.flatMap(({ scheduledNs }) => scheduledNs ?? []))
  return all.length === 0 ? undefined : pooledLatency(all).latencyMs
}

/** Open loop: as the generator counted it, else by Little's law. */
function inFlight({ facts }: LoadResult, requestsPerSec: number, meanMs: number): number {
  const counted = facts.mostInFlight
  return typeof counted === 'number' ? Math.max(1, counted) : Math.max(1, Math.ceil((requestsPerSec * meanMs) / 1000))
}

function otherPercentile(percentile: number | undefined, ms: number | undefined): Pick<Point, 'otherPercentilesMs'> {
  const isFixed = Object.values(PERCENTILES).some(fixed => fixed === percentile)
  return percentile === undefined || ms === undefined || isFixed
    ? {}
    : { otherPercentilesMs: { [`p${percentile}`]: ms } }
}

/** Earlier windows in front as warm-up, then the counted ones, in order of their end. */
function samplesOf(windows: readonly LoadWindow[], first: number): PointSamples {
  const latenciesMs = new Float64Array(sum(windows, ({ latenciesNs }) => latenciesNs.length))
  let end = 0
  for (const { latenciesNs } of windows) {
    for (const ns of latenciesNs) latenciesMs[end++] = ns / NS_PER_MS
  }
  return { warmup: sum(windows.slice(0, first), ({ latenciesNs }) => latenciesNs.length), latenciesMs }
}

function nothingCompleted({ errors: reasons, lost }: LoadResult, errors: number): EngineError {
  if (lost !== undefined) {
    const { code, message, ...data } = lost
    return new EngineError(code, message, data)
  }
  const [first] = reasons
  if (errors === 0 || first === undefined) {
    return new EngineError('TIMEOUT', 'No request was answered while measuring', {
      hint: 'Is the model stuck? Allow longer windows with --measurement-interval.',
    })
  }
  return new EngineError('SERVER_REFUSED', `Every request failed: ${first.message}`, {
    detail: reasons.map(({ message, count }) => `${count} × ${message}`).join('\n'),
    hint: 'Send one request with `batchscope infer` to see what the server wants.',
  })
}

function sum<T>(items: readonly T[], of: (item: T) => number): number {
  return items.reduce((total, item) => total + of(item), 0)
}
