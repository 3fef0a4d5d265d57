import { expect, test } from 'vitest'
import { CATEGORY } from '../../src-main/domain/trace-category.ts'
import { TraceBuilder } from '../../src-main/traces/builder.ts'
import type { TraceIndex } from '../../src-main/traces/define.ts'
import { openIndex } from '../../src-main/traces/open-index.ts'
import { MemoryStorage } from '../helpers/memory-storage.ts'

const { op, runtime, sync, kernel, memcpy, annotation } = CATEGORY

function built(storage: MemoryStorage, builder: TraceBuilder) {
  const manifest = builder.finish()
  const index = openIndex(storage)
  const sources = [...index.read('source', 0, manifest.slices)]
  return { manifest, index, at: (source: number) => sources.indexOf(source) }
}

/** A thread and a stream; sources number the slices that are told. */
function scene() {
  const storage = new MemoryStorage()
  const builder = new TraceBuilder(storage)
  const thread = builder.track('thread', { kind: 'thread', title: 'thread', group: 'cpu' })
  const stream = builder.track('stream', { kind: 'stream', title: 'stream', group: 'GPU 0', device: 0 })
  const tell = (
    track: number,
    startNs: number,
    durationNs: number,
    category: number,
    source: number,
    { correlation = 0, operator = 0, detail = 0 } = {},
  ) =>
    builder.slice(
      track,
      startNs,
      durationNs,
      builder.name(`n${source}`),
      category,
      correlation,
      operator,
      detail,
      source,
    )
  return { builder, thread, stream, tell, done: () => built(storage, builder) }
}

const linkOf = (index: TraceIndex, slice: number) => index.at('link', slice) - 1

test('device work points to the call that launched it, and the call to all it launched, in start order', () => {
  const { thread, stream, tell, done } = scene()
  tell(stream, 500, 10, kernel, 20, { correlation: 9 })
  tell(stream, 300, 10, kernel, 21, { correlation: 9 }) // one graph launch, three kernels
  tell(stream, 400, 10, memcpy, 22, { correlation: 9 })
  tell(stream, 450, 10, kernel, 23, { correlation: 4 })
  tell(thread, 100, 10, runtime, 10, { correlation: 9 })
  tell(thread, 120, 10, sync, 11, { correlation: 4 })
  tell(thread, 90, 100, op, 12, { correlation: 9 }) // no call, whatever it says
  const { index, manifest, at } = done()
  expect([20, 21, 22].map(source => linkOf(index, at(source)))).toEqual([at(10), at(10), at(10)])
  expect(linkOf(index, at(23))).toBe(at(11))
  expect(index.launchedBy(at(10))).toEqual([at(21), at(22), at(20)])
  expect(index.launchedBy(at(11))).toEqual([at(23)])
  expect(index.launchedBy(at(12))).toEqual([])
  expect([manifest.linked, manifest.unlinked]).toEqual([4, 0])
})

test('work launched before the recording, or without a correlation, has no launch and is counted', () => {
  const { thread, stream, tell, done } = scene()
  tell(stream, 10, 5, kernel, 1, { correlation: 77 })
  tell(stream, 20, 5, kernel, 2)
  tell(thread, 0, 5, runtime, 3, { correlation: 78 })
  tell(thread, 6, 5, runtime, 4)
  const { index, manifest, at } = done()
  expect([linkOf(index, at(1)), linkOf(index, at(2))]).toEqual([-1, -1])
  expect([manifest.linked, manifest.unlinked]).toEqual([0, 2])
  expect(index.at('detail', at(1))).toBe(0)
})

test('equal correlations of two processes do not meet', () => {
  const storage = new MemoryStorage()
  const builder = new TraceBuilder(storage)
  for (const [at, scope] of ['a', 'b'].entries()) {
    const thread = builder.track(`t${scope}`, { kind: 'thread', title: scope, group: scope, linkScope: scope })
    const stream = builder.track(`s${scope}`, { kind: 'stream', title: scope, group: scope, linkScope: scope })
    builder.slice(stream, 100, 10, builder.name('k'), kernel, 5, 0, 0, at * 10)
    if (scope === 'b') builder.slice(thread, 0, 10, builder.name('l'), runtime, 5, 0, 0, at * 10 + 1)
  }
  const { index, manifest, at } = built(storage, builder)
  expect([manifest.linked, manifest.unlinked]).toEqual([1, 1])
  expect(linkOf(index, at(0))).toBe(-1)
  expect(linkOf(index, at(10))).toBe(at(11))
})

