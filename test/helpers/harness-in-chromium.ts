import type { Browser } from 'playwright'
import { afterAll, beforeAll } from 'vitest'
import { buildHarness, serveHarness } from '../renderer/harness/serve.ts'
import { launchBrowser, openTab, type Tab, type TabLook } from './browser.ts'

const BUILD_MOST_MS = 120_000

/**
 * The page over its engine double, and the gallery, in a real Chromium, from before the first test of the calling file
 * until after its last.
 * @returns what opens a tab at an address in it, as "/run/run1?session", and waits for its heading
 */
export function harnessInChromium(): (path: string, look?: TabLook) => Promise<Tab> {
  let browser: Browser | undefined
  let harness: Awaited<ReturnType<typeof serveHarness>> | undefined
  beforeAll(async () => {
    browser = await launchBrowser()
    harness = await serveHarness(await buildHarness())
  }, BUILD_MOST_MS)
  afterAll(async () => {
    await browser?.close()
    await harness?.close()
  })
  return async (path, look) => {
    if (browser === undefined || harness === undefined) throw new Error('Open tabs in tests: there is no browser yet')
    const tab = await openTab(browser, harness.address + path, look)
    await tab.page.getByRole('heading', { level: 1 }).first().waitFor({ state: 'attached' })
    return tab
  }
}
