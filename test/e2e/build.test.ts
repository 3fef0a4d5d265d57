import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'
import { sampleBytes, withoutSamples } from '../helpers/samples.ts'

// The engine finds the double of trtexec where it looks for the real one; slow enough that its phases can be seen.
process.env.PATH = `${join(import.meta.dirname, '..', 'doubles', 'trtexec')}:${process.env.PATH}`
process.env.TRT_DOUBLE = JSON.stringify({ delayMs: 150, verboseLines: 40 })

const openPage = harnessInChromium()
const engine = engineInChromium()

const grid = (page: Page, name: string) => page.getByRole('grid', { name, exact: true })
const plan = (page: Page) => page.getByRole('complementary', { name: 'Plan' })
const layersLeft = (page: Page) => grid(page, 'Layers').getAttribute('aria-rowcount')

/** By keys alone. */
async function choose(page: Page, list: string, option: string) {
  await page.getByRole('combobox', { name: list }).focus()
  await page.keyboard.press('Enter')
  const item = page.getByRole('option', { name: option })
  await item.waitFor()
  await page.keyboard.press('Home')
  for (let step = 0; step < 20 && (await item.getAttribute('data-highlighted')) === null; step++)
    await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await item.waitFor({ state: 'hidden' })
}

async function look(page: Page, name: string) {
  await page.waitForTimeout(300) // a button that was just switched off fades
  await screenshot(page, name)
  expect(await axeViolations(page)).toEqual([])
}

describe.each(['light', 'dark'] as const)('%s', theme => {
  test('an engine, its layers beside another engine, and the form have nothing against them for axe', async () => {
    const { page, complaints } = await openPage('/run/build1?session=builds', { theme, width: 1280 })
    await page.getByText('TEST DOUBLE', { exact: true }).waitFor()
    await page.getByText('a test double: no device was used').waitFor()
    await page.getByRole('gridcell', { name: '<img src=x' }).click()
    const details = page.getByRole('region', { name: 'Details of the layer' })
    await details.getByRole('heading', { name: '<img src=x onerror=alert(1)>⟨202e⟩gnp.exe' }).waitFor()
    await details.getByText('<b>node</b>').waitFor()
    await choose(page, 'Engine to compare with', 'tiny.layers.json: tiny.onnx · FP32')
    await page.getByRole('status').filter({ hasText: 'Layers sum to 0.346 ms here and 0.467 ms there' }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    await look(page, `build-done-${theme}`)

    await page.getByRole('link', { name: 'Build', exact: true }).click()
    await page.getByRole('button', { name: 'Use the sample model' }).click()
    await page.getByLabel('opt of N of x').fill('8')
    await page.getByLabel('max of N of x').fill('4')
    await page.getByText('Less than opt, 8').first().waitFor()
    await page.getByLabel('max of N of x').fill('32')
    await plan(page).getByText('What is started').click()
    await plan(page).getByText('--saveEngine=').waitFor()
    await choose(page, 'Precision', 'FP16')
    await plan(page).getByText('Convert first: batchscope convert').waitFor()
    expect(await plan(page).getByRole('button', { name: 'Build' }).isDisabled()).toBe(true)
    await page.getByText('More', { exact: true }).click()
    await look(page, `new-build-${theme}`)
    expect(complaints).toEqual([])
  })
})

test('thousands of layers: only rows in view are drawn, a group is one click, its figures are a table too', async () => {
  const { page, complaints } = await openPage('/run/layers1?session=builds')
  await choose(page, 'Engine whose layers are shown', '3,000 layers')
  await expect.poll(() => layersLeft(page)).toBe('3001')
  expect(await grid(page, 'Layers').getByRole('row').count()).toBeLessThan(100)
  await page.getByRole('button', { name: /^gemm/ }).press('Enter')
  await expect.poll(() => layersLeft(page)).toBe('1001')
  await page.getByRole('button', { name: 'Show all' }).click()
  await expect.poll(() => layersLeft(page)).toBe('3001')
  await page.getByRole('button', { name: 'As a table' }).click()
  await grid(page, 'Layers by type').getByRole('gridcell', { name: '66.7 %' }).waitFor()
  await choose(page, 'Engine whose layers are shown', 'names only')
  await page.getByText("The engine's layers without their times").waitFor()
  expect(complaints).toEqual([])
})

test('a failed build says why; one under way says at what it is and promises nothing', async () => {
  const { page } = await openPage('/run/build3?session=builds')
  await page.getByRole('alert').filter({ hasText: 'no implementation of the operator EfficientNMS_TRT' }).waitFor()
  await page.getByRole('link', { name: 'tiny.onnx · building' }).click()
  await page.getByRole('status').filter({ hasText: 'Timing tactics: 38 layers, 212 timings so far' }).waitFor()
  expect(await page.getByRole('listitem').filter({ hasText: 'Time tactics' }).getAttribute('aria-current')).toBe('step')
  expect(await page.getByRole('progressbar').count()).toBe(0)
  await screenshot(page, 'build-running')
})

test('the real engine and the double of trtexec: from the form to the layers, named as a double all the way', async () => {
  const { page, complaints } = await engine.open('/build')
  await page.getByText('TensorRT 10.16.1').waitFor()
  await page.getByRole('button', { name: 'Use the sample model' }).click()
  await page.getByLabel('opt of batch of image').fill('4')
  await expect.poll(() => plan(page).getByRole('button', { name: 'Build' }).isEnabled()).toBe(true)
  await plan(page).getByText('What is started').click()
  await plan(page).getByText('--optShapes=image:4x3x32x32').waitFor()
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/run\//)
  await page.getByRole('list', { name: 'Steps of the build' }).waitFor()
  await page.getByText('TEST DOUBLE', { exact: true }).waitFor({ timeout: 30_000 })
  await page.getByText('a test double: no device was used').waitFor()
  await grid(page, 'Layers').waitFor()
  await screenshot(page, 'build-engine')
  expect(complaints).toEqual([])
})

/** Imports a recorded engine: layer times and facts, read as one. @returns the run's id, when it is over */
async function importEngine(sessionId: string, name: string): Promise<string> {
  const { client } = engine.server()
  const [path, other] = ['profile', 'graph'].map(kind => {
    const file = join(engine.folder, `${name}.${kind}.json`)
    writeFileSync(file, sampleBytes(`trtexec/${name}.${kind}.json`))
    return file
  })
  const { runId } = await client.runs.start({ sessionId, kind: 'import', spec: { path, others: [other] }, title: name })
  for await (const event of await client.runs.watch({ sessionId, runId })) if (event.type === 'ended') break
  return runId
}

test.skipIf(withoutSamples)(
  'two recorded engines are imported and compared: every convolution finds its other',
  async () => {
    const { info } = await engine.server().client.sessions.create({ name: 'resnet' })
    const runId = await importEngine(info.sessionId, 'trex-resnet-a100-fp16')
    await importEngine(info.sessionId, 'trex-resnet-a100-qat')
    const { page, complaints } = await engine.open(`/run/${runId}`)
    await expect.poll(() => layersLeft(page)).toBe('37')
    await page
      .getByRole('button', { name: /^CaskConvolution/ })
      .getByText('21 layers')
      .waitFor()
    await choose(page, 'Engine to compare with', 'qat')
    await page.getByRole('status').filter({ hasText: 'Layers sum to 1.02 ms here and 1.10 ms there' }).waitFor()
    await screenshot(page, 'layers-recorded')
    expect(complaints).toEqual([])
  },
)
