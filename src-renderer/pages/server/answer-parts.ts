import { formatBytes, formatLatency, formatSignificant } from '#domain/display.ts'
import type { Fact } from '#domain/passport.ts'
import type { InferAnswer, InferOutput } from '#domain/server.ts'

/** An answer in words and widths, without markup. */

export interface TimePart {
  id: 'send' | 'wait' | 'receive'
  title: string
  ms: number
  /** Of the total, 0..1. */
  share: number
  text: string
}

/** Parts that were measured, in order; their shares are of their sum, so that the bar is always full. */
export function timeParts({ timing }: Pick<InferAnswer, 'timing'>): TimePart[] {
  const { sendMs, waitMs, receiveMs } = timing
  const measured = [
    { id: 'send' as const, title: 'send', ms: sendMs },
    { id: 'wait' as const, title: 'wait for the server', ms: waitMs },
    { id: 'receive' as const, title: 'receive', ms: receiveMs },
  ].flatMap(({ ms, ...part }) => (ms === undefined ? [] : [{ ...part, ms }]))
  const sum = measured.reduce((all, { ms }) => all + ms, 0)
  return measured.map(part => ({ ...part, share: sum > 0 ? part.ms / sum : 0, text: formatLatency(part.ms) }))
}

export function sizesText({ timing }: Pick<InferAnswer, 'timing'>): string {
  return `${formatBytes(timing.requestBytes)} sent, ${formatBytes(timing.responseBytes)} received`
}

/** Smallest and largest value, and what is not a number. */
export function rangeText({ minimum, maximum, notFinite }: InferOutput): string {
  const range =
    minimum === undefined || maximum === undefined
      ? ''
      : `${formatSignificant(minimum, 4)} to ${formatSignificant(maximum, 4)}`
  const odd = notFinite ? `${notFinite} not finite` : ''
  return [range, odd].filter(Boolean).join(', ')
}

/** Width of a class's bar: of the best score where all are positive; scores may be logits of any sign. */
export function scoreShare(score: number, scores: readonly number[]): number {
  const highest = Math.max(...scores)
  const lowest = Math.min(0, ...scores)
  return highest > lowest ? (score - lowest) / (highest - lowest) : 1
}

export function factText(fact: Fact): string {
  return Array.isArray(fact) ? fact.join(', ') : String(fact)
}
