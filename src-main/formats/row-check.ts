import type { Point } from '#domain/point.ts'
import type { PerfRow, TimeUnit } from './perf-analyzer-columns.ts'

/** Units lie a thousand apart; published tables keep Little's law within 7 %, short runs within some tens of percent. */
const FACTOR_OF_UNIT = 8

/** The time unit in which throughput × mean latency is batch × concurrency; undefined where none fits. */
export function fittingUnit({ batch = 1, concurrency, inferPerSec, latency }: PerfRow): TimeUnit | undefined {
  const time = latency.mean ?? latency.p50
  if (time === undefined || concurrency === undefined || !inferPerSec) return undefined
  const wantedSeconds = (batch * concurrency) / inferPerSec
  const perSecond = { µs: 1e6, ms: 1e3, s: 1 } as const
  return (['µs', 'ms', 's'] as const).find(unit => {
    const ratio = time / perSecond[unit] / wantedSeconds
    return ratio < FACTOR_OF_UNIT && ratio > 1 / FACTOR_OF_UNIT
  })
}

/** Beyond this a closed loop's row is not one measurement: the published tables drift by at most 6.5 %. */
const MAX_DRIFT = 0.25

type Checked = Pick<Point, 'batch' | 'concurrency' | 'inferPerSec' | 'latencyMs' | 'requestRate' | 'responsesPerSec'>

/**
 * Little's law for a closed loop: throughput ÷ batch × mean latency is the number of requests in flight.
 * @returns the ratio of that product to the concurrency; undefined where the row cannot tell (open loop, no mean)
 */
export function littlesRatio({ batch, concurrency, inferPerSec, latencyMs, requestRate }: Checked): number | undefined {
  const mean = latencyMs?.mean
  if (mean === undefined || mean === 0 || inferPerSec === undefined || inferPerSec === 0) return undefined
  if (requestRate !== undefined) return undefined
  return ((inferPerSec / batch) * (mean / 1000)) / concurrency
}

export function contradictsItself(point: Checked): boolean {
  const ratio = littlesRatio(point)
  return ratio !== undefined && (ratio > 1 + MAX_DRIFT || ratio < 1 / (1 + MAX_DRIFT))
}

/** The batch these rows would have by Little's law, where all agree on a whole number above 1. */
export function fittingBatch(points: readonly Checked[]): number | undefined {
  const ratios = points.flatMap(point => littlesRatio({ ...point, batch: 1 }) ?? [])
  const [first] = ratios
  if (first === undefined) return undefined
  const batch = Math.round(first)
  const agrees = (ratio: number) => Math.abs(ratio / batch - 1) < MAX_DRIFT / 2
  return batch > 1 && ratios.every(agrees) ? batch : undefined
}
