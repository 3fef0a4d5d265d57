import { hintText } from '#formats/trtexec/hint-texts.ts'
import type { TrtexecHint } from '#formats/trtexec/types.ts'

/** Hints that say something went as it should; all others are warnings. */
const INFORMATION: readonly TrtexecHint['kind'][] = [
  'auxiliary-streams',
  'int64-weights',
  'no-lazy-loading',
  'more-precisions',
  'deprecated',
  'no-layer-times-in-graph',
]

/** Of a point it was said about (`domain/point-flags.ts`). */
const FLAGS: Partial<Record<TrtexecHint['kind'], string>> = {
  'enqueue-bound': 'enqueue-bound',
  'transfer-bound': 'transfer-bound',
  unstable: 'unstable',
  'multiple-streams': 'several-streams',
}

export interface HintWords {
  level: 'info' | 'warning'
  text: string
  flag?: string
}

/** What a hint of trtexec's log means for who reads the figures. */
export function hintWords(hint: TrtexecHint): HintWords {
  const { [hint.kind]: flag } = FLAGS
  return {
    level: INFORMATION.includes(hint.kind) ? 'info' : 'warning',
    text: hintText(hint),
    ...(flag === undefined ? {} : { flag }),
  }
}
