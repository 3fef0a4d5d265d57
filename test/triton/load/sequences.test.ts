import { expect, test } from 'vitest'
import { seededRandom } from '../../../src-main/stats/random.ts'
import { startClosedLoop } from '../../../src-main/triton/load/closed-loop.ts'
import { sequenceFeed } from '../../../src-main/triton/load/requests.ts'
import { OUTCOME } from '../../../src-main/triton/wire/wire.ts'
import { type Script, scriptedWire } from '../../doubles/scripted-wire.ts'

const quick: Script = () => ({ ms: 0 })

async function sequences(
  options: Partial<Parameters<typeof sequenceFeed>[2]> & { slots?: number; limit?: number; streams?: number[][] },
  script = quick,
) {
  const { slots = 2, limit = 100, streams = [[0]], ...rest } = options
  const wire = scriptedWire(slots, script)
  const feed = sequenceFeed(wire, streams, {
    length: 5,
    lengthVariation: 0,
    uniform: seededRandom(1).uniform,
    ...rest,
  })
  await startClosedLoop({ wire, feed, slots, limit, onEnd: () => {} }).drained
  const byId = Map.groupBy(wire.sent, ({ sequence }) => sequence?.id ?? 0)
  return { wire, feed, byId }
}

test('each sequence starts once, ends once, and stays in its slot', async () => {
  const { byId, feed } = await sequences({ limit: 50 })
  expect(byId.size).toBe(10)
  expect(feed.sequences).toBe(10)
  for (const requests of byId.values()) {
    expect(requests.map(({ sequence }) => sequence?.start)).toEqual([true, false, false, false, false])
    expect(requests.map(({ sequence }) => sequence?.end)).toEqual([false, false, false, false, true])
    expect(new Set(requests.map(({ slot }) => slot)).size).toBe(1)
  }
})

test('lengths vary evenly within the percentage', async () => {
  const { byId } = await sequences({ length: 20, lengthVariation: 20, slots: 1, limit: 4000 })
  const lengths = [...byId.values()].slice(0, -1).map(({ length }) => length)
  expect(Math.min(...lengths)).toBe(16)
  expect(Math.max(...lengths)).toBe(23)
})

test('data of several steps gives the length: a sequence walks one stream', async () => {
  const { byId } = await sequences({
    streams: [
      [0, 1, 2],
      [3, 4],
    ],
    limit: 200,
  })
  const walks = new Set([...byId.values()].map(requests => requests.map(({ variant }) => variant).join()))
  // The last of each slot may be cut by the limit.
  expect([...walks].filter(walk => walk === '0,1,2' || walk === '3,4')).toHaveLength(2)
})

test('ids stay in their range, and none is in use twice at once', async () => {
  const { wire } = await sequences({ idRange: [100, 102], slots: 3, limit: 300 })
  const open = new Map<number, number>()
  for (const { slot, sequence } of wire.sent) {
    if (sequence === undefined) throw new Error('no flags')
    expect(sequence.id).toBeGreaterThanOrEqual(100)
    expect(sequence.id).toBeLessThanOrEqual(102)
    if (!sequence.start) expect(open.get(slot)).toBe(sequence.id)
    open.set(slot, sequence.id)
  }
})

test('after a failed request its slot begins a new sequence', async () => {
  const { wire } = await sequences({ slots: 1, limit: 6 }, (_, index) => ({
    ms: 0,
    ...(index === 1 ? { outcome: OUTCOME.refused } : {}),
  }))
  expect(wire.sent.map(({ sequence }) => sequence?.id)).toEqual([1, 1, 2, 2, 2, 2])
  expect(wire.sent[2]?.sequence?.start).toBe(true)
})

test('sequences left open can be ended', async () => {
  const { wire, feed } = await sequences({ slots: 2, limit: 7 })
  expect(feed.openSlots()).toEqual([0, 1])
  for (const slot of feed.openSlots()) feed.sendLast(slot)
  expect(wire.sent.slice(-2).map(({ sequence }) => sequence?.end)).toEqual([true, true])
})
