import { expect, test } from 'vitest'
import { Samples } from '../../src-main/workers/samples.ts'
import { clockCostUs, runLoop, timeCalls } from '../../src-main/workers/timed-loop.ts'

/** A call that is busy for so many ms, and counts. */
function busy(durationMs: number) {
  const call = {
    calls: 0,
    released: [] as number[],
    run() {
      const untilMs = performance.now() + durationMs
      while (performance.now() < untilMs);
      return ++call.calls
    },
    release: (result: number) => call.released.push(result),
  }
  return call
}

const quiet = { live() {}, counting() {} }

test('each call is timed alone: releasing its result is outside the clock', () => {
  const call = { run: () => 1, release: () => busy(5).run() }
  const samples = new Samples()
  timeCalls(call, samples, 4, Number.POSITIVE_INFINITY)
  expect(samples.count).toBe(4)
  expect(samples.medianMs()).toBeLessThan(1)
})

test('a latency is the time of the call', () => {
  const samples = new Samples()
  const call = busy(3)
  timeCalls(call, samples, 5, Number.POSITIVE_INFINITY)
  expect(samples.medianMs()).toBeGreaterThanOrEqual(3)
  expect(samples.medianMs()).toBeLessThan(6)
  expect(call.released).toEqual([1, 2, 3, 4, 5])
})

test('time that is over still allows one call', () => {
  const samples = new Samples()
  timeCalls(busy(0), samples, 100, 0)
  expect(samples.count).toBe(1)
})

test.each([
  // warmup, minIterations, minDurationMs, maxDurationMs → calls at least, at most
  [3, 20, 0, 5000, 23, 23],
  [0, 1, 0, 5000, 1, 1],
  [2, 5, 40, 5000, 7, 45],
  [0, 1_000_000, 0, 30, 2, 32],
  [0, 5, 1_000_000, 30, 2, 32],
  [1000, 1, 0, 10, 2, 13],
])('rules %i, %i, %i ms, %i ms make %i to %i calls of 1 ms', async (warmup, minIterations, minDurationMs, maxDurationMs, least, most) => {
  const samples = new Samples()
  await runLoop(busy(1), samples, { warmup, minIterations, minDurationMs, maxDurationMs }, quiet)
  expect(samples.count).toBeGreaterThanOrEqual(least)
  expect(samples.count).toBeLessThanOrEqual(most)
})

test('the worker tells at most four times a second, between calls, with the mean of the counted ones', async () => {
  const samples = new Samples()
  const live: [number, number][] = []
  const startMs = performance.now()
  const rules = { warmup: 5, minIterations: 1, minDurationMs: 700, maxDurationMs: 5000 }
  const warmup = await runLoop(busy(2), samples, rules, { counting() {}, live: (n, mean) => live.push([n, mean]) })
  expect(warmup).toBe(5)
  expect(live.length).toBeLessThanOrEqual(Math.ceil((performance.now() - startMs) / 250))
  const [iterations, meanMs] = live.at(-1) ?? [0, 0]
  expect(iterations).toBe(samples.count - 5)
  expect(meanMs).toBeCloseTo(samples.sumMs(5) / iterations, 10)
})

test('samples grow without losing any', () => {
  const samples = new Samples()
  for (let i = 0; i < 200_000; i++) samples.add(i)
  expect(samples.toArray()).toEqual(Float64Array.from({ length: 200_000 }, (_, i) => i))
  expect(samples.medianMs(199_996)).toBe(199_997.5)
  expect(samples.medianMs(199_997)).toBe(199_998)
  expect(samples.medianMs(200_000)).toBeNaN()
})

test('reading the clock costs well under a microsecond', () => {
  expect(clockCostUs()).toBeGreaterThan(0)
  expect(clockCostUs()).toBeLessThan(1)
})
