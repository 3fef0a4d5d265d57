import { expect, test } from 'vitest'
import type { RunEvent } from '#domain/run.ts'
import { RunFeed } from '../../src-main/jobs/run-feed.ts'

async function collect(events: AsyncIterable<RunEvent>): Promise<RunEvent[]> {
  const all: RunEvent[] = []
  for await (const event of events) all.push(event)
  return all
}

test('two watchers, one early and one late, see the same numbered events', async () => {
  const feed = new RunFeed()
  const early = collect(feed.watch(-1))
  feed.emit({ type: 'status', status: 'running' })
  await Promise.resolve()
  feed.emit({ type: 'notice', notice: { level: 'info', text: 'a' } })
  feed.end('done')
  const late = await collect(feed.watch(-1))
  expect(await early).toEqual(late)
  expect(late.map(event => event.seq)).toEqual([0, 1, 2])
})

test('who reconnects with the last number misses nothing and gets nothing twice', async () => {
  const feed = new RunFeed()
  feed.emit({ type: 'status', status: 'running' })
  feed.emit({ type: 'notice', notice: { level: 'info', text: 'a' } })
  feed.end('done')
  expect((await collect(feed.watch(0))).map(event => event.seq)).toEqual([1, 2])
})

test('old progress is not replayed: only the latest', async () => {
  const feed = new RunFeed()
  for (let index = 0; index < 100; index++) feed.emit({ type: 'progress', progress: { phase: `p${index}` } })
  feed.end('done')
  const events = await collect(feed.watch(-1))
  expect(events.map(event => event.type)).toEqual(['progress', 'ended'])
  expect(events[0]).toMatchObject({ seq: 99, progress: { phase: 'p99' } })
})

test('a watcher that left holds nothing back', async () => {
  const feed = new RunFeed()
  const stop = new AbortController()
  const watching = collect(feed.watch(-1, stop.signal))
  stop.abort()
  expect(await watching).toEqual([])
})

test('nothing comes after the end', async () => {
  const feed = new RunFeed()
  feed.end('cancelled')
  feed.emit({ type: 'status', status: 'running' })
  expect((await collect(feed.watch(-1))).map(event => event.type)).toEqual(['ended'])
})
