import { z } from 'zod'
import { EngineError, toFailure } from '#domain/errors.ts'
import type { ServiceReply } from '../../native-tools/start-service.ts'

const Call = z.discriminatedUnion('type', [
  z.object({ type: z.literal('ask'), id: z.int(), question: z.unknown() }),
  z.object({ type: z.literal('stop'), id: z.int() }),
])

export interface Asked {
  /** Aborts when the asker wants what there is. */
  stop: AbortSignal
  news(news: unknown): void
}

/**
 * The service's side of the channel (`native-tools/start-service.ts`): answers every question, in any order, until the
 * engine is gone.
 */
export function serve<Question>(schema: z.ZodType<Question>, answer: (question: Question, asked: Asked) => unknown) {
  const stops = new Map<number, AbortController>()
  process.once('disconnect', () => process.exit(1))
  process.on('message', raw => {
    const call = Call.parse(raw) // not one of ours: the process ends, and its end is told
    if (call.type === 'ask') void reply(call.id, call.question)
    else stops.get(call.id)?.abort(new EngineError('CANCELLED', 'Cancelled'))
  })

  async function reply(id: number, raw: unknown): Promise<void> {
    const stop = new AbortController()
    stops.set(id, stop)
    try {
      const question = schema.safeParse(raw)
      if (!question.success) throw new EngineError('INTERNAL', `The question does not fit: ${question.error.message}`)
      const asked: Asked = { stop: stop.signal, news: news => tell({ type: 'news', id, news }) }
      tell({ type: 'answer', id, answer: await answer(question.data, asked) })
    } catch (thrown) {
      tell({ type: 'failed', id, failure: toFailure(thrown) })
    } finally {
      stops.delete(id)
    }
  }
}

function tell(reply: ServiceReply): void {
  process.send?.(reply, undefined, {}, () => {})
}
