/** Which configuration of a bench a point is: the same text for a planned step and for the point measured for it. No zod. */

export interface BenchPlace {
  runtime: string
  /** As asked. */
  precision: string
  batch: number
  /** 1-based. */
  repeat: number
}

/** Parts of a point that say its place. */
export interface BenchPoint {
  runtime: string
  precisionAsked?: string | undefined
  batch: number
  repeat: number
  status: string
}

/** `ort-cpu model b8 #1`. */
export function benchKey({ runtime, precision, batch, repeat }: BenchPlace): string {
  return `${runtime} ${precision} b${batch} #${repeat}`
}

/**
 * Keys of the points that need not be measured again. Points of sessions from before precisions could be chosen do not
 * say what was asked: it was the model's own.
 */
export function measuredBenchKeys(points: readonly BenchPoint[]): string[] {
  return points
    .filter(({ status }) => status === 'done')
    .map(({ precisionAsked = 'model', ...place }) => benchKey({ ...place, precision: precisionAsked }))
}
