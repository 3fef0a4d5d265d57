/** Which configuration of a sweep a point is: the same text for a planned step and for the point measured for it. No zod. */

/** What tells points of one sweep apart. */
export interface SweepPlace {
  url: string
  sharedMemory: string
  batch: number
  /** Open loop, and then the concurrency is an outcome. */
  requestRate?: number | undefined
  concurrency: number
  /** 1-based. */
  repeat: number
}

/** Parts of a point that say its place; everything of a sweep has a transport. */
export interface PlacedPoint {
  transport?: { url?: string | undefined; sharedMemory: string } | undefined
  batch: number
  requestRate?: number | undefined
  concurrency: number
  repeat: number
}

/** `grpc://h:8001 system b8 c16 #1`, open loop `… r250 #1`. */
export function sweepKey({ url, sharedMemory, batch, requestRate, concurrency, repeat }: SweepPlace): string {
  const level = requestRate === undefined ? `c${concurrency}` : `r${requestRate}`
  return `${url} ${sharedMemory} b${batch} ${level} #${repeat}`
}

/** @returns undefined for a point that did not come from a sweep */
export function keyOfPoint(point: PlacedPoint): string | undefined {
  const { url, sharedMemory } = point.transport ?? {}
  if (url === undefined || sharedMemory === undefined) return undefined
  return sweepKey({ ...point, url, sharedMemory })
}

/** Keys of the points that need not be measured again: done, and with the server there to the end. */
export function measuredKeys(
  points: readonly (PlacedPoint & { status: string; flags: readonly string[] })[],
): string[] {
  const whole = points.filter(({ status, flags }) => status === 'done' && !flags.includes('server-lost'))
  return whole.flatMap(point => keyOfPoint(point) ?? [])
}
