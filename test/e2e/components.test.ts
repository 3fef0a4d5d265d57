import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { axeViolations } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'

/** Components and charts in real Chromium, under the page's own Content-Security-Policy, without an engine. */
const openPage = harnessInChromium()

/** One part of the gallery. */
const gallery = (only: string, theme: 'light' | 'dark' = 'light') =>
  openPage(`/gallery.html?theme=${theme}&only=${only}`, { theme })

const focused = (page: Page) => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '')
const colorAt = (page: Page, selector: string) =>
  page
    .locator(selector)
    .first()
    .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL().length)

for (const theme of ['light', 'dark'] as const) {
  test.for([
    'controls',
    'states',
    'tables',
    'charts',
  ])(`%s have no accessibility violation and break no policy, ${theme}`, async part => {
    const { page, complaints } = await gallery(part, theme)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })
}

test('a table is one stop of the Tab key; arrows go through its cells and a note says why a cell reads as it does', async () => {
  const { page } = await gallery('tables')
  const grid = page.getByRole('grid', { name: 'Latency' })
  await grid.getByRole('gridcell', { name: '1', exact: true }).first().focus()
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight')
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Home')
  expect(await focused(page)).toBe('128')
  for (let step = 0; step < 5; step++) await page.keyboard.press('ArrowRight')
  expect(await focused(page)).toBe('≥ 49.0')
  await page.getByText('132 samples give no 95 % upper bound for p99; it takes 299.').waitFor()
  await page.keyboard.press('Tab')
  expect(
    await page.evaluate(() => document.activeElement?.closest('[role=grid]')?.getAttribute('aria-label')),
  ).not.toBe('Latency')
})

test('a header sorts with Enter and says how', async () => {
  const { page } = await gallery('tables')
  const header = page.getByRole('grid', { name: 'Latency' }).getByRole('columnheader', { name: 'FPS' })
  await header.getByRole('button').press('Enter')
  await expect.poll(() => header.getAttribute('aria-sort')).toBe('descending')
  const firstRow = page.getByRole('grid', { name: 'Latency' }).getByRole('row').nth(1)
  expect(await firstRow.textContent()).toContain('4,456')
})

test('the filter keeps what fits, and columns that are hidden are not copied', async () => {
  const { page } = await gallery('tables')
  await page.getByRole('searchbox', { name: 'Filter latency' }).fill('batch:>=64')
  await page.getByText('2 of 8 rows').waitFor()
  await page.getByRole('button', { name: 'Columns' }).first().click()
  for (const name of ['Mean', 'Min', 'Max', 'Std', 'CV', 'ms/sample', 'Peak', 'p90', 'p95', 'p99', 'n', 'Flags']) {
    await page.getByRole('dialog', { name: 'Columns' }).getByRole('checkbox', { name, exact: true }).click()
  }
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Copy table' }).first().click()
  await page.getByRole('menuitem', { name: 'Copy as Markdown' }).click()
  await page.getByText('Copied 2 rows as Markdown').waitFor()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(
    ['| Batch | Median ms | FPS |', '| ---: | ---: | ---: |', '| 64 | 18.4 | 3,410 |', '| 128 | 37.9 | 3,311 |'].join(
      '\n',
    ),
  )
})

test('of 5000 rows only those in sight are drawn, and the last is reached by keyboard', async () => {
  const { page } = await gallery('tables')
  const grid = page.getByRole('grid', { name: 'Kernels' })
  expect(await grid.getAttribute('aria-rowcount')).toBe('5001')
  expect(await grid.getByRole('row').count()).toBeLessThan(60)
  await grid.getByRole('gridcell', { name: 'kernel_0' }).focus()
  await page.keyboard.press('Control+End')
  await page.keyboard.press('Home')
  expect(await focused(page)).toBe('kernel_4999')
})

