import { EngineError } from '#domain/errors.ts'
import type { MetricSample, ServerConnection } from '#domain/server.ts'
import { parseMetrics } from '#formats/triton-metrics.ts'
import { basicAuthorization, metricsUrlOf, type ServerAddress, withoutCredentials } from '../address.ts'
import type { CallOptions } from './client.ts'
import { cancelled } from './network-errors.ts'
import { tooMuch } from './too-much.ts'

const HOW = 'Start the server with --allow-metrics=true, or name the address of its metrics.'
/** A server with a thousand models tells some megabytes. */
const MOST_BYTES = 64 * 2 ** 20

/**
 * The server's Prometheus text, read. It is a web server of its own (port 8002), open to all: the connection's headers and
 * token are not sent there. Redirects are not followed: what is asked is the address that was named, no other.
 * @throws EngineError SERVER_UNREACHABLE, SERVER_REFUSED, SERVER_PROTOCOL (no metrics there), TIMEOUT, CANCELLED
 */
export async function readMetrics(
  address: ServerAddress,
  connection: ServerConnection,
  { timeoutMs = connection.timeoutMs, signal }: CallOptions = {},
): Promise<MetricSample[]> {
  const url = metricsUrlOf(address, connection.metricsUrl)
  if (url === undefined) {
    throw new EngineError('SERVER_REFUSED', 'Metrics are not asked for', { hint: 'Name the address of the metrics.' })
  }
  const where = withoutCredentials(url)
  const { username, password } = new URL(url)
  const limit = AbortSignal.timeout(timeoutMs)
  try {
    const answer = await fetch(where, {
      signal: signal === undefined ? limit : AbortSignal.any([limit, signal]),
      redirect: 'manual',
      ...(username === '' ? {} : { headers: { authorization: basicAuthorization({ username, password }) } }),
    })
    const text = await textOf(answer, where)
    if (!answer.ok) {
      throw new EngineError('SERVER_REFUSED', `${where} answers ${answer.status}`, {
        where,
        hint: HOW,
        detail: text.slice(0, 400),
      })
    }
    return parseMetrics(text)
  } catch (thrown) {
    if (thrown instanceof EngineError) throw thrown
    if (signal?.aborted === true) throw cancelled()
    if (limit.aborted) {
      throw new EngineError('TIMEOUT', `${where} did not answer within ${timeoutMs} ms`, { where, hint: HOW })
    }
    // `fetch` rejects with a bare TypeError; what happened is its cause.
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown)
    throw new EngineError(
      'SERVER_UNREACHABLE',
      `No metrics at ${where}`,
      { where, hint: HOW, detail: cause },
      { cause: thrown },
    )
  }
}

async function textOf({ body }: Response, where: string): Promise<string> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of body ?? []) {
    bytes += part.length
    if (bytes > MOST_BYTES) throw tooMuch(MOST_BYTES, where)
    parts.push(part)
  }
  return new TextDecoder().decode(Buffer.concat(parts))
}
