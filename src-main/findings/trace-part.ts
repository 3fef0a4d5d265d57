import type { Evidence } from '#domain/finding.ts'
import type { TraceFacts } from '#domain/trace-facts.ts'
import { cannotTell, type Judgement } from './define.ts'
import {
  confidenceAt,
  type DeviceTime,
  type Part,
  percentRow,
  shareText,
  timeOf,
  whyNoTime,
  windowRows,
} from './trace-time.ts'

/**
 * A loss of this share or more binds: without it the run would be 1.4 times as fast. Host wait of 30 % and more is
 * what launch-bound training shows; GPU-bound runs of the labelled traces lose less than a tenth.
 */
export const BOUND_SHARE = 0.3

export interface PartWords {
  /** "the next work had not been launched yet". */
  sentence(time: DeviceTime, share: number): string
  /** In place of the sentence, where nothing of the kind is in the trace. */
  nothing?: string | undefined
  /** Of the evidence row. */
  label: string
  /** What the figure does not cover. */
  detail: string
  /** What would tell why idle time is unexplained. */
  needs: readonly string[]
  evidence?(time: DeviceTime): Evidence[]
  next: readonly string[]
  /** Default BOUND_SHARE. */
  threshold?: number
}

/** Whether one part of the device's time is at least `threshold` of it: the shared body of the rules that own a part. */
export function judgePart(trace: TraceFacts, part: Part, words: PartWords): Judgement {
  const time = timeOf(trace)
  if (time === undefined) return whyNoTime(trace)
  const { threshold = BOUND_SHARE } = words
  const { unknown } = time.shares
  const share = time.shares[part]
  const evidence = [...windowRows(time), percentRow(words.label, share), ...(words.evidence?.(time) ?? [])]
  // Only idle time is ever unexplained: busy parts are known whatever it hides.
  const couldBe = isIdle(part) ? share + unknown : share
  if (share < threshold && couldBe >= threshold) {
    return cannotTell(
      `The GPU was idle ${shareText(time.idleShare)} of the window; for ${shareText(unknown)} of the window the trace does not tell why`,
      { evidence, next: [...words.needs] },
    )
  }
  const isBound = share >= threshold
  return {
    verdict: isBound ? 'yes' : 'no',
    confidence: confidenceAt(share, threshold, isIdle(part) ? unknown : 0),
    statement: share === 0 && words.nothing !== undefined ? words.nothing : words.sentence(time, share),
    detail: [words.detail, ...othersText(trace)].join(' '),
    evidence,
    next: isBound ? [...words.next] : [],
  }
}

/** Said by every rule that judges the busiest device alone. */
export function othersText({ devices }: TraceFacts): string[] {
  return devices.length > 1 ? [`Judged on the busiest of ${devices.length} devices; the others are not covered.`] : []
}

function isIdle(part: Part): boolean {
  return part === 'host' || part === 'sync' || part === 'dataLoading' || part === 'queue'
}
