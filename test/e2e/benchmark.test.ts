import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { dropFiles, repositoryFile, type Tab } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'

const engine = engineInChromium()

const SAMPLE_MODEL = 'resources/sample-model.onnx'

/** Home, then the sample model dropped on it, until the form can be run. */
async function dropSampleModel(): Promise<Tab> {
  const tab = await engine.open()
  await tab.page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
  await dropFiles(tab.page, '.drop', [repositoryFile(SAMPLE_MODEL)])
  await runButton(tab.page).waitFor()
  await expect.poll(() => runButton(tab.page).isEnabled()).toBe(true)
  return tab
}

const runButton = (page: Page) => page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Run' })
const rows = (page: Page) => page.getByRole('grid', { name: 'Latency by batch' }).locator('tbody tr[aria-rowindex]')

/** Leaves only these batches on. */
async function chooseBatches(page: Page, batches: readonly string[]): Promise<void> {
  for (const batch of ['1', '2', '4', '8', '16', '32', '64', '128']) {
    const chip = page.getByRole('group', { name: 'Batches' }).getByRole('button', { name: batch, exact: true })
    if (!batches.includes(batch)) await chip.click()
  }
}

/** The scripted runtime instead of the real one: known latencies at a known pace. */
async function chooseFakeRuntime(page: Page, options: Readonly<Record<string, string>>): Promise<void> {
  await page.getByRole('checkbox', { name: 'ONNX Runtime · CPU' }).first().click()
  await page.getByRole('checkbox', { name: 'Fake runtime' }).click()
  await page.getByText('Advanced', { exact: true }).click()
  for (const [label, text] of Object.entries(options)) await page.getByLabel(label, { exact: true }).fill(text)
}

test('a dropped model is measured for real, row by row, saved and opened again', async () => {
  const { page, complaints } = await dropSampleModel()
  await expect.poll(() => page.getByText('float32 100', { exact: false }).count()).toBeGreaterThan(0)
  await chooseBatches(page, ['1', '2', '4'])
  await page.getByText('Advanced', { exact: true }).click()
  await page.getByLabel('Iterations, at least (calls)').fill('30')
  await page.getByLabel('Time, at least (ms)').fill('100')
  await expect.poll(() => page.getByText('3 points').isVisible()).toBe(true)

  await runButton(page).click()
  await page.waitForURL(/\/run\//)
  const counts: number[] = []
  await expect
    .poll(async () => counts.push(await rows(page).count()) && counts.at(-1), { timeout: 40_000, interval: 50 })
    .toBe(3)
  expect(counts).toEqual(counts.toSorted())
  await page.getByText('Done', { exact: true }).first().waitFor()
  const medians = await rows(page).locator('[data-column="2"]').allTextContents()
  expect(medians.map(Number).every(ms => ms > 0)).toBe(true)

  await page.getByRole('link', { name: /Overview/ }).click()
  const path = await page
    .getByText(/\.bscope/)
    .first()
    .textContent()
  await page.getByRole('button', { name: 'File' }).click()
  await page.getByRole('menuitem', { name: 'Close session' }).click()
  await page.getByRole('table', { name: 'Recent sessions, the newest first' }).getByRole('button').first().click()
  await page.getByRole('link', { name: 'sample-model.onnx' }).first().click()
  await rows(page).nth(2).waitFor()
  expect(await rows(page).locator('[data-column="2"]').allTextContents()).toEqual(medians)
  expect(path).toContain(engine.folder)
  expect(complaints).toEqual([])
})

test('rows arrive while the next point is measured, and nothing on the page moves', async () => {
  const { page, complaints } = await dropSampleModel()
  await chooseBatches(page, ['1', '2', '4', '8'])
  await chooseFakeRuntime(page, { 'Pace ms': '10', 'Latencies ms': '1, 1.1, 1.2' })
  await page.getByLabel('Iterations, at least (calls)').fill('60')
  await page.getByLabel('Time, at least (ms)').fill('0')
  await runButton(page).click()
  await page.waitForURL(/\/run\//)
  await expect.poll(() => rows(page).count(), { timeout: 20_000 }).toBe(1)
  const places = () =>
    page.evaluate(() =>
      [...document.querySelectorAll('main section, main dl, main [role="grid"]')].map(each => {
        const { top, left, width } = each.getBoundingClientRect()
        return [top, left, width].map(Math.round)
      }),
    )
  const before = await places()
  await expect.poll(() => rows(page).count(), { timeout: 20_000 }).toBe(3)
  expect(await places()).toEqual(before)
  expect(complaints).toEqual([])
})

test('a run is cancelled within a second and keeps its points', async () => {
  const { page, complaints } = await dropSampleModel()
  await chooseFakeRuntime(page, { 'Pace ms': '10' })
  await page.getByLabel('Iterations, at least (calls)').fill('50')
  await page.getByLabel('Time, at least (ms)').fill('0')
  await runButton(page).click()
  await expect.poll(() => rows(page).count(), { timeout: 20_000 }).toBeGreaterThan(0)
  await page.getByRole('region', { name: 'Progress' }).getByRole('button', { name: 'Cancel' }).click()
  await page.getByText(/^Cancelled\. \d+ points? (was|were) measured and kept\.$/).waitFor({ timeout: 2000 })
  expect(await rows(page).count()).toBeGreaterThan(0)
  expect(complaints).toEqual([])
})

test('a second window sees the same run live', async () => {
  const { page } = await dropSampleModel()
  await chooseBatches(page, ['1', '2', '4', '8'])
  await chooseFakeRuntime(page, { 'Pace ms': '10' })
  await page.getByLabel('Iterations, at least (calls)').fill('80')
  await page.getByLabel('Time, at least (ms)').fill('0')
  await runButton(page).click()
  await page.waitForURL(/\/run\//)
  const { page: other, complaints } = await engine.open(new URL(page.url()).pathname)
  for (const one of [page, other]) await expect.poll(() => rows(one).count(), { timeout: 20_000 }).toBe(4)
  await other.getByText('Done', { exact: true }).first().waitFor()
  expect(complaints).toEqual([])
})
