import { expect, test } from 'vitest'
import type { Point } from '#domain/point.ts'
import { bestPoints, inReadingOrder } from '#domain/server-rows.ts'
import { serverPoint } from '../helpers/server-points.ts'

const run = (configuration: string, concurrency: number, inferPerSec: number, more: Partial<Point> = {}) =>
  serverPoint({ concurrency }, { inferPerSec, serverConfig: { configuration }, ...more })

test('the best is the configuration and load with the highest median, not the luckiest run', () => {
  const steady = [run('a', 4, 1000), run('a', 4, 1100, { repeat: 2 }), run('a', 4, 1050, { repeat: 3 })]
  const lucky = [run('b', 4, 1500), run('b', 4, 700, { repeat: 2 }), run('b', 4, 800, { repeat: 3 })]
  expect([...bestPoints([...lucky, ...steady])]).toEqual(steady)
})

test('what breaks the limit, was lost or contradicts itself is never best', () => {
  const kept = run('a', 1, 100)
  for (const flag of ['over-threshold', 'server-lost', 'contradicts-itself', 'failed'])
    expect([...bestPoints([run('a', 8, 900, { flags: [flag] }), kept])]).toEqual([kept])
  expect(bestPoints([run('a', 8, 900, { flags: ['over-threshold'] })]).size).toBe(0)
})

test('ways to the server are not repeats of each other', () => {
  const http = { transport: { protocol: 'http', sharedMemory: 'none' } }
  const [slow, fast] = [serverPoint({}, { inferPerSec: 100 }), serverPoint({}, { inferPerSec: 101, ...http })]
  expect([...bestPoints([slow, fast])]).toEqual([fast])
})

test('rows of a search read configuration by configuration; a sweep keeps its order', () => {
  const measured = [
    run('b', 4, 1),
    run('a', 2, 2),
    run('b', 1, 3),
    run('a', 2, 4, { repeat: 2 }),
    run('b', 4, 5, { repeat: 2 }),
  ]
  expect(inReadingOrder(measured).map(({ inferPerSec }) => inferPerSec)).toEqual([3, 1, 5, 2, 4])
  const sweep = [serverPoint({ concurrency: 8 }), serverPoint({ concurrency: 1 })]
  expect(inReadingOrder(sweep)).toEqual(sweep)
})
