import { ORPCError } from '@orpc/client'
import type { ErrorData } from '#domain/errors.ts'

/** A failure ready to be shown. `code` is open: transport and validation have codes of their own. */
export interface ShownFailure extends ErrorData {
  code: string
  message: string
}

/** Any thrown or stored value as something `<ErrorNote>` can show: what, where, why, what to do. */
export function failureOf(thrown: unknown): ShownFailure {
  if (thrown instanceof ORPCError) return ofEngine(thrown)
  if (isFailure(thrown)) return thrown
  if (isAbort(thrown)) return { code: 'CANCELLED', message: 'Cancelled.' }
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return { code: 'PAGE', message: error.message, ...(error.stack === undefined ? {} : { detail: error.stack }) }
}

/** A call or stream that was stopped on purpose: nothing to show. */
export function isAbort(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError'
}

function ofEngine(error: ORPCError<string, unknown>): ShownFailure {
  const { code, message, data } = error
  const record: Record<string, unknown> = isRecord(data) ? data : {}
  const text = (key: 'where' | 'hint' | 'detail') => {
    const value = record[key]
    return typeof value === 'string' ? { [key]: value } : {}
  }
  const issues = 'issues' in record ? { detail: JSON.stringify(record.issues, null, 1) } : {}
  return { code, message, ...issues, ...text('where'), ...text('hint'), ...text('detail') }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

function isFailure(value: unknown): value is ShownFailure {
  return (
    isRecord(value) && typeof value.code === 'string' && typeof value.message === 'string' && !(value instanceof Error)
  )
}

/** Everything known, as text for a bug report. */
export function failureText({ code, message, where, hint, detail }: ShownFailure): string {
  return [`${code}: ${message}`, where && `Where: ${where}`, hint && `Hint: ${hint}`, detail && `\n${detail}`]
    .filter(Boolean)
    .join('\n')
}
