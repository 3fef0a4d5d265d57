import { readFileSync } from 'node:fs'
import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { axeViolations, screenshot, type Tab } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'

const engine = engineInChromium()

const table = (page: Page) => page.getByRole('grid', { name: 'Latency by batch' })
const rows = (page: Page) => table(page).locator('tbody tr[aria-rowindex]')

/** Home, "Open the sample session", its first run. */
async function openSampleRun(): Promise<Tab> {
  const tab = await engine.open()
  await tab.page.getByRole('button', { name: 'Open the sample session' }).click()
  await tab.page.getByText('Open read-only').waitFor()
  await tab.page.getByRole('grid', { name: 'Runs of this session' }).getByRole('link').first().click()
  await rows(tab.page).first().waitFor()
  return tab
}

test('the sample opens from home, read-only, with its table and its best row marked', async () => {
  const { page, complaints } = await openSampleRun()
  expect(await rows(page).count()).toBeGreaterThanOrEqual(6)
  expect(await rows(page).filter({ hasText: ', best' }).count()).toBe(1)
  expect(await page.getByRole('button', { name: 'Edit title' }).count()).toBe(0)
  expect(complaints).toEqual([])
})

test('a chosen row shows its own samples', async () => {
  const { page } = await openSampleRun()
  for (const row of [0, 1]) {
    const batch = (await rows(page).nth(row).locator('td').first().textContent())?.match(/\d+/)?.[0]
    await rows(page).nth(row).click()
    await page.getByRole('heading', { name: `Distribution, batch ${batch}`, exact: true }).waitFor()
    await page.getByRole('heading', { name: `Over time, batch ${batch}`, exact: true }).waitFor()
  }
})

test('the passport is searched by name and value', async () => {
  const { page } = await openSampleRun()
  await page.getByRole('button', { name: 'Passport' }).click()
  const passport = page.getByRole('complementary', { name: 'Passport' })
  const facts = passport.getByRole('term')
  const all = await facts.count()
  await passport.getByRole('searchbox').fill('sha-256')
  await expect.poll(() => facts.count()).toBe(1)
  await passport.getByRole('searchbox').fill('no such fact')
  await passport.getByText('No fact fits “no such fact”.').waitFor()
  expect(all).toBeGreaterThan(20)
})

test('the run is copied as a command and saved as Markdown, CSV and JSON', async () => {
  const { page } = await openSampleRun()
  await page.getByRole('button', { name: 'Copy as command' }).click()
  expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^batchscope bench /)
  const save = async (item: string) => {
    await page.getByRole('button', { name: 'Export' }).click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: item }).click(),
    ])
    return readFileSync(await download.path(), 'utf8')
  }
  expect(await save('Save as Markdown')).toMatch(/\| *Batch *\|/)
  expect(await save('Save as CSV')).toContain('inferPerSec')
  expect(JSON.parse(await save('Save as JSON'))).toMatchObject({ format: 'batchscope/1' })
})

test('the units of the settings are those of the page', async () => {
  const { page } = await openSampleRun()
  await page.getByText('MiB', { exact: true }).first().waitFor()
  const peakMiB = await rows(page).first().locator('td').nth(12).textContent()
  await engine.server().client.settings.set({ memoryUnit: 'MB' })
  await page.reload()
  await page.getByRole('columnheader', { name: 'Peak MB' }).waitFor()
  const peakMB = await rows(page).first().locator('td').nth(12).textContent()
  expect(Number(peakMB) / Number(peakMiB)).toBeCloseTo(1.0486, 1)
  await engine.server().client.settings.set({ memoryUnit: 'MiB' })
})

test('a narrow window keeps everything reachable and accessible', async () => {
  const { page } = await openSampleRun()
  await page.setViewportSize({ width: 640, height: 900 })
  await screenshot(page, 'run-narrow-light')
  const overflowPx = await page.evaluate(() => {
    const main = document.querySelector('main')
    return main === null ? Number.NaN : main.scrollWidth - main.clientWidth
  })
  expect(overflowPx).toBeLessThanOrEqual(0)
  expect(await axeViolations(page)).toEqual([])
})
