import { type ClientLink, createORPCClient } from '@orpc/client'
import type { ContractRouterClient } from '@orpc/contract'
import type { Contract } from '#contract'
import { Connection, connectPort, connectSocket } from './connection.ts'
import { takeToken } from './token.ts'

/** The engine as the page sees it: every call of the contract, typed; streams are async iterables. */
export type Engine = ContractRouterClient<Contract>

export const connection = new Connection()

const link: ClientLink<Record<never, never>> = {
  call: async (path, input, options) => (await connection.link(options.signal)).call(path, input, options),
}

/** The one client. A call made while the connection is away waits for it. */
export const engine: Engine = createORPCClient(link)

/** Called once by main.ts. */
export function connectEngine(): void {
  const host = window.batchscopeHost
  if (host) {
    connectPort(connection, host, window)
    return
  }
  const scheme = location.protocol === 'https:' ? 'wss:' : 'ws:'
  connectSocket(connection, `${scheme}//${location.host}/rpc`, takeToken(window), serverAnswers)
  window.addEventListener('online', () => connection.retryNow())
}

async function serverAnswers(): Promise<boolean> {
  try {
    return (await fetch('/', { method: 'HEAD', cache: 'no-store' })).ok
  } catch {
    return false // no server: exactly what was asked
  }
}

/**
 * A stream that survives a broken connection: `open` is asked again over the next one, so it must carry where to go on
 * (`afterSeq`) or start with the whole state. Ends with the stream, with `signal`, or with an error of the engine.
 */
export async function* follow<T>(
  open: (signal: AbortSignal) => Promise<AsyncIterable<T>>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  while (!signal.aborted) {
    const generation = await generationNow(signal)
    if (generation === undefined) return
    try {
      yield* await open(signal)
      return
    } catch (thrown) {
      if (signal.aborted) return
      if (connection.state === 'open' && connection.generation === generation) throw thrown
    }
  }
}

async function generationNow(signal: AbortSignal): Promise<number | undefined> {
  try {
    await connection.link(signal)
    return connection.generation
  } catch (thrown) {
    if (signal.aborted) return undefined
    throw thrown
  }
}
