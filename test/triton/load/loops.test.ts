import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { seededRandom } from '../../../src-main/stats/random.ts'
import { startClosedLoop } from '../../../src-main/triton/load/closed-loop.ts'
import { intervalsOf } from '../../../src-main/triton/load/intervals.ts'
import { startOpenLoop } from '../../../src-main/triton/load/open-loop.ts'
import { roundRobin } from '../../../src-main/triton/load/requests.ts'
import { OUTCOME } from '../../../src-main/triton/wire/wire.ts'
import { scriptedWire } from '../../doubles/scripted-wire.ts'

const ignore = () => {}

test('a closed loop keeps every slot busy and sends exactly its limit', async () => {
  const wire = scriptedWire(4, () => ({ ms: 1 }))
  const loop = startClosedLoop({ wire, feed: roundRobin(wire, [0, 1, 2]), slots: 4, limit: 50, onEnd: ignore })
  expect(wire.inFlight).toBe(4)
  await loop.drained
  expect(wire.sent).toHaveLength(50)
  expect(wire.mostInFlight).toBe(4)
  expect(wire.sent.slice(0, 7).map(({ variant }) => variant)).toEqual([0, 1, 2, 0, 1, 2, 0])
})

test('a stopped loop lets requests in flight end and sends no more', async () => {
  const wire = scriptedWire(3, () => ({ ms: 20 }))
  let ended = 0
  const loop = startClosedLoop({ wire, feed: roundRobin(wire, [0]), slots: 3, onEnd: () => ended++ })
  loop.stop()
  await loop.drained
  expect(ended).toBe(3)
  expect(wire.sent).toHaveLength(3)
})

test('fewer requests than slots use only so many slots', async () => {
  const wire = scriptedWire(8, () => ({ ms: 1 }))
  await startClosedLoop({ wire, feed: roundRobin(wire, [0]), slots: 8, limit: 2, onEnd: ignore }).drained
  expect(wire.sent.map(({ slot }) => slot)).toEqual([0, 1])
})

test('a broken connection is not hammered', async () => {
  const wire = scriptedWire(1, () => ({ ms: 0, outcome: OUTCOME.connectionLost }))
  const loop = startClosedLoop({ wire, feed: roundRobin(wire, [0]), slots: 1, onEnd: ignore })
  await sleep(220)
  loop.stop()
  expect(wire.sent.length).toBeGreaterThan(1)
  expect(wire.sent.length).toBeLessThanOrEqual(6)
})

// A machine busy with other work may be late for a whole quarter of a run: then once more.
test('an open loop sends at its times whatever the latency, and says when each was due', { retry: 3 }, async () => {
  const wire = scriptedWire(64, () => ({ ms: 30 }))
  const scheduled: number[] = []
  await startOpenLoop({
    wire,
    feed: roundRobin(wire, [0]),
    slots: 64,
    limit: 50,
    intervalMs: () => 4,
    onEnd: (_slot, _outcome, scheduledMs) => scheduled.push(scheduledMs),
  }).drained
  // They end in any order. Due times are exact; sends follow them, late by the machine's mood, hence the quartile.
  scheduled.sort((a, b) => a - b)
  for (const [i, due] of scheduled.entries()) expect(due - (scheduled[0] ?? 0)).toBeCloseTo(4 * i, 6)
  const lateMs = wire.sent.map(({ atMs }, i) => atMs - (scheduled[i] ?? 0)).toSorted((a, b) => a - b)
  expect(lateMs[0]).toBeGreaterThanOrEqual(0)
  expect(lateMs[12]).toBeLessThan(1)
  expect(wire.mostInFlight).toBeGreaterThan(4)
})

test('a request without a free slot keeps its time: the wait shows from the scheduled start', async () => {
  const wire = scriptedWire(1, () => ({ ms: 10 }))
  const waits: number[] = []
  await startOpenLoop({
    wire,
    feed: roundRobin(wire, [0]),
    slots: 1,
    limit: 5,
    intervalMs: () => 5,
    onEnd: (slot, _outcome, scheduledMs) => waits.push((wire.endMs[slot] ?? 0) - scheduledMs),
  }).drained
  // Each is due 5 ms after the last and takes 10: waits grow by 5 ms.
  for (const [i, wait] of waits.entries()) expect(wait).toBeGreaterThanOrEqual(10 + 5 * i - 0.01)
})

test('sequences take turns: slots are used in the order they came free', async () => {
  const wire = scriptedWire(4, () => ({ ms: 0 }))
  await startOpenLoop({
    wire,
    feed: roundRobin(wire, [0]),
    slots: 4,
    limit: 8,
    intervalMs: () => 2,
    takeTurns: true,
    onEnd: ignore,
  }).drained
  expect(wire.sent.map(({ slot }) => slot)).toEqual([0, 1, 2, 3, 0, 1, 2, 3])
})

test('Poisson intervals have the mean and the spread of an exponential, and are the same for the same seed', () => {
  const draw = (seed: number) => {
    const { uniform } = seededRandom(seed)
    const next = intervalsOf({ kind: 'rate', requestsPerSec: 250, distribution: 'poisson', maxInFlight: 1 }, uniform)
    return Array.from({ length: 20_000 }, next)
  }
  const drawn = draw(7)
  const mean = drawn.reduce((a, b) => a + b) / drawn.length
  const deviation = Math.sqrt(drawn.reduce((a, b) => a + (b - mean) ** 2, 0) / drawn.length)
  expect(mean).toBeGreaterThan(3.9)
  expect(mean).toBeLessThan(4.1)
  expect(deviation / mean).toBeCloseTo(1, 1)
  expect(draw(7)).toEqual(drawn)
  expect(draw(8)).not.toEqual(drawn)
})

test('a schedule repeats its intervals', () => {
  const next = intervalsOf({ kind: 'schedule', intervalsUs: [1000, 250], maxInFlight: 1 }, () => 0)
  expect([next(), next(), next()]).toEqual([1, 0.25, 1])
})
