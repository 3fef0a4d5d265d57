import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'

const engine = engineInChromium()

/** Tab until the focused element has this name, as a person without a mouse does. */
async function tabTo(page: Page, name: RegExp, most = 80): Promise<void> {
  const passed: string[] = []
  for (let press = 0; press < most; press++) {
    await page.keyboard.press('Tab')
    const focused = await page.evaluate(() => {
      const element = document.activeElement
      const labelled = element?.id ? document.querySelector(`label[for="${element.id}"]`)?.textContent : undefined
      return `${element?.getAttribute('aria-label') ?? labelled ?? element?.textContent ?? ''}`.trim().slice(0, 60)
    })
    if (name.test(focused)) return
    passed.push(focused)
  }
  throw new Error(`Tab never reached ${name}; it passed ${passed.join(' | ')}`)
}

/** The palette, this text, Enter. */
async function command(page: Page, text: string): Promise<void> {
  await page.keyboard.press('Control+k')
  await page.getByRole('dialog').waitFor()
  await page.keyboard.type(text)
  await page.keyboard.press('Enter')
  await page.getByRole('dialog').waitFor({ state: 'detached' })
}

test('from an empty start to a measured table without a mouse', async () => {
  const { page, complaints } = await engine.open()
  await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
  await page.keyboard.press('Alt+n')
  await page.getByRole('heading', { name: 'New benchmark' }).waitFor()
  await tabTo(page, /^Use the sample model$/)
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'sample-model.onnx' }).waitFor()

  await tabTo(page, /^1$/)
  await page.keyboard.press('End')
  for (const batch of [128, 64, 32, 16, 8, 4]) {
    await page.keyboard.press('Space')
    if (batch > 4) await page.keyboard.press('ArrowLeft')
  }
  await tabTo(page, /ONNX Runtime/)
  await page.keyboard.press('Space')
  await tabTo(page, /Fake runtime/)
  await page.keyboard.press('Space')
  await page.getByText('2 points', { exact: true }).waitFor()
  await page.keyboard.press('Control+Enter')
  await page.waitForURL(/\/run\//)
  await page.getByText('Done', { exact: true }).first().waitFor()

  await tabTo(page, /^1\b/)
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'Distribution, batch 2' }).waitFor()

  await page.keyboard.press('p')
  await page.getByRole('complementary', { name: 'Passport' }).waitFor()
  await page.keyboard.press('Escape')
  await page.getByRole('complementary', { name: 'Passport' }).waitFor({ state: 'detached' })
  expect(complaints).toEqual([])
})

test('palette: both shortcuts open it, it finds pages and commands, Escape gives the focus back', async () => {
  const { page, complaints } = await engine.open('/tools')
  await page.getByRole('heading', { name: 'Tools' }).waitFor()
  for (const keys of ['Control+k', 'Control+Shift+p']) {
    await page.keyboard.press(keys)
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  }
  await command(page, 'settings')
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(complaints).toEqual([])
})

test('the theme follows the palette and the settings, and survives a reload', async () => {
  const { page } = await engine.open('/settings', { theme: 'light' })
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
  const light = await background()
  await command(page, 'theme: dark')
  await expect.poll(background).not.toBe(light)
  await page.reload()
  await page.getByRole('heading', { name: 'Settings' }).waitFor()
  expect(await background()).not.toBe(light)
  await page.getByRole('radio', { name: 'As the system' }).click()
  await page.getByText('Saved.').first().waitFor()
  await expect.poll(background).toBe(light)
})

test('? lists the shortcuts of page and shell, from the same registry', async () => {
  const { page } = await engine.open('/new')
  await page.getByRole('heading', { name: 'New benchmark' }).waitFor()
  await page.keyboard.press('?')
  const list = page.getByRole('dialog')
  await list.getByText('Search or run a command').waitFor()
  await list.getByText('Show or hide the sidebar').waitFor()
  await page.keyboard.press('Escape')
  await list.waitFor({ state: 'detached' })
})
