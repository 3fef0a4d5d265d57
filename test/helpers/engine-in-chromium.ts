import type { Browser } from 'playwright'
import { afterAll, beforeAll } from 'vitest'
import { launchBrowser, openTab, type Tab, type TabLook } from './browser.ts'
import { serverFolder, startServer, type TestServer } from './serve.ts'

export interface EngineInChromium {
  /** Where the engine keeps its data and sessions; gone after the last test. */
  folder: string
  /** A tab on the served page: '/' by default, with the token. */
  open(path?: string, look?: TabLook): Promise<Tab>
  /** A tab on a page of another server. */
  openUrl(url: string, look?: TabLook): Promise<Tab>
  /** Ends the engine, does `meanwhile`, and starts it again on the same folder. */
  restart(meanwhile?: () => void): Promise<void>
  server(): TestServer
}

/** The real engine behind `serve` and a real Chromium, from before the first test of the calling file until after its last. */
export function engineInChromium(): EngineInChromium {
  const { folder, remove } = serverFolder()
  let server: TestServer | undefined
  let browser: Browser | undefined
  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(folder), launchBrowser()])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    remove()
  })
  const started = () => {
    if (server === undefined || browser === undefined) throw new Error('Ask in tests: nothing is started yet')
    return { server, browser }
  }
  return {
    folder,
    open: (path = '/', look) => openTab(started().browser, started().server.at(path), look),
    openUrl: (url, look) => openTab(started().browser, url, look),
    async restart(meanwhile) {
      await started().server.stop()
      meanwhile?.()
      server = await startServer(folder)
    },
    server: () => started().server,
  }
}
