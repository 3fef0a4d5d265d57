import { EngineError, toFailure } from '#domain/errors.ts'
import { measurePoint } from '../triton/load/measure-point.ts'
import { LoadInput, type LoadMessage } from './load-protocol.ts'

/** When the engine is gone, a server that does not answer may not keep us. */
const RELEASE_LIMIT_MS = 2000

/**
 * One point at a server. Takes one LoadInput, answers `done` or `failed`, ends the process; ends at once, shared memory
 * removed, when the engine is gone. After a kill the next start of Batchscope sweeps (`shared-memory/segments.ts`).
 */
let release = async () => {}

process.once('disconnect', () => {
  setTimeout(() => process.exit(1), RELEASE_LIMIT_MS)
  void release().finally(() => process.exit(1))
})
process.once('message', raw => {
  void answer(raw).then(
    result => sendLast({ type: 'done', result }),
    thrown => sendLast({ type: 'failed', failure: toFailure(thrown) }),
  )
})

async function answer(raw: unknown) {
  const input = LoadInput.safeParse(raw)
  if (!input.success) throw new EngineError('INTERNAL', `The worker's input does not fit: ${input.error.message}`)
  return measurePoint(input.data, tell, held => {
    release = held
  })
}

function tell(message: LoadMessage): void {
  process.send?.(message, undefined, {}, () => {})
}

/** The process must live until the message left it: latencies do not fit into the pipe's buffer. */
function sendLast(message: LoadMessage): void {
  process.send?.(message, undefined, {}, () => process.exit(0))
}
