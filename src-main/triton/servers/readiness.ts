import { z } from 'zod'

const Index = z.array(
  z.object({
    name: z.string(),
    version: z.string().optional(),
    state: z.string().optional(),
    reason: z.string().optional(),
  }),
)
const ASK_TIMEOUT_MS = 2000

export interface FailedModel {
  name: string
  reason: string
}

/** A configuration that does not parse keeps its model out of the index: only the log tells. Text of tritonserver 2.51. */
export function unreadModelIn(line: string): FailedModel | undefined {
  const [, name, reason] = /Poll failed for model directory '(.+?)': (.*?)"?$/.exec(line) ?? []
  return name === undefined || reason === undefined ? undefined : { name, reason }
}

/**
 * Whether a server takes requests. Its own readiness is strict: one model that failed to load makes it "not ready" for
 * good. It listens when it has tried them all, so a live server with nothing loading counts, and the failed ones are named.
 * @returns undefined while it starts
 */
export async function askReady(httpUrl: string, signal: AbortSignal): Promise<{ failed: FailedModel[] } | undefined> {
  try {
    const options = () => ({ signal: AbortSignal.any([signal, AbortSignal.timeout(ASK_TIMEOUT_MS)]) })
    const ready = await fetch(`${httpUrl}/v2/health/ready`, options())
    if (ready.ok) return { failed: [] }
    const live = await fetch(`${httpUrl}/v2/health/live`, options())
    if (!live.ok) return undefined
    const answer = await fetch(`${httpUrl}/v2/repository/index`, { method: 'POST', body: '{}', ...options() })
    const index = Index.safeParse(answer.ok ? await answer.json() : undefined)
    if (!index.success || index.data.some(({ state }) => state === 'LOADING')) return undefined
    const failed = index.data.flatMap(({ name, state, reason }) =>
      state === 'UNAVAILABLE' && reason !== 'unloaded' ? [{ name, reason: reason ?? 'no reason given' }] : [],
    )
    return { failed }
  } catch (thrown) {
    if (signal.aborted || !(thrown instanceof Error)) throw thrown
    return undefined // nobody listens yet, or it is too busy to answer: asked again
  }
}
