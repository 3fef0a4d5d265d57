import { z } from 'zod'
import { EngineError, Failure } from '#domain/errors.ts'
import { describeDeath } from './death.ts'
import { type Child, startChild } from './spawn.ts'
import { asError, compileCache, nodeBinary, workerFile } from './start-worker.ts'

/** What the service answers: many questions may be on their way, each with its number. */
const Reply = z.discriminatedUnion('type', [
  z.object({ type: z.literal('answer'), id: z.int(), answer: z.unknown() }),
  z.object({ type: z.literal('failed'), id: z.int(), failure: Failure }),
  /** Something on the way to the answer: progress. */
  z.object({ type: z.literal('news'), id: z.int(), news: z.unknown() }),
])
export type ServiceReply = z.input<typeof Reply>

/** What it is asked. `stop`: answer the question of that number soon, with what there is. */
export type ServiceCall = { type: 'ask'; id: number; question: unknown } | { type: 'stop'; id: number }

export interface AskOptions<News> {
  news?: { schema: z.ZodType<News>; on(news: News): void }
  /** Asks the service to stop early; its answer is still awaited. */
  stop?: AbortSignal
}

interface Waiting {
  answer(value: unknown): void
  fail(error: Error): void
  news(value: unknown): void
}

/**
 * `src-main/workers/<name>.ts` in a Node process of its own, which answers questions until it is ended. Answers and news
 * are checked by the caller's schemas: one that does not fit ends the process, as a mistake of ours.
 */
export class Service {
  readonly #name: string
  readonly #child: Child
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0
  #death: Error | undefined
  /** Resolves when the process is gone, however it ended. */
  readonly ended: Promise<void>

  constructor(name: string, { nodeFlags = [] }: { nodeFlags?: readonly string[] } = {}) {
    this.#name = name
    this.#child = startChild({
      argv: [nodeBinary(), ...nodeFlags, workerFile(name)],
      env: compileCache(),
      ipc: { onMessage: message => this.#receive(message) },
    })
    this.ended = this.#follow()
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  get isAlive(): boolean {
    return this.#death === undefined
  }

  /** How many questions have no answer yet. */
  get busy(): number {
    return this.#waiting.size
  }

  /** @throws EngineError the service's own, CHILD_DIED when it died meanwhile, CANCELLED after `end()` */
  async ask<Answer, News = never>(
    question: unknown,
    schema: z.ZodType<Answer>,
    { news, stop }: AskOptions<News> = {},
  ): Promise<Answer> {
    if (this.#death !== undefined) throw this.#death
    const id = ++this.#lastId
    const { promise, resolve, reject } = Promise.withResolvers<unknown>()
    this.#waiting.set(id, {
      answer: resolve,
      fail: reject,
      news: value => {
        const parsed = news?.schema.safeParse(value)
        if (parsed?.success === true) news?.on(parsed.data)
        else if (parsed !== undefined) this.#misunderstood(parsed.error)
      },
    })
    const askToStop = () => this.#send({ type: 'stop', id })
    stop?.addEventListener('abort', askToStop, { once: true })
    this.#send({ type: 'ask', id, question })
    if (stop?.aborted) askToStop()
    try {
      return this.#checked(schema, await promise)
    } finally {
      this.#waiting.delete(id)
      stop?.removeEventListener('abort', askToStop)
    }
  }

  /** Ends the process at once; what has no answer yet is CANCELLED. */
  end(): void {
    this.#die(new EngineError('CANCELLED', 'Cancelled'))
    this.#child.kill()
  }

  #send(call: ServiceCall): void {
    this.#child.send(call)
  }

  #receive(raw: unknown): void {
    const reply = Reply.safeParse(raw)
    if (!reply.success) {
      this.#misunderstood(reply.error)
      return
    }
    const waiting = this.#waiting.get(reply.data.id)
    if (waiting === undefined) return // its asker has gone
    if (reply.data.type === 'answer') waiting.answer(reply.data.answer)
    else if (reply.data.type === 'failed') waiting.fail(asError(reply.data.failure))
    else waiting.news(reply.data.news)
  }

  #checked<T>(schema: z.ZodType<T>, value: unknown): T {
    const parsed = schema.safeParse(value)
    if (parsed.success) return parsed.data
    throw this.#misunderstood(parsed.error)
  }

  #misunderstood(cause: z.ZodError): EngineError {
    const detail = z.prettifyError(cause)
    const error = new EngineError('INTERNAL', `Service ${this.#name} sent a message that does not fit`, { detail })
    this.#die(error)
    this.#child.kill()
    return error
  }

  async #follow(): Promise<void> {
    try {
      this.#die(describeDeath(this.#name, await this.#child.done))
    } catch (thrown) {
      this.#die(thrown instanceof Error ? thrown : new Error(String(thrown)))
    }
  }

  #die(why: Error): void {
    this.#death ??= why
    for (const { fail } of this.#waiting.values()) fail(this.#death)
    this.#waiting.clear()
  }
}
