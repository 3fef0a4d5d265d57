import { EngineError } from '#domain/errors.ts'
import { failuresOf } from '#formats/trtexec/failures.ts'
import type { TrtexecRun } from '#formats/trtexec/types.ts'
import { describeDeath } from './death.ts'
import type { ChildEnd } from './spawn.ts'

/** Why trtexec failed, in plain words: the cause its log tells, the other ones in the detail. */
export function trtexecError(run: TrtexecRun, end: ChildEnd): EngineError {
  const [cause, ...others] = failuresOf(run)
  if (cause === undefined) return describeDeath('trtexec', end)
  const { code, message, detail, ...data } = cause
  const details = [detail ?? '', ...others.map(other => other.detail ?? other.message)].filter(Boolean)
  return new EngineError(code, message, {
    ...data,
    ...(details.length === 0 ? {} : { detail: [...new Set(details)].join('\n') }),
  })
}
