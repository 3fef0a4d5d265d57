import type { z } from 'zod'
import { EngineError, toFailure } from '#domain/errors.ts'
import { BenchInput, type BenchMessage, type BenchResult } from './bench-protocol.ts'

export type Tell = (message: Exclude<BenchMessage, { type: 'done' | 'failed' }>) => void

/** A bench worker: one BenchInput in, one BenchResult out. */
export function answerOnce(work: (input: BenchInput, tell: Tell) => Promise<BenchResult>): void {
  answerWith(BenchInput, work)
}

/**
 * The worker's side of the channel: takes one input, does the work, answers `done` or `failed`, ends the process.
 * Ends at once when the engine is gone (the channel closes).
 */
export function answerWith<Input, Result>(
  schema: z.ZodType<Input>,
  work: (input: Input, tell: Tell) => Promise<Result>,
): void {
  if (process.send === undefined) {
    void alone()
    return
  }
  process.once('disconnect', () => process.exit(1))
  process.once('message', raw => {
    void run(raw).then(
      result => sendLast({ type: 'done', result }),
      thrown => sendLast({ type: 'failed', failure: toFailure(thrown) }),
    )
  })

  /** Started by hand or by a profiler: the input is the one argument, the result a JSON line without its samples. */
  async function alone(): Promise<void> {
    const result = await run(JSON.parse(process.argv[2] ?? 'null'))
    process.stdout.write(`${JSON.stringify(result, (_, value) => (ArrayBuffer.isView(value) ? undefined : value))}\n`)
    process.exit(0)
  }

  async function run(raw: unknown): Promise<Result> {
    const input = schema.safeParse(raw)
    if (!input.success) throw new EngineError('INTERNAL', `The worker's input does not fit: ${input.error.message}`)
    return work(input.data, message => process.send?.(message, undefined, {}, () => {}))
  }
}

/** The process must live until the message left it: a long run's latencies do not fit into the pipe's buffer. */
function sendLast(message: { type: 'done'; result: unknown } | { type: 'failed'; failure: unknown }): void {
  process.send?.(message, undefined, {}, () => process.exit(0))
}
