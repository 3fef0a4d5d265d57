import { expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'
import { watchedGpu } from '../renderer/harness/gpu-fixtures.ts'

/** What the run page shows of a watched GPU, over the engine double. */
const openPage = harnessInChromium()

test('charts of a watched GPU, with the throttled time in words and as a table', async () => {
  const { page, complaints } = await openPage('/session?session', { width: 1280 })
  await page.evaluate(series => {
    const { engine } = Reflect.get(window, 'double')
    engine.attachments.run1 = [{ kind: 'gpu', name: 'gpu0', data: series }]
    history.pushState({}, '', '/run/run1')
    dispatchEvent(new PopStateEvent('popstate'))
  }, watchedGpu())
  const section = page.getByRole('region', { name: 'The GPU meanwhile' })
  await section.getByText('Throttled for 4.0 s of 20 s (20.0 %): power cap, thermal (driver).').waitFor()
  await section.getByRole('img').nth(3).waitFor()
  await screenshot(page, 'gpu')
  await section.getByRole('button', { name: 'Table' }).first().click()
  await section.getByRole('grid', { name: 'Clocks' }).getByRole('gridcell', { name: 'power cap' }).first().waitFor()
  expect(await axeViolations(page)).toEqual([])
  expect(complaints).toEqual([])
})
