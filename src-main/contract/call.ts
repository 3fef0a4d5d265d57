import { oc } from '@orpc/contract'
import { ERROR_CODES, ERROR_TABLE, type ErrorCode, ErrorData } from '#domain/errors.ts'

/** An interface, so that the compiler writes its name instead of all codes on every procedure. */
export interface EngineErrorMap extends Record<ErrorCode, { message: string; data: typeof ErrorData }> {}

/** Every code on every procedure: an undeclared error would arrive as "Internal server error" without its text. */
export const ENGINE_ERRORS = Object.fromEntries(
  ERROR_CODES.map(code => [code, { message: ERROR_TABLE[code].title, data: ErrorData }]),
) as unknown as EngineErrorMap

/** The start of every procedure of the contract. */
export const call = oc.errors(ENGINE_ERRORS)
