import { setTimeout as sleep } from 'node:timers/promises'
import type { ModelStatistics } from '#domain/server.ts'
import { COUNTED_WINDOWS, isOverThreshold, isStable, type WindowOutcome, windowOutcome } from '#stats/load-windows.ts'
import type { LoadInput, LoadMessage, LoadResult, LoadWindow } from '../../workers/load-protocol.ts'
import type { Loop } from './loop.ts'
import type { Recorder } from './recorder.ts'
import type { Snapshots } from './snapshots.ts'

/** As perf_analyzer: a time window lasts so much longer than the interval asked for. */
const WINDOW_STRETCH = 1.2
/** As perf_analyzer: a count window is looked at this often. */
const COUNT_POLL_MS = 1000
const WATCH_MS = 100
const LIVE_MS = 500
/** Nothing but broken connections for so long: the server is gone. */
export const LOST_AFTER_MS = 3000
const NS_PER_MS = 1e6

export interface Measuring {
  /** Starts the load; `limit`: so many requests in all. */
  start(limit?: number): Loop
  recorder: Recorder
  snapshots: Snapshots
  tell(message: Exclude<LoadMessage, { type: 'done' | 'failed' }>): void
  input: Pick<LoadInput, 'window' | 'stabilityPercentage' | 'maxTrials' | 'percentile' | 'latencyThresholdMs' | 'batch'>
}

export interface Measured extends Pick<LoadResult, 'windows' | 'statisticsBefore' | 'stopped' | 'stable'> {
  /** All windows together, also those whose latencies were not kept. */
  windowCount: number
  loop: Loop
}

type Kept = LoadWindow & { ask: Promise<ModelStatistics[]> }

/** Window after window while the load runs, until the figures are stable or a limit is reached. */
export async function measure(options: Measuring): Promise<Measured> {
  const { recorder, snapshots, tell, input } = options
  const { window: mode, percentile, batch } = input
  const thresholdNs = input.latencyThresholdMs === undefined ? undefined : input.latencyThresholdMs * NS_PER_MS
  const outcomes: WindowOutcome[] = []
  let kept: Kept[] = []
  let count = 0

  const before = await snapshots.take()
  const startMs = performance.now()
  recorder.begin(startMs)
  const loop = options.start(mode.mode === 'request_count' ? mode.requests : undefined)
  const stopLive = tellLive(recorder, tell)

  const close = (cut: ReturnType<Recorder['cut']>) => {
    const window = { ...cut, index: count++, statistics: [], ask: snapshots.take() }
    kept.push(window)
    if (mode.mode === 'duration') kept = kept.slice(-COUNTED_WINDOWS)
    const outcome = windowOutcome(cut.latenciesNs, { batch, durationNs: cut.durationNs, percentile })
    outcomes.push(outcome)
    if (outcomes.length > COUNTED_WINDOWS) outcomes.shift()
    const { index, completed, errors } = window
    const { inferPerSec, latency } = outcome
    tell({
      type: 'window',
      index,
      requests: completed,
      errors,
      inferPerSec,
      ...(latency === undefined ? {} : { latencyMs: latency / NS_PER_MS }),
    })
  }
  const end = (): LoadResult['stopped'] | undefined => {
    if (mode.mode === 'duration') return performance.now() - startMs >= mode.durationMs ? 'duration' : undefined
    if (isStable(outcomes, input.stabilityPercentage)) return 'stable'
    if (isOverThreshold(outcomes, thresholdNs)) return 'over-threshold'
    return count >= input.maxTrials ? 'max-trials' : undefined
  }
  const isLost = () => recorder.lostSinceMs !== undefined && performance.now() - recorder.lostSinceMs >= LOST_AFTER_MS

  let stopped: LoadResult['stopped'] | undefined
  try {
    if (mode.mode === 'request_count') {
      stopped = (await lostOr(() => loop.drained, isLost)) ? 'server-lost' : 'request-count'
      const { firstStartMs, lastEndMs } = recorder.totals
      const cut = recorder.cut(Number.isNaN(lastEndMs) ? performance.now() : lastEndMs)
      const spanNs = (lastEndMs - firstStartMs) * NS_PER_MS
      close(spanNs > 0 ? { ...cut, durationNs: spanNs } : cut)
    }
    while (stopped === undefined) {
      if (await lostOr(signal => windowOver(mode, recorder, signal), isLost)) {
        stopped = 'server-lost'
        // What was measured before it went is worth keeping: up to its last answer.
        if (recorder.completed > 0) close(recorder.cut(recorder.totals.lastEndMs))
      } else {
        close(recorder.cut(performance.now()))
        // Every request so far failed: the next ones will too.
        stopped = recorder.totals.completed === 0 && recorder.totals.errors > 0 ? 'max-trials' : end()
      }
    }
  } finally {
    loop.stop()
    stopLive()
  }
  const windows = await Promise.all(kept.map(async ({ ask, ...window }) => ({ ...window, statistics: await ask })))
  const judged = mode.mode !== 'request_count' && mode.mode !== 'duration'
  return {
    windows,
    statisticsBefore: before,
    stopped,
    ...(judged ? { stable: isStable(outcomes, input.stabilityPercentage) } : {}),
    windowCount: count,
    loop,
  }
}

/** When the open window has lasted long enough. */
async function windowOver(mode: LoadInput['window'], recorder: Recorder, signal: AbortSignal): Promise<void> {
  const wait = (ms: number) => sleep(ms, undefined, { signal })
  if (mode.mode === 'time_windows') return wait(mode.intervalMs * WINDOW_STRETCH)
  if (mode.mode === 'duration') return wait(mode.intervalMs)
  if (mode.mode === 'request_count') return
  do await wait(COUNT_POLL_MS)
  while (recorder.completed + recorder.errors < mode.requests)
}

/** Waits for `over`, or until the server is lost; `over` is told to give up then. @returns whether it was lost */
async function lostOr(over: (signal: AbortSignal) => Promise<void>, isLost: () => boolean): Promise<boolean> {
  const stop = new AbortController()
  const { promise: lost, resolve } = Promise.withResolvers<boolean>()
  const watch = setInterval(() => isLost() && resolve(true), WATCH_MS)
  try {
    return await Promise.race([over(stop.signal).then(() => false), lost])
  } finally {
    clearInterval(watch)
    stop.abort()
  }
}

function tellLive(recorder: Recorder, tell: Measuring['tell']): () => void {
  const timer = setInterval(() => {
    const meanMs = recorder.meanMs()
    if (meanMs !== undefined) tell({ type: 'live', requests: recorder.completed, meanMs })
  }, LIVE_MS)
  return () => clearInterval(timer)
}
