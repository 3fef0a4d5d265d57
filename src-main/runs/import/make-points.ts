import { UNKNOWN } from '#domain/passport.ts'
import type { Point } from '#domain/point.ts'
import type { ImportedPoint, PointsContent } from '#formats/define.ts'
import { contradictsItself, fittingBatch, littlesRatio } from '#formats/row-check.ts'
import { isStable } from '#stats/load-windows.ts'
import { summarizeLatencies } from '#stats/summary.ts'
import type { PointSamples } from '../../session/session-file.ts'
import { pooledLatency } from '../sweep/latency.ts'

const NS_PER_MS = 1e6
/** perf_analyzer's default; which one was really used, the file does not tell. */
const STABILITY_PERCENTAGE = 10

export interface MadePoints {
  made: { point: Point; samples?: PointSamples }[]
  notices: string[]
}

/**
 * A file's points as a session keeps them: the batch the user knows, figures computed from raw requests where there
 * are any, and flags for rows that contradict themselves. Nothing is scaled in silence.
 * @param batch as the user gave it   @param at ISO time for all points: when they were measured no file tells
 */
export function makePoints(content: PointsContent, batch: number | undefined, at: string): MadePoints {
  const points = content.points.map(point => withBatch(point, content, batch))
  const made = points.map((imported, index) => {
    const measured = fromCalls(fromSamples(imported))
    const flags = new Set(measured.flags)
    if (measured.error !== undefined) flags.add('failed')
    if (!content.queriesOverlap && contradictsItself(measured)) flags.add('contradicts-itself')
    const { latenciesNs, rawMs, ...rest } = measured
    const point: Point = {
      device: 'server',
      precision: UNKNOWN,
      repeat: 1,
      shapes: {},
      ...rest,
      id: `p${index}`,
      index,
      status: measured.error === undefined ? 'done' : 'failed',
      startedAt: at,
      flags: [...flags],
    }
    if (rawMs !== undefined) return { point, samples: { warmup: rawMs.warmup, latenciesMs: rawMs.latencyMs } }
    return latenciesNs === undefined ? { point } : { point, samples: samplesOf(latenciesNs) }
  })
  return {
    made,
    notices: batchNotices(
      content,
      batch,
      made.map(({ point }) => point),
    ),
  }
}

function withBatch(point: ImportedPoint, { batchUnknown }: PointsContent, batch: number | undefined): ImportedPoint {
  if (batchUnknown === undefined || batch === undefined) return point
  const { inferPerSec, windows } = point
  if (batchUnknown.throughputCounts === 'items' || inferPerSec === undefined) return { ...point, batch }
  return {
    ...point,
    batch,
    inferPerSec: inferPerSec * batch,
    ...(windows === undefined
      ? {}
      : { windows: windows.map(window => ({ ...window, inferPerSec: window.inferPerSec * batch })) }),
  }
}

/** Latency by perf_analyzer's arithmetic over the raw requests; the same rule says whether the windows agree. */
function fromSamples(point: ImportedPoint): ImportedPoint {
  const { latenciesNs, windows = [] } = point
  if (latenciesNs === undefined || latenciesNs.length === 0) return point
  const { latencyMs, boundsMs } = pooledLatency(latenciesNs.toSorted())
  const flags = [...point.flags]
  if (Object.values(boundsMs).some(({ upperMs }) => upperMs === undefined)) flags.push('few-samples')
  const counted = windows.filter(window => window.counted)
  const outcomes = counted.map(({ inferPerSec, latencyMs: latency }) => ({
    inferPerSec,
    ...(latency === undefined ? {} : { latency }),
  }))
  if (counted.length > 1 && !isStable(outcomes, STABILITY_PERCENTAGE)) flags.push('unstable')
  return { ...point, latencyMs, boundsMs, samples: { count: latenciesNs.length, warmup: 0 }, flags }
}

/** Figures over every call, as for points measured here: percentiles and bounds of one definition. */
function fromCalls(point: ImportedPoint): ImportedPoint {
  const { rawMs } = point
  if (rawMs === undefined) return point
  const { warmup, phasesMs } = rawMs
  const { count, latencyMs, boundsMs } = summarizeLatencies(rawMs.latencyMs, warmup)
  const phases = Object.entries(phasesMs).map(([name, times]) => [name, summarizeLatencies(times, warmup).latencyMs])
  const fewSamples = Object.values(boundsMs).some(({ upperMs }) => upperMs === undefined)
  return {
    ...point,
    latencyMs,
    boundsMs,
    phasesMs: { ...point.phasesMs, ...Object.fromEntries(phases) },
    samples: { count, warmup },
    flags: fewSamples ? [...point.flags, 'few-samples'] : point.flags,
  }
}

function samplesOf(latenciesNs: Float64Array): PointSamples {
  return { warmup: 0, latenciesMs: latenciesNs.map(ns => ns / NS_PER_MS) }
}

function fitsItself(point: Point): boolean {
  return littlesRatio(point) !== undefined && !contradictsItself(point)
}

function batchNotices({ batchUnknown, points }: PointsContent, batch: number | undefined, made: readonly Point[]) {
  const notices: string[] = []
  if (batchUnknown === undefined && batch !== undefined && points.some(point => point.batch !== batch)) {
    notices.push(`The file tells the batch itself: ${batch} was not used.`)
  }
  if (batchUnknown !== undefined && batch === undefined && points.length > 0) {
    const fitting = batchUnknown.throughputCounts === 'items' ? fittingBatch(made) : undefined
    const isOne = batchUnknown.throughputCounts === 'items' && made.length > 0 && made.every(fitsItself)
    const advice =
      fitting === undefined
        ? 'If it was another, import it again with --batch N.'
        : `Throughput × latency fits batch ${fitting}: import it again with --batch ${fitting}.`
    const said = 'The file does not tell the batch: '
    notices.push(isOne ? `${said}throughput × latency says 1.` : `${said}1 is assumed. ${advice}`)
  }
  const contradicting = made.filter(point => point.flags.includes('contradicts-itself')).length
  if (contradicting > 0) {
    notices.push(
      `${contradicting} of ${made.length} points: throughput × latency is not the number of requests in flight. Check batch and units.`,
    )
  }
  return notices
}
