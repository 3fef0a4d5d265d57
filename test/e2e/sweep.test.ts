import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'
import { press, tabTo, takeItem } from '../helpers/keys.ts'

/** The sweep in the page, in real Chromium over the engine double; the real server: sweep-server.test.ts. */
const app = harnessInChromium()

const rows = (page: Page) => page.getByRole('grid', { name: 'Points of the sweep' }).locator('tbody tr[aria-rowindex]')

test('from an address to an exported table without a mouse', async () => {
  const { page, complaints } = await app('/?session')
  await page.keyboard.press('Alt+s')
  await page.getByRole('heading', { name: 'New sweep' }).waitFor()
  await tabTo(page, 'input[placeholder^="localhost"]')
  await page.keyboard.type('localhost:8000')
  await page.keyboard.press('Enter')
  await page.getByText(/^triton 2\.51/).waitFor()

  await tabTo(page, '[data-row="0"]')
  for (let row = 0; row < 4; row++) await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Load', exact: true }).waitFor()
  await page.getByText('3 points', { exact: true }).waitFor()
  const start = page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Start' })
  await expect.poll(() => start.isEnabled()).toBe(true)
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/run\/sweep-live/)

  await expect.poll(() => rows(page).count(), { timeout: 10_000 }).toBe(3)
  await page.getByText('Done', { exact: true }).first().waitFor()

  await tabTo(page, 'canvas')
  await page.keyboard.press('ArrowRight')
  await page.getByText('concurrency 1: client send 0.219 ms, 11.4 %', { exact: true }).waitFor({ state: 'attached' })

  await tabTo(page, '[role=grid][aria-label="Points of the sweep"] [data-row]')
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: /^One request at concurrency 4/ }).waitFor()
  await tabTo(page, '[role=tab][aria-selected=true]')
  await page.keyboard.press('Home')
  await page
    .getByRole('tabpanel', { name: /Client send/ })
    .getByText('From the first byte of the request')
    .waitFor()
  await page.keyboard.press('ArrowRight')
  await page.keyboard.press('ArrowRight')
  await page
    .getByRole('tabpanel', { name: /Server queue/ })
    .getByText('free instance')
    .waitFor()

  const downloads: string[] = []
  page.on('download', download => downloads.push(download.suggestedFilename()))
  await press(page, 'Export')
  await takeItem(page, 'menuitem', 'Save as CSV')
  await expect.poll(() => downloads).toEqual(['resnet-study.csv'])
  expect(complaints).toEqual([])
})

test('the lengths of the diagram are those of the chosen row, and all steps together are the average', async () => {
  const { page } = await app('/run/sweep1?session')
  const bar = page.locator('.diagram .bar svg')
  await bar.waitFor()
  const widths = () => bar.locator('rect').evaluateAll(rects => rects.map(rect => Number(rect.getAttribute('width'))))
  // The best row: HTTP over shared memory, concurrency 16: 44 438 1036 458 2147 433 0 µs of 4556.
  const [send, there, queue, , infer, , back] = await widths()
  expect((infer ?? 0) / (queue ?? 1)).toBeCloseTo(2147 / 1036, 1)
  expect(there).toBeCloseTo(back ?? 0, 3)
  expect((send ?? 0) / (infer ?? 1)).toBeCloseTo(44 / 2147, 2)
  const percents = await page.getByRole('tablist', { name: 'Steps of a request' }).locator('.percent').allTextContents()
  expect(percents.reduce((sum, text) => sum + Number.parseFloat(text), 0)).toBeCloseTo(100, 0)
})

test('a click on a bar chooses its row', async () => {
  const { page } = await app('/run/sweep2?session')
  const canvas = page.locator('canvas').first()
  await canvas.focus()
  for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'One request at concurrency 64' }).waitFor()
})

test("from a server's page to its sweep: the keys of the next page are there", async () => {
  const { page } = await app('/server?session&url=localhost:8000&model=image_cls')
  await page.getByRole('link', { name: 'Sweep this model' }).click()
  const start = page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Start' })
  await expect.poll(() => start.isEnabled()).toBe(true)
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/run\/sweep-live/)
})

/** How long a point of the double's sweep takes from now on. */
const pace = (page: Page, pointMs: number) =>
  page.evaluate(ms => Object.assign(Reflect.get(window, 'double').engine.sweep, { pointMs: ms }), pointMs)

