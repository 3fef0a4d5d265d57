import { expect, test } from 'vitest'
import { EngineError } from '#domain/errors.ts'
import type { RunEvent } from '#domain/run.ts'
import { type Job, JobQueue } from '../../src-main/jobs/job-queue.ts'
import { RunFeed } from '../../src-main/jobs/run-feed.ts'

interface ScriptedJob extends Job {
  statuses: string[]
  release(): void
  fail(error: unknown): void
}

/** A job that runs until it is released, fails or is aborted. */
function scripted(id: string, heavy = true): ScriptedJob {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const statuses: string[] = []
  return {
    id,
    heavy,
    feed: new RunFeed(),
    statuses,
    execute(signal) {
      signal.addEventListener('abort', () => reject(signal.reason))
      return promise
    },
    settle: status => void statuses.push(status),
    release: resolve,
    fail: reject,
  }
}

async function events(feed: RunFeed): Promise<RunEvent[]> {
  const all: RunEvent[] = []
  for await (const event of feed.watch(-1)) all.push(event)
  return all
}

test('heavy jobs run one after another, in order, and the waiting one knows its place', async () => {
  const queue = new JobQueue()
  const [first, second] = [scripted('a'), scripted('b')]
  queue.enqueue(first)
  queue.enqueue(second)
  expect([first.statuses, second.statuses]).toEqual([['running'], []])
  first.release()
  await queue.finished('a')
  expect(second.statuses).toEqual(['running'])
  second.release()
  await queue.finished('b')
  expect(second.statuses).toEqual(['running', 'done'])
  expect((await events(second.feed))[0]).toMatchObject({ type: 'status', status: 'queued', queuePosition: 0 })
})

test('light jobs do not wait for a heavy one', () => {
  const queue = new JobQueue()
  const [heavy, light] = [scripted('a'), scripted('b', false)]
  queue.enqueue(heavy)
  queue.enqueue(light)
  expect(light.statuses).toEqual(['running'])
})

test('a queued job is cancelled without ever running', async () => {
  const queue = new JobQueue()
  const [first, second] = [scripted('a'), scripted('b')]
  queue.enqueue(first)
  queue.enqueue(second)
  await queue.cancel('b')
  expect(second.statuses).toEqual(['cancelled'])
  first.release()
  await queue.finished('a')
  expect(second.statuses).toEqual(['cancelled'])
})

test('a running job is told to stop and ends as cancelled, not as failed', async () => {
  const queue = new JobQueue()
  const job = scripted('a')
  queue.enqueue(job)
  await queue.cancel('a')
  expect(job.statuses).toEqual(['running', 'cancelled'])
  expect((await events(job.feed)).at(-1)).toMatchObject({ type: 'ended', status: 'cancelled' })
})

test('a failure is told with its code, and the next job still runs', async () => {
  const queue = new JobQueue()
  const [first, second] = [scripted('a'), scripted('b')]
  queue.enqueue(first)
  queue.enqueue(second)
  first.fail(new EngineError('CHILD_DIED', 'SIGSEGV', { hint: 'try fewer threads' }))
  await queue.finished('a')
  expect((await events(first.feed)).at(-1)).toMatchObject({
    type: 'ended',
    status: 'failed',
    error: { code: 'CHILD_DIED', hint: 'try fewer threads' },
  })
  expect(second.statuses).toEqual(['running'])
})

test('watchers hear of the end even when the session cannot take it', async () => {
  const queue = new JobQueue()
  const job = scripted('a')
  job.settle = status => {
    if (status === 'done') throw new EngineError('DISK_FULL', 'No space left')
  }
  queue.enqueue(job)
  job.release()
  await queue.finished('a')
  expect((await events(job.feed)).at(-1)).toMatchObject({ status: 'failed', error: { code: 'DISK_FULL' } })
})
