import type { Protocol } from '#domain/server.ts'
import { type SweepPlace, sweepKey } from '#domain/sweep-keys.ts'
import type { SharedMemory } from '#domain/sweep-spec.ts'

/** How hard the server is pressed at one point. */
export type Load =
  | { kind: 'concurrency'; concurrency: number }
  | { kind: 'rate'; requestsPerSec: number }
  /** By a file of intervals; the rate is their mean. */
  | { kind: 'schedule'; requestsPerSec: number; intervalsUs: number[] }

/** One point to measure. */
export interface SweepStep {
  /** As the spec has it. */
  url: string
  protocol: Protocol
  sharedMemory: SharedMemory
  batch: number
  load: Load
  /** 1-based. */
  repeat: number
  /** Whole shape per input, batch included. */
  shapes: Record<string, number[]>
  streaming: boolean
}

/** Steps that differ only in their load, ascending: a threshold or a search ends one of these. */
export interface SweepSeries {
  steps: SweepStep[]
  /** Binary search between the first and the last step: widest gap that is not halved again. */
  searchStep?: number
}

/** The level as a number: requests in flight, or per second. */
export function levelOf(load: Load): number {
  return load.kind === 'concurrency' ? load.concurrency : load.requestsPerSec
}

export function atLevel(load: Load, level: number): Load {
  return load.kind === 'concurrency'
    ? { kind: 'concurrency', concurrency: Math.round(level) }
    : { kind: 'rate', requestsPerSec: level }
}

export function keyOfStep(step: SweepStep): string {
  return sweepKey(placeOf(step))
}

function placeOf({ url, sharedMemory, batch, load, repeat }: SweepStep): SweepPlace {
  return {
    url,
    sharedMemory,
    batch,
    repeat,
    ...(load.kind === 'concurrency'
      ? { concurrency: load.concurrency }
      : { concurrency: 1, requestRate: load.requestsPerSec }),
  }
}

/** "batch 8, concurrency 16, grpc, system shared memory" */
export function stepTitle({ batch, load, protocol, sharedMemory, repeat }: SweepStep, repeats: number): string {
  const parts = [`batch ${batch}`, loadTitle(load), protocol]
  if (sharedMemory !== 'none') parts.push(`${sharedMemory} shared memory`)
  if (repeats > 1) parts.push(`repeat ${repeat} of ${repeats}`)
  return parts.join(', ')
}

export function loadTitle(load: Load): string {
  switch (load.kind) {
    case 'concurrency':
      return `concurrency ${load.concurrency}`
    case 'rate':
      return `${load.requestsPerSec} requests/s`
    case 'schedule':
      return 'requests by schedule'
  }
}
