import { describe, expect, test, vi } from 'vitest'
import { TO_PAGE } from '../../electron/channels.ts'
import { type EngineDeath, EngineHost } from '../../electron/engine-host.ts'
import { ElectronDouble } from '../doubles/electron.ts'
import { WebContentsDouble } from '../doubles/electron-window.ts'

function engineHost() {
  const electron = new ElectronDouble({ userData: '/none' })
  electron.app.becomeReady()
  const deaths: EngineDeath[] = []
  const host = new EngineHost({
    fork: () => electron.utilityProcess.fork('/engine.js'),
    MessageChannelMain: electron.MessageChannelMain,
    onDeath: death => deaths.push(death),
  })
  return { electron, host, deaths }
}

describe('ports', () => {
  test('page and engine get the two ends of one channel', () => {
    const { electron, host } = engineHost()
    host.start()
    const page = new WebContentsDouble()
    host.connect(page)
    const [toEngine] = electron.engine.received
    const [toPage] = page.posted
    expect(toEngine?.message).toEqual({ type: 'connect' })
    expect(toPage?.channel).toBe(TO_PAGE.enginePort)
    expect([toEngine?.ports.length, toPage?.ports.length]).toEqual([1, 1])
    expect(toEngine?.ports[0]).not.toBe(toPage?.ports[0])
  })

  test('each request gets a channel of its own', () => {
    const { electron, host } = engineHost()
    host.start()
    const page = new WebContentsDouble()
    host.connect(page)
    host.connect(page)
    expect(new Set(electron.engine.received.flatMap(({ ports }) => ports)).size).toBe(2)
  })

  test('without an engine the page waits; it gets its port after the next start', () => {
    const { electron, host } = engineHost()
    const page = new WebContentsDouble()
    host.connect(page)
    expect(page.posted).toEqual([])
    host.start()
    host.start()
    host.connect(page)
    expect([electron.engines.length, page.posted.length]).toEqual([1, 1])
  })
})

describe('an engine that dies', () => {
  test('is reported with its exit code and its last words, cut characters put together', () => {
    const { electron, host, deaths } = engineHost()
    host.start()
    const words = new TextEncoder().encode('segfault in ünicode\n')
    electron.engine.stderr.emit('data', words.subarray(0, 13))
    electron.engine.stderr.emit('data', words.subarray(13))
    electron.engine.exit(139)
    expect(deaths).toEqual([{ exitCode: 139, detail: 'segfault in ünicode' }])
  })

  test('keeps only the end of long last words', () => {
    const { electron, host, deaths } = engineHost()
    host.start()
    electron.engine.stderr.emit('data', new TextEncoder().encode(`${'x'.repeat(100_000)}END`))
    electron.engine.exit(1)
    expect(deaths[0]?.detail).toHaveLength(4000)
    expect(deaths[0]?.detail.endsWith('END')).toBe(true)
  })

  test('before it came up says why it could not start, once', () => {
    const { electron, host, deaths } = engineHost()
    host.start()
    electron.engine.emit('message', { type: 'ready' })
    electron.engine.emit('message', { type: 'failed', message: 'no settings folder', detail: 'at settings.ts' })
    expect(electron.engine.killed).toBe(true)
    expect(deaths).toEqual([{ exitCode: 15, startFailure: 'no settings folder', detail: 'at settings.ts' }])
  })

  test('can be started again', () => {
    const { electron, host, deaths } = engineHost()
    host.start()
    electron.engine.exit(1)
    host.start()
    expect([electron.engines.length, deaths.length]).toEqual([2, 1])
  })
})

describe('shutdown', () => {
  test('asks the engine and waits until it has ended; that is no death', async () => {
    const { electron, host, deaths } = engineHost()
    host.start()
    let over = false
    const done = host.shutdown().then(() => {
      over = true
    })
    expect(electron.engine.received.at(-1)?.message).toEqual({ type: 'shutdown' })
    await Promise.resolve()
    expect(over).toBe(false)
    electron.engine.exit(0)
    await done
    expect([deaths, electron.engine.killed]).toEqual([[], false])
  })

  test('ends an engine that does not answer within the limit', async () => {
    vi.useFakeTimers()
    try {
      const { electron, host } = engineHost()
      host.start()
      const done = host.shutdown(4000)
      await vi.advanceTimersByTimeAsync(3999)
      expect(electron.engine.killed).toBe(false)
      await vi.advanceTimersByTimeAsync(1)
      await done
      expect(electron.engine.killed).toBe(true)
    } finally {
      vi.useRealTimers()
    }
  })

  test('without an engine is over at once, and none is started after it', async () => {
    const { electron, host } = engineHost()
    await host.shutdown()
    host.start()
    expect(electron.engines).toEqual([])
  })
})
