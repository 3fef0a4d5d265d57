import type { GpuSample, GpuSeries } from '#domain/gpu-series.ts'
import type { Point } from '#domain/point.ts'
import { isThrottled } from '#domain/throttle-reasons.ts'

/** Fewer looks than this (one second of them) say nothing of a mean or a share. */
const LEAST_SAMPLES = 5
/** A reading of power that is a mean over the last second tells of the time before the window until then. */
const POWER_MEMORY_MS = 1000
/** More memory than at the start of the watch: someone else came. A driver's own bookkeeping stays below. */
const OTHERS_BYTES = 64 * 2 ** 20
/** Share from which a point is flagged: one look may fall into a change of clocks, which also reads as a slowdown. */
const FLAG_SHARE = 0.05

/** In ms of the series. */
export interface TimeSpan {
  fromMs: number
  toMs: number
}

export interface MeasuredPoint {
  /** Life of the process that measured it. */
  span: TimeSpan
  /** Calls that count; within `span`. */
  counted: TimeSpan
  /** Batch items per second over `counted`. */
  inferPerSec?: number | undefined
}

export type GpuPointFigures = Pick<Point, 'joulePerInference' | 'throttledShare' | 'peakDeviceBytes'>

/**
 * What a watched GPU tells of one point; what cannot be told is absent: fewer than 5 looks into the counted calls, a
 * driver that does not say, several GPUs of which it is unknown which one worked, memory that others use too.
 *
 * Energy: mean power of the whole board over the counted calls ÷ batch items per second, idle power included. The
 * driver says power to ±5 W (`nvidia-smi --help-query-gpu`).
 */
export function gpuFigures(all: readonly GpuSeries[], { span, counted, inferPerSec }: MeasuredPoint): GpuPointFigures {
  const series = theOneThatWorked(all, span)
  if (series === undefined) return {}
  const powerW = meanPowerW(series, counted)
  const throttledShare = shareThrottled(within(series.samples, counted))
  const peakDeviceBytes = ownPeakBytes(series, span)
  return {
    ...(powerW === undefined || !inferPerSec ? {} : { joulePerInference: powerW / inferPerSec }),
    ...(throttledShare === undefined ? {} : { throttledShare }),
    ...(peakDeviceBytes === undefined ? {} : { peakDeviceBytes }),
  }
}

/** Whether a share is worth the flag `throttled`. */
export function flagsThrottled(share: number | undefined): boolean {
  return share !== undefined && share > FLAG_SHARE
}

/**
 * When the counted calls ran: `calls` of them (of `latenciesMs`, warm-up cut) up to `endMs`. Calls that overlap, as
 * with several streams, take less time than the sum of their latencies: `queriesPerSec` then tells how long.
 */
export function countedSpan(
  latenciesMs: Float64Array,
  warmup: number,
  endMs: number,
  queriesPerSec: number | undefined,
): TimeSpan {
  const counted = latenciesMs.subarray(warmup)
  const sumMs = counted.reduce((sum, latency) => sum + latency, 0)
  const durationMs = queriesPerSec ? Math.min(sumMs, (1000 * counted.length) / queriesPerSec) : sumMs
  return { fromMs: endMs - durationMs, toMs: endMs }
}

/**
 * Halves a series by merging neighbours: means of clocks, power and utilisation, the highest of temperature and memory,
 * every reason. A last odd sample stays.
 */
export function thinned(samples: readonly GpuSample[]): GpuSample[] {
  const pairs = Array.from({ length: Math.ceil(samples.length / 2) }, (_, at) => samples.slice(2 * at, 2 * at + 2))
  return pairs.map(pair => ({
    atMs: pair[0]?.atMs ?? 0,
    ...merged(pair, 'smClockMHz', mean),
    ...merged(pair, 'memoryClockMHz', mean),
    ...merged(pair, 'powerW', mean),
    ...merged(pair, 'temperatureC', highest),
    ...merged(pair, 'utilizationPercent', mean),
    ...merged(pair, 'memoryUsedBytes', highest),
    ...(pair.some(({ throttleReasons }) => throttleReasons !== undefined)
      ? { throttleReasons: [...new Set(pair.flatMap(({ throttleReasons = [] }) => throttleReasons))] }
      : {}),
  }))
}

type Figure = Exclude<keyof GpuSample, 'atMs' | 'throttleReasons'>

function merged(pair: readonly GpuSample[], figure: Figure, how: (values: readonly number[]) => number) {
  const values = told(pair, figure)
  return values.length === 0 ? {} : { [figure]: how(values) }
}

/** One GPU is the one. Of several, the only one that was busy or on which memory was taken. */
function theOneThatWorked(all: readonly GpuSeries[], span: TimeSpan): GpuSeries | undefined {
  const [only, ...others] = all
  if (others.length === 0) return only
  const working = all.filter(series => {
    const inside = within(series.samples, span)
    const bytes = told(inside, 'memoryUsedBytes')
    const took = bytes.length > 0 && highest(bytes) - (memoryBefore(series, span) ?? lowest(bytes)) > OTHERS_BYTES
    return took || told(inside, 'utilizationPercent').some(percent => percent > 0)
  })
  return working.length === 1 ? working[0] : undefined
}

function meanPowerW({ samples, powerReading }: GpuSeries, { fromMs, toMs }: TimeSpan): number | undefined {
  const since = powerReading === 'instant' ? fromMs : fromMs + POWER_MEMORY_MS
  const watts = told(within(samples, { fromMs: since, toMs }), 'powerW')
  return watts.length < LEAST_SAMPLES ? undefined : mean(watts)
}

function shareThrottled(samples: readonly GpuSample[]): number | undefined {
  const told = samples.flatMap(({ throttleReasons }) => (throttleReasons === undefined ? [] : [throttleReasons]))
  return told.length < LEAST_SAMPLES ? undefined : told.filter(isThrottled).length / told.length
}

/** Memory beyond what was used before the process began, when nothing but it can have taken it. */
function ownPeakBytes(series: GpuSeries, span: TimeSpan): number | undefined {
  const [first] = told(series.samples, 'memoryUsedBytes')
  const before = memoryBefore(series, span)
  if (series.wasFree !== true || series.mig === true || first === undefined || before === undefined) return undefined
  const inside = told(within(series.samples, span), 'memoryUsedBytes')
  if (inside.length < LEAST_SAMPLES || before - first > OTHERS_BYTES) return undefined
  return Math.max(0, highest(inside) - before)
}

function memoryBefore({ samples }: GpuSeries, { fromMs }: TimeSpan): number | undefined {
  return samples.findLast(({ atMs, memoryUsedBytes }) => atMs <= fromMs && memoryUsedBytes !== undefined)
    ?.memoryUsedBytes
}

function within(samples: readonly GpuSample[], { fromMs, toMs }: TimeSpan): GpuSample[] {
  return samples.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
}

function told(samples: readonly GpuSample[], figure: Figure): number[] {
  return samples.flatMap(sample => sample[figure] ?? [])
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

function highest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY)
}

function lowest(values: readonly number[]): number {
  return values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
}
