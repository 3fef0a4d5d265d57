import { ORPCError } from '@orpc/client'
import { expect, test } from 'vitest'
import { Connection, connectPort, type Link, retryDelayMs } from '../../src-renderer/connection.ts'
import { connection, engine, follow } from '../../src-renderer/engine.ts'
import { failureOf, failureText, isAbort } from '../../src-renderer/failure.ts'
import { EngineDouble } from './harness/engine-double.ts'

const link: Link = { call: async () => undefined }

test('a call made while the connection is away waits for the next link', async () => {
  const away = new Connection()
  const waiting = away.link()
  away.open(link)
  expect(await waiting).toBe(link)
  away.lose()
  expect(away.state).toBe('lost')
})

test('a call that waits ends when it is aborted', async () => {
  const away = new Connection()
  const stop = new AbortController()
  const waiting = away.link(stop.signal)
  stop.abort(new Error('left the page'))
  await expect(waiting).rejects.toThrow('left the page')
  away.open(link)
})

test('retries wait longer each time, up to five seconds', () => {
  expect([0, 1, 2, 3, 4, 5, 20].map(retryDelayMs)).toEqual([250, 500, 1000, 2000, 4000, 5000, 5000])
})

/** A window that only carries messages; ports arrive as the preload posts them. */
function pageWith(double: EngineDouble) {
  const page = new EventTarget()
  const sendPort = () => {
    const event = Object.assign(new Event('message'), {
      data: 'batchscope:engine-port',
      source: page,
      ports: [double.connect()],
    })
    page.dispatchEvent(event)
  }
  return { page: page as unknown as Window, sendPort } // the parts of a window that connectPort uses
}

test('calls go over the port, errors keep their code and data, and a new port ends what hung on the old one', async () => {
  const double = new EngineDouble({ session: true })
  const { page, sendPort } = pageWith(double)
  connectPort(connection, { requestEnginePort: sendPort }, page)
  expect((await engine.settings.get()).theme).toBe('system')

  const refused = await engine.sessions.open({ path: '/gone.bscope' }).catch((thrown: unknown) => thrown)
  expect(failureOf(refused)).toEqual({
    code: 'FILE_NOT_FOUND',
    message: 'There is no such file.',
    where: '/gone.bscope',
  })

  const seen: string[] = []
  const stop = new AbortController()
  const watching = (async () => {
    const events = follow(signal => engine.sessions.watch({ sessionId: 's1' }, { signal }), stop.signal)
    for await (const event of events) seen.push(event.type)
  })()
  await expect.poll(() => double.watcherCount).toBe(1)
  double.emit({ type: 'run-removed', runId: 'run1' })
  await expect.poll(() => seen.length).toBe(1)
  sendPort() // the engine process was started again
  await expect.poll(() => double.watcherCount).toBeGreaterThan(0)
  await expect
    .poll(() => {
      double.emit({ type: 'run-removed', runId: 'run2' })
      return seen.length
    })
    .toBeGreaterThan(1)
  stop.abort()
  await watching
})

test('any thrown value can be shown, and shows what is known', () => {
  const engineError = new ORPCError('DISK_FULL', {
    message: 'The disk is full.',
    data: { hint: 'Free some space.', detail: 'ENOSPC' },
  })
  expect(failureOf(engineError)).toEqual({
    code: 'DISK_FULL',
    message: 'The disk is full.',
    hint: 'Free some space.',
    detail: 'ENOSPC',
  })
  expect(failureOf('plain text')).toMatchObject({ code: 'PAGE', message: 'plain text' })
  const stored = { code: 'TIMEOUT' as const, message: 'Too slow', where: 'batch 8' }
  expect(failureOf(stored)).toBe(stored)
  expect(failureText(stored)).toBe('TIMEOUT: Too slow\nWhere: batch 8')
  const aborted = new DOMException('stop', 'AbortError')
  expect(isAbort(aborted)).toBe(true)
  expect(failureOf(aborted).code).toBe('CANCELLED')
})
