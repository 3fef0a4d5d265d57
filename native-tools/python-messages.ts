import { z } from 'zod'
import { EngineError, type ErrorCode } from '#domain/errors.ts'

/** What the helpers in `python/` have in common when they tell JSON lines. */

/** Of the protocol; in every line. */
export const VERSION = { v: z.literal(1) }

/** The last line of a helper that could not do what was asked: a word of its own table, a sentence, evidence. */
export const PythonFailed = z.object({
  ...VERSION,
  type: z.literal('failed'),
  code: z.string(),
  message: z.string(),
  detail: z.string(),
})

/** @returns undefined for a line that is none of the helper's: what a program printed past it */
export function messageOf<T>(schema: z.ZodType<T>, line: string): T | undefined {
  if (!line.startsWith('{')) return undefined
  try {
    return schema.safeParse(JSON.parse(line)).data
  } catch {
    return undefined // not JSON: someone else's words
  }
}

/** What a helper's word for a failure is to us, and what to do next. */
export type FailureTable = Readonly<Record<string, { code: ErrorCode; hint: string }>>

const OURS = { code: 'INTERNAL', hint: 'This is a bug in Batchscope. Copy the details into a report.' } as const
const COMMON: FailureTable = {
  request: OURS,
  internal: OURS,
  'torch-broken': {
    code: 'RUNTIME_UNAVAILABLE',
    hint: 'Run `python -c "import torch"` with this Python; its message says what is missing.',
  },
  'target-missing': { code: 'FILE_NOT_FOUND', hint: 'Check the path.' },
  'target-broken': {
    code: 'MODEL_BROKEN',
    hint: 'A file saved with torch.jit.save is needed; a state_dict has no program in it.',
  },
}

/** A failure that a helper told, in our own terms. */
export function helperFailure(
  { code, message, detail }: Pick<z.infer<typeof PythonFailed>, 'code' | 'message' | 'detail'>,
  own: FailureTable,
): EngineError {
  const known = own[code] ?? COMMON[code] ?? { code: 'TOOL_FAILED' as const, hint: 'The details say more.' }
  return new EngineError(known.code, message, { hint: known.hint, ...(detail === '' ? {} : { detail }) })
}
