import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'
import { press } from '../helpers/keys.ts'

/** The model repository page in real Chromium, driven by keys alone, over a double of the engine. */
const openPage = harnessInChromium()

async function open(query = '?path=/models', theme: 'light' | 'dark' = 'light') {
  const tab = await openPage(`/repository${query}`, { theme, width: 1360, height: 860 })
  await tab.page.getByRole('heading', { name: 'Model repository', level: 1 }).waitFor()
  return tab
}

const text = (page: Page) => page.getByLabel('config.pbtxt', { exact: true })

test('a folder is typed, and a problem leads to its place in the text', async () => {
  const { page, complaints } = await open('')
  await page.getByLabel('Folder').focus()
  await page.keyboard.type('/models')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'half_done' }).waitFor()
  await press(page, 'Go to line 5, column 26')
  const selected = await text(page).evaluate((area: HTMLTextAreaElement) =>
    area.value.slice(area.selectionStart, area.selectionEnd),
  )
  expect(selected).toMatch(/^TYPE_FP23/)
  await page.keyboard.insertText('TYPE_FP32 dims: [ 3 ] }')
  await page.getByText('No problems').waitFor()
  await page.keyboard.press('Control+S')
  await expect.poll(() => page.getByText('1 error').count()).toBe(0)
  expect(await page.getByText('not saved').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('a broken text has no form, and leaving it unsaved is asked about', async () => {
  const { page } = await open()
  await page.getByRole('heading', { name: 'half_done' }).waitFor()
  await press(page, 'Form', 'radio')
  await page.getByText('The text does not parse, so there is no form of it.').waitFor()
  await press(page, 'Text', 'radio')
  await text(page).fill('name: "half_done"\n')
  await press(page, /^image_cls/)
  await page.getByRole('dialog', { name: 'Leave half_done unsaved?' }).waitFor()
  await page.keyboard.press('Escape')
  expect(await text(page).inputValue()).toBe('name: "half_done"\n')
})

test('the form writes into the text and leaves its comments', async () => {
  const { page } = await open()
  await press(page, /^image_cls/)
  await press(page, 'Form', 'radio')
  await page.getByLabel('Preferred batch sizes').fill('8, 64')
  await page.getByLabel('Instances of group 1').fill('4')
  await press(page, 'Text', 'radio')
  await expect
    .poll(() => text(page).inputValue())
    .toMatch(/preferred_batch_size: \[ ?8, 64 ?\] {2}# as the clients send/)
  await expect.poll(() => text(page).inputValue()).toContain('count: 4 kind: KIND_CPU')
})

test('a model is added after its text was seen; one of the name is replaced only when wanted', async () => {
  const { page } = await open()
  await page.getByRole('heading', { name: 'half_done' }).waitFor()
  await press(page, 'Add a model')
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Model file').fill('/home/me/image_cls.onnx')
  expect(await dialog.getByLabel('Name', { exact: true }).inputValue()).toBe('image_cls')
  await press(page, 'Review')
  await page.getByRole('heading', { name: 'Review image_cls' }).waitFor()
  await press(page, 'Write to the repository')
  await dialog.getByText('The repository has a model image_cls.').waitFor()
  await press(page, 'Replace it')
  await page.getByText('Written: /models/image_cls/config.pbtxt', { exact: false }).waitFor()
  await page.getByRole('heading', { name: 'image_cls', level: 2 }).waitFor()
})

test('a server is started by a command shown before, followed, and stopped', async () => {
  const { page } = await open()
  const command = page.getByRole('region', { name: 'Command that is run' })
  await command.getByText('tritonserver --model-repository=/models', { exact: false }).waitFor()
  await press(page, 'Start')
  await page.getByRole('log').getByText('Started HTTPService', { exact: false }).waitFor()
  await page.getByRole('link', { name: 'Open server page' }).waitFor()
  await press(page, 'Stop')
  await page.getByText('Ended', { exact: true }).waitFor()
  await page.getByRole('button', { name: 'Start', exact: true }).waitFor()
})

test('a server that cannot be started here says why before it is tried', async () => {
  const { page } = await open()
  await press(page, 'docker run', 'radio')
  await page.getByRole('alert').filter({ hasText: 'docker is not installed.' }).waitFor()
  expect(await page.getByRole('button', { name: 'Start', exact: true }).isDisabled()).toBe(true)
})

test('a folder is chosen in the dialog of a browser tab', async () => {
  const { page } = await open('?path=/gone')
  await page.getByRole('alert').filter({ hasText: 'There is no such folder.' }).waitFor()
})

const VIEWS: readonly [name: string, query: string, ready: (page: Page) => Promise<unknown>][] = [
  ['repository-empty', '', page => page.getByText('No repository is open.').waitFor()],
  ['repository-text', '?path=/models', page => page.getByText('is no DataType', { exact: false }).waitFor()],
  [
    'repository-form',
    '?path=/models',
    async page => {
      await press(page, /^image_cls/)
      await press(page, 'Form', 'radio')
      await press(page, 'Start')
      await page.getByRole('link', { name: 'Open server page' }).waitFor()
    },
  ],
  [
    'repository-add',
    '?path=/models',
    async page => {
      await page.getByRole('heading', { name: 'half_done' }).waitFor()
      await press(page, 'Add a model')
      await page.getByLabel('Model file').fill('/home/me/net.onnx')
    },
  ],
]

for (const theme of ['light', 'dark'] as const) {
  test.for(VIEWS)(`%s has no accessibility violation, ${theme}`, async ([name, query, ready]) => {
    const { page, complaints } = await open(query, theme)
    await ready(page)
    await screenshot(page, `${name}-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })
}
