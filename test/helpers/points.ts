import type { Point } from '#domain/point.ts'

/** A measured point with little in it; `more` overrides. */
export function aPoint(batch: number, p50: number, more: Partial<Point> = {}): Point {
  return {
    id: `p${batch}`,
    index: 0,
    runtime: 'ort-cpu',
    device: 'cpu',
    precision: 'fp32',
    batch,
    concurrency: 1,
    repeat: 1,
    shapes: {},
    status: 'done',
    startedAt: '2026-01-01T00:00:00.000Z',
    latencyMs: { p50, p90: p50 * 1.02 },
    inferPerSec: (1000 * batch) / p50,
    flags: [],
    ...more,
  }
}

/** Points of rising batches 1, 2, 4… with these throughputs in samples per second. */
export function pointsOf(perSec: readonly number[], more: Partial<Point> = {}): Point[] {
  return perSec.map((rate, i) => aPoint(2 ** i, (1000 * 2 ** i) / rate, more))
}
