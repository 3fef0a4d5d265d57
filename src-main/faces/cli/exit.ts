import { ORPCError } from '@orpc/client'
import { CommanderError } from 'commander'
import { ERROR_TABLE, type ErrorCode, ErrorData, toFailure } from '#domain/errors.ts'
import { safeText } from './output.ts'

/** What was asked has been answered, and the answer is no failure of the command: 1 is "no", 2 "cannot tell". */
export class VerdictExit extends Error {
  readonly exitCode: 1 | 2

  constructor(exitCode: 1 | 2, message: string) {
    super(message)
    this.name = 'VerdictExit'
    this.exitCode = exitCode
  }
}

/** Exit codes of DESIGN §7 and what to say on stderr for anything thrown. */
export function describeExit(thrown: unknown): { exitCode: number; text: string } {
  if (thrown instanceof CommanderError) {
    // commander has printed its own message; help and version are not failures.
    return { exitCode: thrown.exitCode === 0 ? 0 : ERROR_TABLE.USAGE.exitCode, text: '' }
  }
  if (thrown instanceof VerdictExit) return { exitCode: thrown.exitCode, text: `${safeText(thrown.message)}\n` }
  const { code, message, data } = asFailure(thrown)
  const lines = [
    `${ERROR_TABLE[code].title}: ${message}`,
    data.where === undefined ? undefined : `  in ${safeText(data.where)}`,
    data.detail === undefined
      ? undefined
      : data.detail
          .split('\n')
          .map(line => `  ${safeText(line)}`)
          .join('\n'),
    data.hint === undefined ? undefined : data.hint.split('\n').map(safeText).join('\n'),
  ]
  return { exitCode: ERROR_TABLE[code].exitCode, text: `${lines.filter(line => line !== undefined).join('\n')}\n` }
}

function asFailure(thrown: unknown): { code: ErrorCode; message: string; data: ErrorData } {
  if (thrown instanceof ORPCError) {
    const data = ErrorData.safeParse(thrown.data)
    if (isErrorCode(thrown.code)) return { code: thrown.code, message: safeText(thrown.message), data: data.data ?? {} }
    if (thrown.code === 'BAD_REQUEST')
      return { code: 'USAGE', message: thrown.message, data: { detail: JSON.stringify(thrown.data) } }
  }
  const { code, message, ...data } = toFailure(thrown)
  return { code, message: safeText(message), data }
}

function isErrorCode(code: string): code is ErrorCode {
  return code in ERROR_TABLE
}