test.each([
  ['small and dense', (id: number) => id],
  ['far apart', (id: number) => id * 1e9 + 1],
  ['beyond 32 bits', (id: number) => 2 ** 40 + id],
  ['negative', (id: number) => -id],
])('correlations may be %s', (_, correlationOf) => {
  const { thread, stream, tell, done } = scene()
  for (let id = 1; id <= 50; id++) {
    tell(thread, id * 10, 5, runtime, id, { correlation: correlationOf(id) })
    tell(stream, 5000 - id * 10, 5, kernel, 100 + id, { correlation: correlationOf(id) })
  }
  const { index, at } = done()
  for (let id = 1; id <= 50; id++) expect(linkOf(index, at(100 + id))).toBe(at(id))
})

test('of two calls with one correlation the outer one launched the work', () => {
  const { thread, stream, tell, done } = scene()
  tell(thread, 2, 5, runtime, 2, { correlation: 1 })
  tell(thread, 0, 10, runtime, 1, { correlation: 1 })
  tell(stream, 20, 5, kernel, 3, { correlation: 1 })
  const { index, at } = done()
  expect(linkOf(index, at(3))).toBe(at(1))
})

test('device work knows its op: the one it names, the one its call names, else the deepest around the launch', () => {
  const { thread, stream, tell, done } = scene()
  tell(thread, 0, 100, op, 1, { operator: 11 })
  tell(thread, 10, 50, op, 2, { operator: 12 })
  tell(thread, 12, 5, runtime, 3, { correlation: 1 })
  tell(thread, 20, 5, runtime, 4, { correlation: 2, operator: 11 })
  tell(thread, 30, 5, runtime, 5, { correlation: 3 })
  tell(thread, 70, 5, runtime, 6, { correlation: 4 })
  tell(thread, 200, 5, runtime, 7, { correlation: 5 })
  tell(stream, 300, 5, kernel, 23, { correlation: 1, operator: 11 })
  tell(stream, 310, 5, kernel, 24, { correlation: 2 })
  tell(stream, 320, 5, kernel, 25, { correlation: 3, operator: 999 }) // an op that is not in the trace
  tell(stream, 330, 5, kernel, 26, { correlation: 4 })
  tell(stream, 340, 5, kernel, 27, { correlation: 5 })
  const { index, at } = done()
  expect([23, 24, 25, 26, 27].map(source => index.at('detail', at(source)) - 1)).toEqual([
    at(1),
    at(1),
    at(2),
    at(1),
    -1,
  ])
})

test('the detail of anything but device work is the text told with it', () => {
  const { builder, thread, tell, done } = scene()
  tell(thread, 0, 10, op, 1, { detail: builder.name('[[8, 3]]'), operator: 5 })
  tell(thread, 0, 2, annotation, 2)
  const { index, at } = done()
  expect(index.name(index.at('detail', at(1)))).toBe('[[8, 3]]')
  expect(index.at('detail', at(2))).toBe(0)
})

test('a backward op points to its forward op: both ends of a flow are the innermost ops around them', () => {
  const { builder, thread: forward, tell, done } = scene()
  const backward = builder.track('b', { kind: 'thread', title: 'b', group: 'cpu' })
  tell(forward, 0, 100, op, 1)
  tell(forward, 10, 50, op, 2)
  tell(forward, 10, 20, runtime, 3)
  tell(backward, 500, 40, annotation, 4)
  tell(backward, 510, 20, op, 5)
  builder.flow('fwdbwd', '7', 'end', backward, 510) // the file may have the end first
  builder.flow('fwdbwd', '7', 'start', forward, 10)
  builder.flow('fwdbwd', '8', 'start', forward, 300) // nothing there
  builder.flow('fwdbwd', '8', 'end', backward, 510)
  builder.flow('fwdbwd', '9', 'end', backward, 510) // no start at all
  const { index, at } = done()
  expect([1, 2, 3, 4, 5].map(source => linkOf(index, at(source)))).toEqual([-1, -1, -1, -1, at(2)])
})
