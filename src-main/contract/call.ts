import { oc } from '@orpc/contract'
import { ERROR_CODES, ERROR_TABLE, type ErrorCode, ErrorData } from '#domain/errors.ts'

type ErrorMap = { [code in ErrorCode]: { message: string; data: typeof ErrorData } }

/** Every code on every procedure: an undeclared error would arrive as "Internal server error" without its text. */
export const ENGINE_ERRORS = Object.fromEntries(
  ERROR_CODES.map(code => [code, { message: ERROR_TABLE[code].title, data: ErrorData }]),
) as ErrorMap

/** The start of every procedure of the contract. */
export const call = oc.errors(ENGINE_ERRORS)
