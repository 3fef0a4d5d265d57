import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations, launchBrowser, openTab, screenshot } from '../helpers/browser.ts'
import { serverFolder, startServer, type TestServer } from '../helpers/serve.ts'
import { startTriton, type TestServer as Triton, withoutTriton } from '../helpers/triton/server.ts'

/** The whole way against a real Triton, without a mouse. Times are this machine's: only their relations are asserted. */
if (withoutTriton) console.log(`skipped: ${withoutTriton}`)

describe.skipIf(withoutTriton)('a real server', () => {
  const { folder, remove } = serverFolder()
  let server: TestServer
  let browser: Browser
  let triton: Triton

  beforeAll(async () => {
    ;[server, browser, triton] = await Promise.all([
      startServer(folder),
      launchBrowser(),
      startTriton({ load: ['identity_fp32', 'delay'] }),
    ])
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    await triton?.stop()
    remove()
  })

  const rows = (page: Page) =>
    page.getByRole('grid', { name: 'Points of the sweep' }).locator('tbody tr[aria-rowindex]')

  /** Tab until the focused element fits. */
  async function tabTo(page: Page, selector: string, most = 150): Promise<void> {
    for (let press = 0; press < most; press++) {
      await page.keyboard.press('Tab')
      if (await page.evaluate(wanted => document.activeElement?.matches(wanted) === true, selector)) return
    }
    throw new Error(`Tab never reached ${selector}`)
  }

  /** What a person types over a field that is focused. */
  async function retype(page: Page, label: string, text: string): Promise<void> {
    await page.getByLabel(label, { exact: true }).focus()
    await page.keyboard.press('Control+a')
    await page.keyboard.type(text)
  }

  test('connect, sweep, live table, stacked chart, explanation and export by keyboard', async () => {
    const { page, complaints } = await openTab(browser, server.at('/'), { width: 1360, height: 860 })
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await page.keyboard.press('Alt+s')
    await page.getByRole('heading', { name: 'New sweep' }).waitFor()
    await tabTo(page, 'input[placeholder^="localhost"]')
    await page.keyboard.type(triton.httpUrl)
    await page.keyboard.press('Enter')
    await page.getByText(/^triton 2\./).waitFor()

    const model = page.getByRole('grid', { name: 'Models of the server' }).getByText('delay', { exact: true })
    await tabTo(page, '[role=grid][aria-label="Models of the server"] [data-row]')
    for (
      let step = 0;
      step < 10 &&
      !(await model.evaluate(
        cell => cell.contains(document.activeElement) || document.activeElement?.contains(cell) === true,
      ));
      step++
    )
      await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Load', exact: true }).waitFor()
    await retype(page, 'Concurrency', '1,2,4')
    await page.getByText('Measurement', { exact: true }).focus()
    await tabTo(page, 'summary')
    while (!(await page.getByLabel('Window (ms)').isVisible())) {
      await page.keyboard.press('Enter')
      if (!(await page.getByLabel('Window (ms)').isVisible())) await tabTo(page, 'summary')
    }
    await retype(page, 'Window (ms)', '400')
    await retype(page, 'Windows at most', '4')
    await page.getByText('3 points', { exact: true }).waitFor()
    const start = page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Start' })
    await expect.poll(() => start.isEnabled()).toBe(true)
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, 'sweep-real-form')
    await page.keyboard.press('Control+Enter')
    await page.waitForURL(/\/run\//)

    const counts: number[] = []
    await expect
      .poll(async () => counts.push(await rows(page).count()) && counts.at(-1), { timeout: 60_000, interval: 100 })
      .toBe(3)
    expect(counts.some(count => count > 0 && count < 3)).toBe(true)
    await page.getByText('Done', { exact: true }).first().waitFor({ timeout: 30_000 })

    await tabTo(page, 'canvas')
    await page.keyboard.press('ArrowRight')
    await page.getByText(/^concurrency 1: client send [\d.]+ ms, [\d.]+ %$/).waitFor({ state: 'attached' })
    await tabTo(page, '[role=grid][aria-label="Points of the sweep"] [data-row]')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'One request at concurrency 1' }).waitFor()
    // The model sleeps: its own step is the longest, and the one explained at first.
    await page.getByRole('tabpanel', { name: /Compute infer/ }).waitFor()
    await tabTo(page, '[role=tab][aria-selected=true]')
    await page.keyboard.press('Home')
    await page
      .getByRole('tabpanel', { name: /Client send/ })
      .getByText('first byte')
      .waitFor()
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, 'sweep-real-run')

    const download = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Export' }).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem', { name: 'Save as perf_analyzer CSV' }).waitFor()
    await page.keyboard.type('Save as perf')
    await page.keyboard.press('Enter')
    const csv = await readFile(await (await download).path(), 'utf8')
    expect(csv).toContain('Concurrency,Inferences/Second,Client Send')
    expect(complaints).toEqual([])
  }, 180_000)

  test('a port where nobody listens is told with what to do, and the form stays', async () => {
    const { page } = await openTab(browser, server.at('/sweep?url=http%3A%2F%2F127.0.0.1%3A9&model=delay'))
    await page.getByRole('alert').filter({ hasText: 'The server did not answer' }).waitFor()
    expect(await page.getByLabel('Address', { exact: true }).inputValue()).toBe('http://127.0.0.1:9')
  })
})
