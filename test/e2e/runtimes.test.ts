import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { axeViolations, dropFiles, repositoryFile, screenshot, type Tab } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'

const engine = engineInChromium()

const planPanel = (page: Page) => page.getByRole('complementary', { name: 'Plan' })
const columns = (page: Page) => page.getByRole('table', { name: 'Runtimes and precisions asked for' })
const byRuntime = (page: Page) => page.getByRole('region', { name: 'Batches by runtimes' })

/** The form with the sample model, the real CPU runtime and the scripted one beside it. */
async function formWithTwoRuntimes(theme: 'light' | 'dark'): Promise<Tab> {
  const tab = await engine.open('/new', { theme })
  await tab.page.getByRole('button', { name: 'Use the sample model' }).waitFor()
  await dropFiles(tab.page, '.drop', [repositoryFile('resources/sample-model.onnx')])
  await tab.page.getByRole('checkbox', { name: 'Fake runtime' }).click()
  return tab
}

async function keepBatches(page: Page, kept: readonly string[]): Promise<void> {
  for (const batch of ['1', '2', '4', '8', '16', '32', '64', '128']) {
    if (kept.includes(batch)) continue
    await page.getByRole('group', { name: 'Batches' }).getByRole('button', { name: batch, exact: true }).click()
  }
}

async function shortPoints(page: Page): Promise<void> {
  await page.getByText('Advanced', { exact: true }).click()
  await page.getByLabel('Iterations, at least (calls)').fill('30')
  await page.getByLabel('Time, at least (ms)').fill('0')
}

test('the form says what each column would be, the run shows runtimes side by side with what was left out', async () => {
  const { page, complaints } = await formWithTwoRuntimes('light')
  const precisions = page.getByRole('group', { name: 'Precisions of ONNX Runtime · CPU', exact: true })
  await precisions.getByRole('button', { name: 'fp32' }).click()
  await expect.poll(() => columns(page).locator('tbody tr').count()).toBe(3)
  expect(await columns(page).locator('tbody tr').nth(1).textContent()).toMatch(
    /fp32.*left out.*is what "model" runs here/s,
  )
  await keepBatches(page, ['1', '8'])
  await shortPoints(page)
  await expect.poll(() => planPanel(page).getByText('4 points').count()).toBe(1)

  await planPanel(page).getByRole('button', { name: 'Run' }).click()
  await page.waitForURL(/\/run\//)
  await page.getByText('Done', { exact: true }).first().waitFor({ timeout: 40_000 })
  const table = byRuntime(page)
  expect(await table.getByRole('rowheader').allTextContents()).toEqual(['1', '8'])
  expect(await table.getByRole('columnheader').filter({ hasText: 'Fake runtime' }).count()).toBe(1)
  expect(await table.getByText('fp32 is what "model" runs here').count()).toBe(1)
  const ratio = table.locator('tbody .ratio').first()
  expect(await ratio.textContent()).toMatch(/[▲▼≈] \d.*×/)

  await page.getByRole('group', { name: 'Figure' }).getByRole('radio', { name: 'FPS' }).focus()
  await page.keyboard.press('Enter')
  await expect.poll(() => table.getByRole('columnheader', { name: 'samples/s' }).count()).toBe(2)
  await page.getByLabel('Base of the speed-up').click()
  await page.getByRole('option', { name: 'Fake runtime' }).click()
  await expect.poll(() => page.getByText('Speed-up against Fake runtime', { exact: false }).count()).toBe(1)
  const figure = table.locator('tbody button').last()
  await figure.focus()
  await page.keyboard.press('Enter')
  expect(await figure.getAttribute('aria-pressed')).toBe('true')
  await screenshot(page, 'runtimes-light')
  await page.emulateMedia({ colorScheme: 'dark' })
  expect(await axeViolations(page)).toEqual([])
  await screenshot(page, 'runtimes-dark')
  await page.getByRole('group', { name: 'Table' }).getByRole('radio', { name: 'Every point' }).click()
  await page.getByRole('grid', { name: 'Latency by batch' }).waitFor()
  expect(complaints).toEqual([])
})

test('one click asks for all runtimes; a cancelled run measures what is missing and no more', async () => {
  const { page, complaints } = await formWithTwoRuntimes('dark')
  await page.getByRole('button', { name: 'All runtimes' }).click()
  await page.getByRole('checkbox', { name: 'Fake runtime' }).click()
  await expect.poll(() => columns(page).locator('tbody tr').count()).toBeGreaterThan(4)
  expect(await columns(page).getByText('left out', { exact: false }).count()).toBeGreaterThan(2)
  expect(await axeViolations(page)).toEqual([])
  await screenshot(page, 'matrix-all-dark')
  await keepBatches(page, ['1', '2', '4'])
  await shortPoints(page)
  await page.getByLabel('Pace ms', { exact: true }).fill('40')
  await expect.poll(() => planPanel(page).getByText('6 points').count()).toBe(1)
  await planPanel(page).getByRole('button', { name: 'Run' }).click()
  await page.waitForURL(/\/run\//)
  const figures = byRuntime(page).locator('tbody button')
  await expect.poll(() => figures.count(), { timeout: 20_000 }).toBeGreaterThan(0)
  await page.getByRole('region', { name: 'Progress' }).getByRole('button', { name: 'Cancel' }).click()
  await page.getByText(/^Cancelled\./).waitFor()
  const kept = await figures.count()
  await screenshot(page, 'runtimes-all-dark')
  const address = page.url()
  await page.getByRole('button', { name: 'Measure what is missing' }).click()
  await expect.poll(() => page.url()).not.toBe(address)
  await expect.poll(() => figures.count(), { timeout: 30_000 }).toBe(6 - kept)
  expect(complaints).toEqual([])
})
