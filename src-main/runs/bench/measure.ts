import type { BenchSpec } from '#domain/bench-spec.ts'
import { toFailure } from '#domain/errors.ts'
import type { LayerTable } from '#domain/layer.ts'
import type { Model } from '#domain/model.ts'
import { modelPrecision } from '#domain/model-precision.ts'
import type { Facts } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import { flagsFor, repeatsDiffer } from '#stats/point-flags.ts'
import { seriesStability } from '#stats/stability.ts'
import { summarizeLatencies } from '#stats/summary.ts'
import { detectWarmup } from '#stats/warmup.ts'
import { startWorker } from '../../../native-tools/start-worker.ts'
import { logicalCores } from '../../machine/host.ts'
import { type LoadSample, sampleLoad } from '../../machine/load.ts'
import type { MeasureTalk, PointChild, WorkerCall } from '../../runtimes/define.ts'
import type { PointSamples } from '../../session/session-file.ts'
import { BenchMessage, type BenchResult } from '../../workers/bench-protocol.ts'
import type { BenchStep } from './plan.ts'

export interface PointWork {
  step: BenchStep
  index: number
  /** Points of this run measured before: a repeat is compared with them. */
  earlier: readonly Point[]
  model: Model
  spec: BenchSpec
  device: string
  child: PointChild
}

export interface Measured {
  point: Point
  samples?: PointSamples
  runtimeFacts?: Facts
  /** Of the engine that ran. */
  layers?: LayerTable
}

/** One point in a fresh process. A failure of the point is a point that says so; only a cancel throws. */
export async function measurePoint(work: PointWork, talk: MeasureTalk, signal: AbortSignal): Promise<Measured> {
  const startedAt = new Date().toISOString()
  const loadBefore = sampleLoad()
  try {
    const result = await measure(work, talk, signal)
    const loadAfter = sampleLoad()
    return judged(work, result, startedAt, loadBefore, loadAfter)
  } catch (thrown) {
    signal.throwIfAborted()
    const error = toFailure(thrown)
    talk.log('app', `${error.message}${error.hint === undefined ? '' : ` ${error.hint}`}`)
    return {
      point: {
        ...identity(work, startedAt),
        precision: modelPrecision(work.model),
        status: 'failed',
        error,
        flags: ['failed'],
      },
    }
  }
}

async function measure({ child, spec }: PointWork, talk: MeasureTalk, signal: AbortSignal): Promise<BenchResult> {
  talk.say('starting')
  if ('measure' in child) return child.measure(talk, { signal, timeoutMs: spec.pointTimeoutMs })
  return runWorker(child, spec, talk, signal)
}

async function runWorker(
  child: WorkerCall,
  spec: BenchSpec,
  talk: MeasureTalk,
  signal: AbortSignal,
): Promise<BenchResult> {
  const worker = startWorker(child.worker, child.input, {
    schema: BenchMessage,
    signal,
    timeoutMs: spec.pointTimeoutMs,
    ...(child.affinity === undefined ? {} : { affinity: child.affinity }),
    onLine: (stream, text) => talk.log(stream, text),
    onMessage(message) {
      if (message.type === 'phase') talk.say(message.phase)
      else if (message.type === 'live')
        talk.say('measuring', { iterations: message.iterations, meanMs: message.meanMs })
      else if (message.type === 'log') talk.log('app', message.text)
    },
  })
  const { result } = await worker.done
  return result
}

function judged(
  work: PointWork,
  result: BenchResult,
  startedAt: string,
  loadBefore: LoadSample,
  loadAfter: LoadSample,
): Measured {
  const { latenciesMs } = result
  const { warmup, rule, steady } = detectWarmup(latenciesMs, result.fixedWarmup)
  const { count, latencyMs, boundsMs, inferPerSec } = summarizeLatencies(latenciesMs, warmup)
  const stability = seriesStability(latenciesMs, warmup)
  const flags = flagsFor({
    count,
    latencyMs,
    boundsMs,
    stability,
    steady,
    loadBefore: loadBefore.load1,
    loadAfter: loadAfter.load1,
    stealShare: loadAfter.stealShareSince(loadBefore),
    otherCores: result.otherCores,
    cores: logicalCores(),
    threads: threadsOf(result),
    coreToCoreNs: result.coreToCoreNs,
    swappedBytes: result.swappedBytes,
    callUs: result.callUs,
  })
  const point: Point = {
    ...identity(work, startedAt),
    ...(result.device === undefined ? {} : { device: result.device }),
    precision: result.precision === 'unknown' ? modelPrecision(work.model) : result.precision,
    status: 'done',
    durationMs: Date.now() - Date.parse(startedAt),
    samples: { count, warmup, warmupRule: rule },
    latencyMs,
    boundsMs,
    ...present({
      inferPerSec: inferPerSec(work.step.batch),
      sessionCreateMs: result.sessionCreateMs,
      libraryLoadMs: result.libraryLoadMs,
      peakBytes: result.peakBytes,
      baselineBytes: result.baselineBytes,
      coreToCoreNs: result.coreToCoreNs,
      cpuUtilization: result.cpuUtilization,
      otherCores: result.otherCores,
      outputBytes: result.outputBytes,
      firstCallMs: result.firstCallMs,
      compileMs: result.compileMs,
      peakDeviceBytes: result.peakDeviceBytes,
      artifact: result.artifact,
      queriesPerSec: result.queriesPerSec,
      phasesMs: phasesOf(result, warmup),
    }),
    overhead: { clockUs: result.clockUs, ...present({ callUs: result.callUs }) },
    load1: present({ before: loadBefore.load1, after: loadAfter.load1 }),
    flags,
  }
  if (repeatsDiffer([...work.earlier.filter(other => isSameConfiguration(other, point)), point]))
    flags.push('repeats-differ')
  flags.push(...(result.flags ?? []).filter(flag => !flags.includes(flag)))
  return {
    point,
    samples: { warmup, latenciesMs },
    runtimeFacts: result.runtimeFacts,
    ...(result.layers === undefined ? {} : { layers: { ...result.layers, pointId: point.id } }),
  }
}

/** Summaries of the parts of a call, cut as the calls are. */
function phasesOf({ phasesMs }: BenchResult, warmup: number): Point['phasesMs'] {
  if (phasesMs === undefined) return undefined
  return Object.fromEntries(
    Object.entries(phasesMs).map(([name, times]) => [name, summarizeLatencies(times, warmup).latencyMs]),
  )
}

function identity({ step, index, device }: PointWork, startedAt: string) {
  const { runtimeId, precision, batch, repeat, shapes } = step
  return {
    id: `p${index}`,
    index,
    runtime: runtimeId,
    device,
    precisionAsked: precision,
    batch,
    concurrency: 1,
    repeat,
    shapes,
    startedAt,
  }
}

function isSameConfiguration(a: Point, b: Point): boolean {
  return a.status === 'done' && a.runtime === b.runtime && a.batch === b.batch && a.precision === b.precision
}

function threadsOf({ runtimeFacts }: BenchResult): number | undefined {
  const { threads } = runtimeFacts
  return typeof threads === 'number' ? threads : undefined
}

/** Without the fields that were not measured: absent, never undefined in a record that is stored. */
function present<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