test('nothing in a table moves while rows arrive', async () => {
  const { page } = await gallery('growing')
  const places = () =>
    page
      .getByRole('grid', { name: 'Growing' })
      .evaluate(grid => [...grid.querySelectorAll('th')].map(cell => Math.round(cell.getBoundingClientRect().left)))
  await page.getByRole('button', { name: 'Add row' }).click()
  const before = await places()
  for (let row = 0; row < 4; row++) await page.getByRole('button', { name: 'Add row' }).click()
  expect(await places()).toEqual(before)
})

test('arrow keys read the points of a chart aloud, and another line after the down key', async () => {
  const { page } = await gallery('charts')
  const chart = page.getByRole('region', { name: 'Latency by batch' })
  const said = chart.locator('[aria-live]')
  const canvas = chart.getByRole('img')
  expect(await canvas.getAttribute('aria-label')).toContain('lower is better. From batch 1: median 0.620 ms')
  await canvas.focus()
  await page.keyboard.press('ArrowRight')
  await expect.poll(() => said.textContent()).toBe('batch 1: median 0.620 ms')
  await page.keyboard.press('End')
  await expect.poll(() => said.textContent()).toBe('batch 128: median 37.9 ms')
  await page.keyboard.press('ArrowDown')
  await expect.poll(() => said.textContent()).toBe('batch 128: p99 at least 49.0 ms')
})

test('a chart shows its numbers as a table and comes back', async () => {
  const { page } = await gallery('charts')
  const chart = page.getByRole('region', { name: 'Throughput by batch' })
  await chart.getByRole('button', { name: 'Table', exact: true }).click()
  expect(await chart.getByRole('row').count()).toBe(9)
  await chart.getByRole('button', { name: 'Table', exact: true }).click()
  await chart.getByRole('img').waitFor()
})

test('a chart is drawn again in the colours of a new theme', async () => {
  const { page } = await gallery('charts')
  const color = () =>
    page
      .locator('canvas')
      .first()
      .evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL())
  const light = await color()
  await page.evaluate(() => {
    document.documentElement.dataset.theme = 'dark'
  })
  await expect.poll(color).not.toBe(light)
})

test('SVG export is vectors with text as text; PNG has twice the pixels', async () => {
  const { page, complaints } = await gallery('charts')
  const chart = page.getByRole('region', { name: 'Distribution', exact: true })
  const save = async (kind: string) => {
    const [file] = await Promise.all([
      page.waitForEvent('download'),
      chart.getByRole('button', { name: `Save distribution as ${kind}` }).click(),
    ])
    return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) }
  }
  const svg = await save('SVG')
  const text = svg.bytes.toString()
  expect(svg.name).toBe('distribution.svg')
  expect(text).not.toContain('<image')
  expect(text).toMatch(/>% of calls<\/text>/)
  expect(text).toMatch(/>100<\/text>/)
  expect(text).not.toContain('NaN')
  expect((text.match(/<path/g) ?? []).length).toBeGreaterThan(10)
  const png = await save('PNG')
  const shown = await chart.evaluate(element => element.querySelector('.plot')?.clientWidth ?? 0)
  expect(png.bytes.readUInt32BE(16)).toBe(2 * shown)
  expect(complaints).toEqual([])
})

test('charts and marks can be told apart where the system forces its colours', async () => {
  const { page } = await gallery('charts')
  await page.emulateMedia({ forcedColors: 'active' })
  await expect.poll(() => colorAt(page, 'canvas')).toBeGreaterThan(5000)
  expect(await axeViolations(page)).toEqual([])
})

test('a drawer takes the focus, and Escape gives it back', async () => {
  const { page } = await gallery('drawer')
  const open = page.getByRole('button', { name: 'Passport', exact: true })
  await open.click()
  await page.getByRole('complementary', { name: 'Passport' }).waitFor()
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('complementary').count()).toBe(0)
  await expect.poll(() => focused(page)).toBe('Passport')
})

test('without motion nothing turns', async () => {
  const { page } = await gallery('controls')
  const running = () => page.evaluate(() => document.getAnimations().length)
  await page.emulateMedia({ reducedMotion: 'no-preference' })
  await expect.poll(running).toBeGreaterThan(0)
  await page.emulateMedia({ reducedMotion: 'reduce' })
  await expect.poll(running).toBe(0)
})
