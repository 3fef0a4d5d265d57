import type { IdleReason } from '#domain/trace.ts'

/** Why a device was idle, in words and as the hatching that the timeline draws. */
export const GAP_TITLES: Readonly<Record<IdleReason, string>> = {
  host: 'waits for launches',
  sync: 'host synchronises',
  dataLoading: 'waits for data',
  queue: 'between queued work',
  unknown: 'unexplained',
}

const ANGLES: Readonly<Record<IdleReason, readonly number[]>> = {
  host: [135],
  sync: [0],
  dataLoading: [45],
  queue: [90],
  unknown: [0, 90],
}

/** A CSS background with lines of the reason's slope: seen without colour. */
export function gapBackground(reason: IdleReason): string {
  const color = `var(--${reason === 'unknown' ? 'muted' : 'warn'})`
  return ANGLES[reason]
    .map(angle => `repeating-linear-gradient(${angle}deg, ${color} 0 1px, transparent 1px 6px)`)
    .join(', ')
}
