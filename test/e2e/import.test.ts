import { readFile } from 'node:fs/promises'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { axeViolations, dropFiles, screenshot } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'
import { sampleBytes, sampleText, withoutSamples } from '../helpers/samples.ts'

/** Results of other programs through the page's door: dropped, planned, imported, shown as if measured here. */
const engine = engineInChromium()

const rows = (page: Page) => page.getByRole('grid', { name: 'Points of the sweep' }).locator('tbody tr[aria-rowindex]')
const importButton = (page: Page) =>
  page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Import' })

async function dropped(name: string, bytes: Uint8Array, look: { theme?: 'light' | 'dark' } = {}) {
  const tab = await engine.open('/', { width: 1280, height: 800, ...look })
  await tab.page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
  await dropFiles(tab.page, 'main', [{ name, bytes }])
  await tab.page.getByRole('heading', { name: 'Import', level: 1 }).waitFor()
  return tab
}

async function saved(page: Page, button: string): Promise<string> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: button, exact: true }).click(),
  ])
  return readFile(await download.path(), 'utf8')
}

describe.skipIf(withoutSamples)('the GPUNet tables', () => {
  test.for([
    { name: 'gpunet_a100_offline.csv', axis: 'batch', theme: 'light', first: '1', last: '64' },
    { name: 'gpunet_a100_online.csv', axis: 'concurrency', theme: 'dark', first: '8', last: '256' },
  ] as const)("$name shows the tutorial's four plots", async ({ name, axis, theme, first, last }) => {
    const { page, complaints } = await dropped(name, sampleBytes(`seeds/${name}`), { theme })
    const lines = sampleText(`seeds/${name}`).trim().split('\n').slice(1)
    await page.getByText(`${lines.length} points`, { exact: true }).waitFor()
    await expect.poll(() => importButton(page).isEnabled()).toBe(true)
    await page.keyboard.press('Control+Enter')
    await page.waitForURL(/\/run\//)
    await expect.poll(() => rows(page).count()).toBe(lines.length)

    for (const title of [
      "Where a request's time goes",
      `Throughput vs ${axis}`,
      `Latency vs ${axis}`,
      'Throughput vs latency',
    ])
      await page.getByRole('region', { name: title, exact: true }).locator('canvas').waitFor()

    const curve = await saved(page, 'Save throughput vs latency as SVG')
    // Points labelled with their load: the first is above the curve's start and always has room.
    expect(curve).toContain(`>${first}<`)
    expect(curve).toContain(`>${last}<`)
    const parts = await saved(page, "Save where a request's time goes as SVG")
    for (const part of ['Client Send', 'Network+Server Send/Recv', 'Server Queue', 'Compute Infer', 'median', 'p95'])
      expect(parts).toContain(part)

    // The figures are the table's own: the last row's average and throughput, as printed there.
    const [, , inferPerSec = ''] = lines.at(-1)?.split(',') ?? []
    const digits = (await rows(page).last().innerText()).replaceAll(/[^\d\n\t.]/g, '')
    expect(digits).toContain(String(Math.round(Number(inferPerSec))))
    await screenshot(page, `import-gpunet-${axis}-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})

test('a file that holds no results is named for what it is, and nothing is imported', async () => {
  const config = new TextEncoder().encode('name: "resnet"\nplatform: "onnxruntime_onnx"\nmax_batch_size: 8\n')
  const { page } = await dropped('config.txt', config)
  await page.getByRole('alert').filter({ hasText: 'The file cannot be imported' }).waitFor()
  await page.getByText('config.pbtxt', { exact: false }).first().waitFor()
  expect(await importButton(page).isDisabled()).toBe(true)
  expect(await axeViolations(page)).toEqual([])
})

test('a batch that the file does not tell is asked for, and what was typed counts', async () => {
  const csv =
    'Concurrency,Inferences/Second,Client Send,Network+Server Send/Recv,Server Queue,Server Compute Input,' +
    'Server Compute Infer,Server Compute Output,Client Recv,p50 latency,p90 latency,p95 latency,p99 latency\n' +
    '1,800.0,10,200,30,50,9600,60,5,10000,10100,10200,10400\n'
  const { page } = await dropped('run.csv', new TextEncoder().encode(csv))
  await page.getByText('The file does not tell the batch: 1 is assumed.', { exact: false }).waitFor()
  await page.getByText('batch 8', { exact: false }).first().waitFor()
  await page.getByLabel('Batch', { exact: true }).fill('8')
  await page.getByText('--batch 8', { exact: false }).waitFor()
  await expect.poll(() => importButton(page).isEnabled()).toBe(true)
  await importButton(page).click()
  await page.waitForURL(/\/run\//)
  await expect.poll(() => rows(page).count()).toBe(1)
  expect(await rows(page).first().innerText()).toMatch(/^8\D+1\s+800\s/)
})
