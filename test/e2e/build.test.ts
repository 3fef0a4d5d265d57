import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'

/** The form of a build, its run page, and the layers of engines, over the engine double. */
const openPage = harnessInChromium()

const grid = (page: Page, name: string) => page.getByRole('grid', { name, exact: true })
const plan = (page: Page) => page.getByRole('complementary', { name: 'Plan' })

async function choose(page: Page, list: string, option: string) {
  await page.getByRole('combobox', { name: list }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('option', { name: option }).click()
}

describe.each(['light', 'dark'] as const)('%s', theme => {
  test('layers: bars, table, details of a hostile name, and two engines compared', async () => {
    const { page, complaints } = await openPage('/run/measured1?session=builds', { theme, width: 1280 })
    await grid(page, 'Layers').waitFor()
    await page.getByText('one run of the engine takes 0.310 ms').waitFor()
    await page.getByRole('gridcell', { name: '<img src=x' }).click()
    const details = page.getByRole('region', { name: 'Details of the layer' })
    await details.getByRole('heading', { name: '<img src=x onerror=alert(1)>⟨202e⟩gnp.exe' }).waitFor()
    await details.getByText('<b>node</b>').waitFor()
    await choose(page, 'Engine to compare with', 'tiny.onnx · FP32')
    await page.getByRole('status').filter({ hasText: 'Layers sum to 0.346 ms here and 0.467 ms there' }).waitFor()
    expect(await page.locator('img').count()).toBe(0)
    await screenshot(page, `layers-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a build that is over: engine, warnings, and that a double played it', async () => {
    const { page, complaints } = await openPage('/run/build1?session=builds', { theme, width: 1280 })
    await page.getByText('TEST DOUBLE', { exact: true }).waitFor()
    await page.getByText('a test double: no device was used').waitFor()
    await page.getByText('3fa9c2d13fa9c2d1').first().waitFor()
    await grid(page, 'Layers').waitFor()
    await screenshot(page, `build-done-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('the form: shapes of a dynamic model, a refusal with the way out, and what is started', async () => {
    const { page, complaints } = await openPage('/build?session=builds', { theme, width: 1280 })
    await page.getByRole('button', { name: 'Use the sample model' }).click()
    await page.getByLabel('opt of N of x').fill('8')
    await page.getByLabel('max of N of x').fill('4')
    await page.getByText('Less than opt, 8').first().waitFor()
    await page.getByLabel('max of N of x').fill('32')
    await plan(page).getByText('batchscope build /models/tiny.onnx').waitFor()
    await plan(page).getByText('What is started').click()
    await plan(page).getByText('--saveEngine=').waitFor()
    await choose(page, 'Precision', 'FP16')
    await plan(page).getByText('Convert first: batchscope convert').waitFor()
    expect(await plan(page).getByRole('button', { name: 'Build' }).isDisabled()).toBe(true)
    await page.waitForTimeout(300) // a button that was just switched off fades
    await screenshot(page, `new-build-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})
