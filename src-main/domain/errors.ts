import { z } from 'zod'

/**
 * The one table of expected failures: code → process exit code (DESIGN §7) and the fact it states.
 * The message of an EngineError states the fact, `hint` the next step; `where` names the file, input or line.
 */
export const ERROR_TABLE = {
  USAGE: { exitCode: 64, title: 'The command or form is not valid' },
  SPEC_INVALID: { exitCode: 64, title: 'The spec is not valid' },
  MODEL_BROKEN: { exitCode: 65, title: 'The model cannot be read' },
  MODEL_UNSUPPORTED: { exitCode: 65, title: 'The model needs something this runtime does not have' },
  MODEL_CHANGED: { exitCode: 65, title: 'The model file changed while it was used' },
  SHAPE_MISMATCH: { exitCode: 65, title: 'The shapes do not fit the model' },
  DATA_INVALID: { exitCode: 65, title: 'The input data does not fit the model' },
  FORMAT_UNKNOWN: { exitCode: 65, title: 'No format claims this file' },
  CONFIG_INVALID: { exitCode: 65, title: 'The model configuration is not valid' },
  FORMAT_BROKEN: { exitCode: 65, title: 'The file is damaged' },
  NOT_A_SESSION: { exitCode: 65, title: 'This is not a Batchscope session' },
  SESSION_NEWER: { exitCode: 65, title: 'The session was made by a newer Batchscope' },
  SESSION_DAMAGED: { exitCode: 65, title: 'The session file is damaged' },
  FILE_NOT_FOUND: { exitCode: 66, title: 'The file does not exist' },
  NOT_FOUND: { exitCode: 66, title: 'There is no such thing' },
  RUNTIME_UNAVAILABLE: { exitCode: 69, title: 'The runtime is not available here' },
  RUNTIME_FAILED: { exitCode: 69, title: 'The runtime refused or failed' },
  SERVER_UNREACHABLE: { exitCode: 69, title: 'The server cannot be reached' },
  SERVER_REFUSED: { exitCode: 69, title: 'The server refused the request' },
  SERVER_PROTOCOL: { exitCode: 69, title: 'The server speaks another protocol' },
  ACCESS_DENIED: { exitCode: 69, title: 'The server wants a token or header' },
  TOOL_MISSING: { exitCode: 69, title: 'A tool is not installed' },
  TOOL_FAILED: { exitCode: 69, title: 'A tool failed' },
  TIMEOUT: { exitCode: 69, title: 'The time limit was reached' },
  CHILD_DIED: { exitCode: 70, title: 'The worker process died' },
  INTERNAL: { exitCode: 70, title: 'Batchscope made a mistake' },
  FILE_UNWRITABLE: { exitCode: 73, title: 'The file cannot be written' },
  FILE_EXISTS: { exitCode: 73, title: 'The file exists already' },
  SESSION_READ_ONLY: { exitCode: 73, title: 'The session is open read-only' },
  FORBIDDEN: { exitCode: 73, title: 'Not allowed' },
  FILE_UNREADABLE: { exitCode: 74, title: 'The file cannot be read' },
  DISK_FULL: { exitCode: 74, title: 'The disk is full' },
  CANCELLED: { exitCode: 130, title: 'Cancelled' },
} as const satisfies Record<string, { exitCode: number; title: string }>

export type ErrorCode = keyof typeof ERROR_TABLE

export const ERROR_CODES = Object.keys(ERROR_TABLE) as [ErrorCode, ...ErrorCode[]]

/** What travels with an error over the wire and into the session: everything "copy details" shows. */
export const ErrorData = z.object({
  /** File, input, line or setting the failure is about. Hostile text: show it, never interpret it. */
  where: z.string().optional(),
  /** The next step, as a sentence or a command. */
  hint: z.string().optional(),
  /** Raw evidence: last stderr lines, native message, numbers. */
  detail: z.string().optional(),
})
export type ErrorData = z.infer<typeof ErrorData>

/** A failure that is kept: in a point, in a run, at the end of an event stream. */
export const Failure = ErrorData.extend({ code: z.enum(ERROR_CODES), message: z.string() })
export type Failure = z.infer<typeof Failure>

/** An expected failure. Thrown by every room; api/ turns it into the contract's error of the same code. */
export class EngineError extends Error {
  readonly code: ErrorCode
  readonly data: ErrorData

  constructor(code: ErrorCode, message: string, data: ErrorData = {}, options?: { cause?: unknown }) {
    super(message, options)
    this.name = 'EngineError'
    this.code = code
    this.data = data
  }

  toFailure(): Failure {
    return { code: this.code, message: this.message, ...this.data }
  }
}

/** Any thrown value as a Failure; what is not an EngineError is a mistake of ours and says so. */
export function toFailure(thrown: unknown): Failure {
  if (thrown instanceof EngineError) return thrown.toFailure()
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  return {
    code: 'INTERNAL',
    message: error.message,
    hint: 'This is a bug in Batchscope. Copy the details into a report.',
    ...(error.stack === undefined ? {} : { detail: error.stack }),
  }
}
