import { describe, expect, test } from 'vitest'
import { type Cells, laneRange, levelOf, TileStore, tileSpan } from '../../../src-renderer/timeline/tiles.ts'
import { cells } from './cells.ts'

type Request = Parameters<ConstructorParameters<typeof TileStore>[0]>[0]

/** A store whose engine answers when the test says so. */
function store(answer: (request: Request) => Cells = () => cells([])) {
  const asked: { request: Request; signal: AbortSignal; give: () => void; fail: (thrown: unknown) => void }[] = []
  const failures: unknown[] = []
  let changes = 0
  const tiles = new TileStore(
    (request, signal) =>
      new Promise((resolve, reject) => {
        asked.push({ request, signal, give: () => resolve(answer(request)), fail: reject })
      }),
    () => changes++,
    thrown => failures.push(thrown),
  )
  return { tiles, asked, failures, changes: () => changes }
}
const settled = () => new Promise(resolve => setTimeout(resolve, 0))
const WIDTH = 1024

describe('a store of tiles', () => {
  test('asks for each lane of each tile once, with a tile on either side', async () => {
    const { tiles, asked } = store()
    const view = { startNs: 0, endNs: WIDTH }
    tiles.want(view, WIDTH, [0, 1])
    tiles.want(view, WIDTH, [0, 1])
    expect(asked.map(({ request }) => [request.startNs, request.endNs, request.lanes])).toEqual([
      [0, 1024, [0, 1]],
      [1024, 2048, [0, 1]],
      [-1024, 0, [0, 1]],
    ])
    for (const { give } of asked) give()
    await settled()
    tiles.want(view, WIDTH, [0, 1, 2])
    expect(asked.slice(3).map(({ request }) => request.lanes)).toEqual([[2], [2], [2]])
    expect(tiles.has(view, WIDTH, [0, 1])).toBe(true)
    expect(tiles.has(view, WIDTH, [2])).toBe(false)
  })

  test('never drops a tile that is being asked for, however many are wanted meanwhile', async () => {
    const { tiles, asked } = store()
    const first = { startNs: 0, endNs: WIDTH }
    tiles.want(first, WIDTH, [0])
    for (let at = 10; at < 400; at++) tiles.want({ startNs: at * WIDTH, endNs: (at + 1) * WIDTH }, WIDTH, [0])
    const before = asked.length
    tiles.want(first, WIDTH, [0])
    expect(asked.length).toBe(before) // still pending: not asked again
    asked[0]?.give()
    await settled()
    expect(tiles.has(first, WIDTH, [0])).toBe(true)
  })

  test('lets the one unused for longest go when it is full', async () => {
    const { tiles, asked } = store()
    const views = Array.from({ length: 120 }, (_, at) => ({ startNs: at * WIDTH, endNs: (at + 1) * WIDTH }))
    for (const view of views) {
      tiles.want(view, WIDTH, [0])
      for (const { give } of asked.splice(0)) give()
      await settled()
    }
    expect(tiles.has(views.at(-1) ?? { startNs: 0, endNs: 1 }, WIDTH, [0])).toBe(true)
    expect(tiles.has(views[0] ?? { startNs: 0, endNs: 1 }, WIDTH, [0])).toBe(false)
  })

  test('a coarser tile stands in until the right one is there, clipped to its place', async () => {
    const { tiles, asked } = store(({ startNs, endNs }) => cells([{ lane: 0, startNs, endNs }]))
    tiles.want({ startNs: 0, endNs: 8 * WIDTH }, WIDTH, [0])
    for (const { give } of asked.splice(0)) give()
    await settled()
    const clips: number[][] = []
    tiles.visit({ startNs: 0, endNs: WIDTH }, WIDTH, 0, (_, clip) => clips.push([clip.startNs, clip.endNs]))
    expect(clips).toEqual([[0, 1024]])
  })

  test('what failed is told, and asked for again', async () => {
    const { tiles, asked, failures, changes } = store()
    const view = { startNs: 0, endNs: WIDTH }
    tiles.want(view, WIDTH, [0])
    for (const { fail } of asked.splice(0)) fail(new Error('gone'))
    await settled()
    expect(failures).toHaveLength(3)
    expect(changes()).toBe(0)
    tiles.want(view, WIDTH, [0])
    expect(asked).toHaveLength(3)
  })

  test('cleared, it forgets all, stops what is asked for and says nothing of it', async () => {
    const { tiles, asked, failures, changes } = store()
    tiles.want({ startNs: 0, endNs: WIDTH }, WIDTH, [0])
    tiles.clear()
    expect(asked.every(({ signal }) => signal.aborted)).toBe(true)
    for (const { give, fail } of asked) {
      give()
      fail(new Error('late'))
    }
    await settled()
    expect([failures, changes()]).toEqual([[], 0])
  })
})

test('a level has at most one of the view’s pixels in its own, and more than half of one', () => {
  for (const span of [17, 1000, 1024, 5e6, 3.3e9]) {
    const level = levelOf({ startNs: 0, endNs: span }, 1000)
    expect(2 ** level).toBeLessThanOrEqual(span / 1000)
    expect(2 ** level).toBeGreaterThan(span / 2000)
  }
  expect(tileSpan(3, 2)).toEqual({ startNs: 2 * 8192, endNs: 3 * 8192 })
})

test('a lane’s rows are those of its number, also where there are none', () => {
  const rows = cells([1, 1, 4, 4, 4, 9].map((lane, at) => ({ lane, startNs: at, endNs: at + 1 })))
  const range = (lane: number) => {
    const { from, to } = laneRange(rows, lane)
    return [from, to]
  }
  expect([range(1), range(4), range(9), range(0), range(5)]).toEqual([
    [0, 2],
    [2, 5],
    [5, 6],
    [0, 0],
    [5, 5],
  ])
})
