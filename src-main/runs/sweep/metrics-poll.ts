import type { MetricSample } from '#domain/server.ts'
import { gpusIn, type MetricsAt } from './gpu-means.ts'

export interface MetricsPoll {
  /** Moments inside the span, ms since the epoch; the latest before it where none is. */
  between(fromMs: number, toMs: number): MetricsAt[]
  /** Why the last try brought nothing. */
  readonly failure: string | undefined
  stop(): void
}

const MOST_KEPT = 10_000 // hours at one a second; a point is over long before

/** Asks for the server's metrics every so often, one call at a time, until stopped. A failed call is told, not thrown. */
export function pollMetrics(read: (signal: AbortSignal) => Promise<MetricSample[]>, intervalMs: number): MetricsPoll {
  const stopped = new AbortController()
  const seen: MetricsAt[] = []
  let failure: string | undefined
  let isAsking = false
  const ask = async () => {
    if (isAsking) return
    isAsking = true
    try {
      const metrics = await read(stopped.signal)
      failure = undefined
      seen.push({ atMs: Date.now(), gpus: gpusIn(metrics) })
      if (seen.length > MOST_KEPT) seen.shift()
    } catch (thrown) {
      if (!stopped.signal.aborted) failure = thrown instanceof Error ? thrown.message : String(thrown)
    } finally {
      isAsking = false
    }
  }
  const timer = setInterval(() => void ask(), intervalMs)
  void ask()
  return {
    between(fromMs, toMs) {
      const inside = seen.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs)
      const before = seen.findLast(({ atMs }) => atMs < fromMs)
      return inside.length > 0 || before === undefined ? inside : [before]
    },
    get failure() {
      return failure
    },
    stop() {
      clearInterval(timer)
      stopped.abort()
    },
  }
}
