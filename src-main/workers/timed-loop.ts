import type { Samples } from './samples.ts'

/** What one latency is. The same sentence stands in the passport. */
export const LATENCY_DEFINITION =
  'wall time of one call of ONNX Runtime through onnxruntime-node, from handing over input tensors that are already in ' +
  'memory until every output tensor is in memory; outputs are allocated inside the call and released after the clock ' +
  'has stopped; the event loop of Node takes no part in it'

/** Clock of every latency: monotonic, nanosecond ticks, shown by `clockUs` of a point to cost well under 0.1 µs. */
export const LATENCY_CLOCK = 'performance.now (monotonic)'

/** Between these the worker tells how it goes and hears whether the engine is still there. */
const STINT_MS = 250

/** A call to time, and what to do with its result when the clock has stopped. */
export interface TimedCall<Result> {
  run(): Result
  release(result: Result): void
}

/**
 * Calls and times until `maxCalls` calls are made or the clock is past `untilMs`, at least once.
 *
 * One latency is `LATENCY_DEFINITION`. Nothing but the call stands between the two readings of the clock; storing,
 * releasing and deciding whether to go on come after the second.
 */
export function timeCalls<Result>(call: TimedCall<Result>, samples: Samples, maxCalls: number, untilMs: number): void {
  for (let calls = 1; ; calls++) {
    const startMs = performance.now()
    const result = call.run()
    const endMs = performance.now()
    samples.add(endMs - startMs)
    call.release(result)
    if (calls >= maxCalls || endMs >= untilMs) return
  }
}

export interface LoopRules {
  warmup: number
  minIterations: number
  minDurationMs: number
  /** Limit of the warm-up and again of the counted calls; a call that has begun is finished. */
  maxDurationMs: number
}

export interface LoopTalk {
  /** Between calls, at most four times a second. */
  live(iterations: number, meanMs: number): void
  /** The warm-up is over: `calls` calls, fewer than asked for where they took longer than the limit. */
  counting(calls: number): void
}

/**
 * Warm-up, then counted calls until both minima are reached or `maxDurationMs` is, at least one of each (no warm-up
 * call where none is asked for).
 * @returns number of leading samples that are warm-up
 */
export async function runLoop<Result>(
  call: TimedCall<Result>,
  samples: Samples,
  rules: LoopRules,
  talk: LoopTalk,
): Promise<number> {
  const warmup = { minCalls: rules.warmup, minMs: 0, maxMs: rules.maxDurationMs }
  await runPart(call, samples, warmup, () => {})
  const fixedWarmup = samples.count
  talk.counting(fixedWarmup)
  const counted = { minCalls: rules.minIterations, minMs: rules.minDurationMs, maxMs: rules.maxDurationMs }
  await runPart(call, samples, counted, () => {
    const iterations = samples.count - fixedWarmup
    talk.live(iterations, samples.sumMs(fixedWarmup) / iterations)
  })
  return fixedWarmup
}

interface PartRules {
  minCalls: number
  minMs: number
  maxMs: number
}

async function runPart<Result>(
  call: TimedCall<Result>,
  samples: Samples,
  { minCalls, minMs, maxMs }: PartRules,
  afterStint: () => void,
): Promise<void> {
  const before = samples.count
  const startMs = performance.now()
  for (;;) {
    const nowMs = performance.now()
    const missingCalls = minCalls - (samples.count - before)
    const hasTime = nowMs - startMs >= minMs
    if (hasTime && missingCalls <= 0) return
    if (samples.count > before && nowMs - startMs >= maxMs) return
    const maxCalls = hasTime ? missingCalls : Number.POSITIVE_INFINITY
    const partEndMs = startMs + (hasTime ? maxMs : Math.min(minMs, maxMs))
    timeCalls(call, samples, maxCalls, Math.min(nowMs + STINT_MS, partEndMs))
    afterStint()
    await eventLoopTurn()
  }
}

function eventLoopTurn(): Promise<void> {
  return new Promise(resolve => setImmediate(resolve))
}

/** Cost of reading the clock once, in µs, when the code is warm: a latency holds one such cost. */
export function clockCostUs(): number {
  const readings = 5000
  let bestMs = Number.POSITIVE_INFINITY
  for (let round = 0; round < 4; round++) {
    const startMs = performance.now()
    let last = startMs
    for (let reading = 0; reading < readings; reading++) last = performance.now()
    bestMs = Math.min(bestMs, last - startMs)
  }
  return (bestMs * 1000) / readings
}
