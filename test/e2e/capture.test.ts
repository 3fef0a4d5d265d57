import { existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findProgram } from '../../native-tools/find-program.ts'
import { nsys } from '../../native-tools/nsys.ts'
import { axeViolations, launchBrowser, openTab, screenshot } from '../helpers/browser.ts'
import { serverFolder, startServer, type TestServer } from '../helpers/serve.ts'

const nsysHere = await nsys.find({})
if (!nsysHere.ready) console.warn(`Skipped: ${nsysHere.why}: run test/helpers/nsys/install-nsys.sh`)
const python = findProgram({ names: ['python3', 'python'] })

/** The form of a capture through the real page: filled, planned, started, stopped. */
const { folder, remove } = serverFolder()
let server: TestServer
let browser: Browser
beforeAll(async () => {
  // The server has another home in tests: nsys is given by PATH.
  process.env.PATH = `${dirname(nsysHere.path ?? '/')}:${process.env.PATH}`
  ;[server, browser] = await Promise.all([startServer(folder), launchBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  remove()
})

/** A button that has just been switched on or off fades for a moment. */
const settled = (page: Page) => page.waitForTimeout(500)
const plan = (page: Page) => page.getByRole('complementary', { name: 'Plan' })

describe.each(['light', 'dark'] as const)('New capture, %s', theme => {
  test('shows both profilers with every option, by keyboard too, and has nothing against it for axe', async () => {
    const { page, complaints } = await openTab(browser, server.at('/'), { width: 1280, height: 900, theme })
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await page.keyboard.press('Alt+c')
    await page.getByRole('heading', { name: 'New capture', level: 1 }).waitFor()
    await page.getByText('Name the program to profile').waitFor()
    await page.getByLabel('Command').fill(`${python} train.py | tee log`)
    await page.getByText('No shell reads this: "|"').waitFor()
    await plan(page).getByText('batchscope capture nsys').waitFor({ timeout: 30_000 })
    await settled(page)
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, `new-capture-nsys-${theme}`)
    await page.getByRole('radio', { name: 'torch.profiler' }).click()
    await page.getByRole('radio', { name: 'Function' }).click()
    await page.getByLabel('Function', { exact: true }).fill('forward')
    await page.getByLabel('Input shapes').fill('8,three')
    await page.getByText('A line an input, sizes with the batch first').first().waitFor()
    await page.getByLabel('Input shapes').fill('8,3')
    await plan(page).getByText('An entry looks like package.module:function').first().waitFor({ timeout: 30_000 })
    await settled(page)
    expect(await axeViolations(page)).toEqual([])
    await screenshot(page, `new-capture-torch-${theme}`)
    expect(complaints).toEqual([])
  })
})

test.skipIf(!nsysHere.ready)('a capture is planned, started with its key, stopped, and kept', async () => {
  const { page, complaints } = await openTab(browser, server.at('/capture'), { width: 1280, height: 900 })
  const ready = join(folder, 'ready')
  const program = join(folder, 'endless program.py')
  writeFileSync(program, `import time\nopen(${JSON.stringify(ready)}, "w").close()\nwhile True: time.sleep(0.01)\n`)
  await page.getByLabel('Command').fill(`${python} "${program}"`)
  await expect
    .poll(() => plan(page).getByRole('button', { name: 'Capture' }).isEnabled(), { timeout: 30_000 })
    .toBe(true)
  await plan(page).getByText('What is started').click()
  await plan(page).getByText('--trace=cuda,nvtx,osrt,cudnn,cublas').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/run\//)
  await page.getByRole('button', { name: 'Stop and keep' }).waitFor({ timeout: 30_000 })
  await expect.poll(() => existsSync(ready), { timeout: 30_000 }).toBe(true)
  await page.waitForTimeout(1000)
  await screenshot(page, 'capture-running')
  await page.getByRole('button', { name: 'Stop and keep' }).click()
  const [run] = (await server.client.sessions.get({ sessionId: await sessionId() })).runs
  await expect
    .poll(async () => (await server.client.runs.get({ sessionId: await sessionId(), runId: run?.id ?? '' })).status, {
      timeout: 60_000,
    })
    .toBe('done')
  const trace = await server.client.traces.summary({ sessionId: await sessionId(), runId: run?.id ?? '' })
  expect(trace.osCalls.map(({ name }) => name)).toContain('clock_nanosleep')
  await page.getByText('Stopped early').first().waitFor({ state: 'attached' })
  await screenshot(page, 'capture-done')
  expect(complaints).toEqual([])
})

async function sessionId(): Promise<string> {
  const [open] = await server.client.sessions.opened()
  if (open === undefined) throw new Error('no session is open')
  return open.info.sessionId
}
