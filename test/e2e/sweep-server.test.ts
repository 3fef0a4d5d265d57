import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { axeViolations, launchBrowser, openTab, screenshot } from '../helpers/browser.ts'
import { press, retype, tabTo, takeItem, takeRow } from '../helpers/keys.ts'
import { serverFolder, startServer, type TestServer } from '../helpers/serve.ts'
import { startTriton, type TestServer as Triton, withoutTriton } from '../helpers/triton/server.ts'

/** The whole way against a real Triton, without a mouse. Times are this machine's: only their relations are asserted. */
if (withoutTriton) console.log(`skipped: ${withoutTriton}`)

const SLOWEST_MS = 90_000

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

  /** From Home to the form of a sweep of `delay`, by way of the server page. */
  async function connectAndChoose(page: Page) {
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await tabTo(page, 'a[href="/server"]')
    await page.keyboard.press('Enter')
    await page.getByText('No server is connected.').or(page.getByText('What this server allows')).first().waitFor()
    await tabTo(page, 'input[placeholder^="localhost"]')
    await page.keyboard.press('Control+a')
    await page.keyboard.type(triton.httpUrl)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'What this server allows' }).waitFor()
    await takeRow(page, 'Models of the server', 'delay')
    await page.getByRole('heading', { name: 'delay', exact: true, level: 2 }).waitFor()
    await page
      .getByRole('img', { name: /^Request rate/ })
      .or(page.getByText('Nothing asked of it yet.'))
      .first()
      .waitFor()
  }

  /** Three short points, and the last of the form's fields reached. */
  async function fillForm(page: Page) {
    await page.getByRole('heading', { name: 'Load', exact: true }).waitFor()
    await retype(page, 'Concurrency', '1,2,4')
    const window = page.getByLabel('Window (ms)')
    await page.getByText('Measurement', { exact: true }).focus()
    while (!(await window.isVisible())) {
      await tabTo(page, 'summary')
      await page.keyboard.press('Enter')
    }
    await retype(page, 'Window (ms)', '400')
    await retype(page, 'Windows at most', '4')
    await page.getByText('3 points', { exact: true }).waitFor()
    const start = page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Start' })
    await expect.poll(() => start.isEnabled()).toBe(true)
  }

  async function exported(page: Page, item: string): Promise<string> {
    const download = page.waitForEvent('download')
    await press(page, 'Export')
    await takeItem(page, 'menuitem', item)
    return readFile(await (await download).path(), 'utf8')
  }

  test.for([
    'light',
    'dark',
  ] as const)('server page, sweep, live table, stacked chart, explanation and export by keyboard, %s', {
    timeout: 240_000,
  }, async theme => {
    const { page, complaints } = await openTab(browser, server.at('/'), { theme, width: 1280, height: 800 })
    await connectAndChoose(page)
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, `server-real-${theme}`)
    await tabTo(page, 'a[href^="/sweep?"]')
    await page.keyboard.press('Enter')
    await fillForm(page)
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, `sweep-real-form-${theme}`)
    await page.keyboard.press('Control+Enter')
    await page.waitForURL(/\/run\//)

    // Rows come one by one, each at once when its point is measured.
    await expect.poll(() => rows(page).count(), { timeout: SLOWEST_MS, interval: 50 }).toBe(1)
    expect(await page.getByRole('region', { name: 'Progress' }).count()).toBe(1)
    await expect.poll(() => rows(page).count(), { timeout: SLOWEST_MS }).toBe(3)
    await page.getByText('Done', { exact: true }).first().waitFor({ timeout: SLOWEST_MS })

    await tabTo(page, 'canvas')
    await page.keyboard.press('ArrowRight')
    await page.getByText(/^concurrency 1: client send [\d.]+ ms, [\d.]+ %$/).waitFor({ state: 'attached' })
    await tabTo(page, '[role=grid][aria-label="Points of the sweep"] [data-row]')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'One request at concurrency 1' }).waitFor()
    expect(await page.getByRole('tablist', { name: 'Steps of a request' }).getByRole('tab').count()).toBe(8)
    await tabTo(page, '[role=tab][aria-selected=true]')
    await page.keyboard.press('Home')
    await page
      .getByRole('tabpanel', { name: /Client send/ })
      .getByText('first byte')
      .waitFor()
    for (let step = 0; step < 4; step++) await page.keyboard.press('ArrowRight')
    await page.getByRole('tabpanel', { name: /Compute infer/ }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, `sweep-real-run-${theme}`)

    const csv = await exported(page, 'Save as perf_analyzer CSV')
    expect(csv).toMatch(/^Concurrency,Inferences\/Second,Client Send/)
    expect(
      csv
        .trim()
        .split('\n')
        .map(line => line.split(',')[0]),
    ).toEqual(['Concurrency', '1', '2', '4'])
    // The model sleeps 5 ms: the file is in microseconds.
    const infer = csv.split('\n')[0]?.split(',').indexOf('Server Compute Infer') ?? -1
    expect(Number(csv.split('\n')[1]?.split(',')[infer])).toBeGreaterThan(4900)
    const markdown = await exported(page, 'Save as Markdown')
    expect(markdown).toMatch(/\| *Batch *\|.*Concurrency/)
    expect(complaints).toEqual([])
  })

  test('a port where nobody listens is told with what to do, and the form stays', async () => {
    const { page } = await openTab(browser, server.at('/sweep?url=http%3A%2F%2F127.0.0.1%3A9&model=delay'))
    await page.getByRole('alert').filter({ hasText: 'The server did not answer' }).waitFor()
    expect(await page.getByLabel('Address', { exact: true }).inputValue()).toBe('http://127.0.0.1:9')
  })
})
