import { toFailure } from '#domain/errors.ts'
import type { Facts } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import type { LogLine } from '#domain/run.ts'
import type { GpuMetrics, ServerModel } from '#domain/server.ts'
import type { SweepSpec } from '#domain/sweep-spec.ts'
import { COUNTED_WINDOWS } from '#stats/load-windows.ts'
import { startWorker } from '../../../native-tools/start-worker.ts'
import { sampleLoad } from '../../machine/load.ts'
import type { PointSamples } from '../../session/session-file.ts'
import { LOAD_NODE_FLAGS, LoadMessage, type LoadResult } from '../../workers/load-protocol.ts'
import { gpuMeans } from './gpu-means.ts'
import { loadInputOf } from './load-input.ts'
import { identityOf, makePoint } from './make-point.ts'
import type { MetricsPoll } from './metrics-poll.ts'
import { levelOf, type SweepStep } from './step.ts'
import type { SweepDoor } from './world.ts'

export interface SweepPointWork {
  step: SweepStep
  index: number
  spec: SweepSpec
  door: SweepDoor
  model: ServerModel
  hasStatistics: boolean
  metrics?: MetricsPoll
}

export interface MeasureTalk {
  say(phase: string, live?: { iterations: number; meanMs: number }): void
  log(stream: LogLine['stream'], text: string): void
}

export interface SweptPoint {
  point: Point
  samples?: PointSamples
  /** How the load was made. */
  facts?: Facts
}

/** One point by a fresh load generator. A failure of the point is a point that says so; only a cancel throws. */
export async function measureStep(work: SweepPointWork, talk: MeasureTalk, signal: AbortSignal): Promise<SweptPoint> {
  const startedAt = new Date().toISOString()
  const loadBefore = sampleLoad()
  try {
    const result = await runGenerator(work, talk, signal)
    const stealShare = sampleLoad().stealShareSince(loadBefore)
    const gpus = gpusOf(result, work.metrics)
    const { point, samples } = makePoint({
      ...work,
      startedAt,
      result,
      ...(gpus === undefined ? {} : { gpus }),
      ...(stealShare === undefined ? {} : { stealShare }),
    })
    return { point, samples, facts: result.facts }
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toFailure(thrown)
    talk.log('app', `${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`)
    return { point: { ...identityOf({ ...work, startedAt }), status: 'failed', error, flags: ['failed'] } }
  }
}

async function runGenerator(work: SweepPointWork, talk: MeasureTalk, signal: AbortSignal): Promise<LoadResult> {
  talk.say('starting')
  let phase = 'measuring'
  const worker = startWorker('load-generator', loadInputOf(work), {
    schema: LoadMessage,
    nodeFlags: LOAD_NODE_FLAGS,
    signal,
    timeoutMs: pointTimeoutMs(work),
    onLine: (stream, text) => talk.log(stream, text),
    onMessage(message) {
      switch (message.type) {
        case 'phase':
          talk.say(message.phase)
          break
        case 'live':
          talk.say(phase, { iterations: message.requests, meanMs: message.meanMs })
          break
        case 'window':
          phase = `window ${message.index + 2}`
          talk.log('app', windowText(message))
          break
        case 'log':
          talk.log('app', message.text)
          break
      }
    },
  })
  return (await worker.done).result
}

function windowText({
  index,
  inferPerSec,
  latencyMs,
  requests,
  errors,
}: Extract<LoadMessage, { type: 'window' }>): string {
  const latency = latencyMs === undefined ? 'no latency' : `${latencyMs.toFixed(3)} ms`
  const failed = errors > 0 ? `, ${errors} failed` : ''
  return `window ${index + 1}: ${inferPerSec.toFixed(1)} infer/s, ${latency}, ${requests} requests${failed}`
}

function gpusOf({ windows }: LoadResult, metrics: MetricsPoll | undefined): GpuMetrics[] | undefined {
  const counted = windows.slice(-COUNTED_WINDOWS)
  const [first, last] = [counted[0], counted.at(-1)]
  if (metrics === undefined || first === undefined || last === undefined) return undefined
  return gpuMeans(metrics.between(first.startedAtMs, last.startedAtMs + last.durationNs / 1e6))
}

const WINDOW_STRETCH = 1.2
/** Start, calibration, encoding of large inputs. */
const SPARE_MS = 60_000

/** Longer than any point that still moves: only a generator that hangs reaches it. */
function pointTimeoutMs({ spec, step }: SweepPointWork): number {
  const { requestTimeoutMs, maxTrials, measurementIntervalMs, warmupRequestCount } = spec
  const atOnce = step.load.kind === 'concurrency' ? levelOf(step.load) : 1
  const requestsMs = (requests: number) => (Math.ceil(requests / atOnce) + 1) * requestTimeoutMs
  const windowMs =
    spec.measurementMode === 'time_windows'
      ? maxTrials * WINDOW_STRETCH * measurementIntervalMs
      : maxTrials * requestsMs(spec.measurementRequestCount)
  const measuringMs = spec.requestCount === undefined ? windowMs : requestsMs(spec.requestCount)
  return SPARE_MS + requestsMs(warmupRequestCount) + measuringMs
}