test('a running sweep is paused, resumed and ends with all its points', async () => {
  const { page } = await app('/sweep?session&url=http%3A%2F%2Flocalhost%3A8000&model=image_cls')
  const start = page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Start' })
  await expect.poll(() => start.isEnabled()).toBe(true)
  await pace(page, 4000)
  await start.click()
  const progress = page.getByRole('region', { name: 'Progress' })
  await progress.getByRole('button', { name: 'Pause' }).click()
  await progress.getByRole('status').filter({ hasText: 'Paused after this point' }).waitFor()
  await progress.getByRole('button', { name: 'Pause' }).waitFor({ state: 'detached' })
  expect(await rows(page).count()).toBeLessThan(3)
  await pace(page, 10)
  await progress.getByRole('button', { name: 'Resume', exact: true }).click()
  await expect.poll(() => rows(page).count(), { timeout: 15_000 }).toBe(3)
  await page.getByText('Done', { exact: true }).first().waitFor()
  expect(await progress.count()).toBe(0)
})

test('a sweep that the server left offers to go on, and says what failed and what was kept', async () => {
  const { page } = await app('/run/sweep2?session')
  await page.getByText('The run failed. 10 points were measured and kept.').waitFor()
  await page.getByRole('button', { name: 'Resume sweep' }).click()
  await page.waitForURL(/\/run\/sweep-live/)
})

test('columns that are not there say why and how to turn them on; a failed point keeps its row', async () => {
  const { page } = await app('/run/import1?session')
  await expect.poll(() => rows(page).count()).toBe(4)
  await page.getByText('Columns that are not here').click()
  await page.getByText('perf_analyzer writes them when the server answers statistics.', { exact: false }).waitFor()
  await page.getByText('The imported table does not hold the parts').waitFor()
  expect(await page.getByRole('button', { name: 'Run again' }).count()).toBe(0)

  await page.goto(new URL('/run/sweep1?session', page.url()).href)
  await page.getByText('1 point could not be measured').waitFor()
  await rows(page).last().locator('[data-column="0"]').click()
  await page.getByText('The request is larger than the server takes over HTTP (64 MiB)').last().waitFor()
})

test('charts are saved as vectors with their hatching and legend', async () => {
  const { page } = await app('/run/sweep2?session')
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: "Save where a request's time goes as SVG" }).click(),
  ])
  expect(download.suggestedFilename()).toMatch(/latency_parts_vs_concurrency\.svg$/)
  const stream = await download.createReadStream()
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(Buffer.from(chunk))
  const svg = Buffer.concat(chunks).toString()
  expect(svg).toContain('Server Queue')
  expect(svg.match(/<path/g)?.length ?? 0).toBeGreaterThan(70)
})

test('a form that cannot be read says so at its field and beside Start', async () => {
  const { page } = await app('/sweep?session&url=http%3A%2F%2Flocalhost%3A8000&model=identity_fp32')
  await page.getByText('INPUT0 needs sizes for ?').first().waitFor()
  await page.getByLabel('Shape of INPUT0').fill('16')
  await page.getByLabel('Batches').fill('1,two')
  await page.getByText('"two" is not a batch', { exact: false }).first().waitFor()
  expect(await page.getByRole('button', { name: 'Start' }).isDisabled()).toBe(true)
  await page.getByRole('radio', { name: 'Online' }).click()
  expect(await page.getByLabel('Concurrency').inputValue()).toBe('8:256:8')
  await expect.poll(() => page.getByRole('button', { name: 'Start' }).isEnabled()).toBe(true)
})

test('what the server does not allow is told with the way to turn it on', async () => {
  const { page } = await app('/sweep?session&url=http%3A%2F%2Frestricted%3A8000&model=image_cls')
  await page.getByText('no statistics', { exact: true }).waitFor()
  await page.getByText('Give the access token', { exact: false }).first().waitFor()
})

const PAGES = [
  ['sweep-new', '/sweep?session&url=http%3A%2F%2Flocalhost%3A8000&model=image_cls', 'Measurement'],
  ['sweep-online', '/run/sweep2?session', 'Behind this row'],
  ['sweep-series', '/run/sweep1?session', 'Behind this row'],
  ['sweep-offline', '/run/sweep3?session', 'Behind this row'],
  ['sweep-imported', '/run/import1?session', 'Columns that are not here'],
] as const

describe.each(['light', 'dark'] as const)('%s', theme => {
  describe.each([1360, 760])('%i px', width => {
    test.each(PAGES)('%s looks as designed and has no accessibility violation', async (name, path, ready) => {
      const { page, complaints } = await app(path, { theme, width, height: 860 })
      await page.emulateMedia({ colorScheme: theme, reducedMotion: 'reduce' })
      await page.getByText(ready, { exact: true }).waitFor()
      if (name === 'sweep-new')
        await expect.poll(() => page.getByRole('button', { name: 'Start' }).isEnabled()).toBe(true)
      expect(await axeViolations(page)).toEqual([])
      await screenshot(page, `${name}-${theme}-${width}`)
      // Nothing sticks out of the page but what scrolls by itself.
      expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width)
      expect(complaints).toEqual([])
    })
  })
})
