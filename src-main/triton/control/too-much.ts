import { formatBytes } from '#domain/display.ts'
import { EngineError } from '#domain/errors.ts'

/** Tensors of one answer; the protobuf of gRPC ends at 2 GiB. */
export const MOST_ANSWER_BYTES = 2 ** 30
/** Everything else a server tells: a repository of thousands of models is some megabytes of JSON. */
export const MOST_TOLD_BYTES = 64 * 2 ** 20

/** An answer that would not end, or not fit: a server is not trusted with our memory. */
export function tooMuch(mostBytes: number, where: string): EngineError {
  return new EngineError('SERVER_PROTOCOL', `The answer is larger than ${formatBytes(mostBytes)}`, {
    where,
    hint: 'Ask for fewer outputs or a smaller batch. Is it the server you mean?',
  })
}
