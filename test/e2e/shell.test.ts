import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { axeViolations, dropFiles } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'

/** The whole page in real Chromium over a double of the preload and an engine in the page (harness/app.ts). */
const app = harnessInChromium()

const command = (page: Page, id: string, argument?: string) =>
  page.evaluate(([commandId, value]) => Reflect.get(window, 'double').command(commandId, value), [
    id,
    argument,
  ] as const)

test('menu and double-clicked files arrive as commands: a session is opened, a model goes to a new benchmark', async () => {
  const { page } = await app('/')
  await command(page, 'file.open', '/home/me/other.bscope')
  await expect.poll(() => new URL(page.url()).pathname).toBe('/session')
  await command(page, 'file.open', '/models/a b.onnx')
  await expect.poll(() => new URL(page.url()).search).toBe('?model=%2Fmodels%2Fa+b.onnx')
})

test('what a command is refused is told, and nothing changes', async () => {
  const { page } = await app('/?session')
  await command(page, 'file.open', '/home/me/gone.bscope')
  await page.getByRole('alert').filter({ hasText: 'There is no such file.' }).waitFor()
  await expect.poll(() => page.title()).toContain('resnet-study')
})

test('palette and key list have no accessibility violation', async () => {
  const { page, complaints } = await app('/?session')
  await page.keyboard.press('Control+k')
  await page.getByRole('combobox').fill('theme')
  await page.getByRole('option', { name: 'Theme: dark' }).waitFor()
  expect(await axeViolations(page)).toEqual([])
  await page.keyboard.press('Escape')
  await expect.poll(() => page.getByRole('dialog').count()).toBe(0)
  await page.keyboard.press('?')
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  expect(await axeViolations(page)).toEqual([])
  expect(complaints).toEqual([])
})

test('a shortcut without a modifier is a letter while one types', async () => {
  const { page } = await app('/run/run1?session')
  await page
    .getByRole('searchbox', { name: /filter/i })
    .first()
    .fill('')
  await page.keyboard.press('?')
  expect(await page.getByRole('dialog').count()).toBe(0)
  expect(
    await page
      .getByRole('searchbox', { name: /filter/i })
      .first()
      .inputValue(),
  ).toBe('?')
})

test('runs are stepped through in the order of the sidebar, across its groups and around', async () => {
  const { page } = await app('/run/run1?session')
  const path = () => new URL(page.url()).pathname
  const order = await page
    .getByRole('navigation', { name: 'Runs of this session' })
    .locator('li a')
    .evaluateAll(links => links.map(link => new URL((link as HTMLAnchorElement).href).pathname))
  const at = order.indexOf('/run/run1')
  await page.keyboard.press('Alt+ArrowDown')
  await expect.poll(path).toBe(order[(at + 1) % order.length])
  await page.keyboard.press('Alt+ArrowUp')
  await expect.poll(path).toBe('/run/run1')
})

test('the sidebar follows the session live, also after the engine was started again', async () => {
  const { page } = await app('/?session')
  const runs = page.getByRole('navigation', { name: 'Runs of this session' })
  const item = runs.getByRole('link', { name: /^Interrupted gpunet/ })
  await item.waitFor()
  await page.evaluate(() => {
    const { engine, reconnect } = Reflect.get(window, 'double')
    engine.disconnect()
    reconnect()
  })
  await expect.poll(() => page.evaluate(() => Reflect.get(window, 'double').engine.watcherCount)).toBeGreaterThan(0)
  await expect
    .poll(async () => {
      await page.evaluate(() => Reflect.get(window, 'double').engine.emit({ type: 'run-removed', runId: 'run5' }))
      return item.count()
    })
    .toBe(0)
})

test('a file dropped anywhere is taken to a new benchmark', async () => {
  const { page } = await app('/tools?session')
  await dropFiles(page, 'main', [{ name: 'mine.onnx', bytes: new Uint8Array(8) }])
  await expect.poll(() => new URL(page.url()).search).toBe('?model=%2Fdropped%2Fmine.onnx')
})

test('a page that fails says so and the rest goes on', async () => {
  const { page } = await app('/nowhere')
  await page.getByText('There is no such page').waitFor()
  await page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Tools' }).click()
  await expect.poll(() => new URL(page.url()).pathname).toBe('/tools')
  await page.goBack()
  await page.getByText('There is no such page').waitFor()
})
