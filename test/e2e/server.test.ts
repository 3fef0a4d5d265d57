import type { Page } from 'playwright'
import { expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'
import { press, takeItem } from '../helpers/keys.ts'

/** The server page in real Chromium, driven by keys alone, over a double of the engine. */
const openPage = harnessInChromium()

type Theme = 'light' | 'dark'

async function open(query = '', theme: Theme = 'light') {
  const tab = await openPage(`/server${query}`, { theme, width: 1360, height: 860 })
  await tab.page.getByRole('heading', { name: 'Server', exact: true, level: 1 }).waitFor()
  return tab
}

const models = (page: Page) => page.getByRole('grid', { name: 'Models of the server' })
const connected = (page: Page) => page.getByRole('heading', { name: 'What this server allows' }).waitFor()

async function chooseOption(page: Page, list: string, option: string) {
  await page.getByRole('combobox', { name: list, exact: true }).focus()
  await page.keyboard.press('Enter')
  await takeItem(page, 'option', option)
}

async function chooseByKeys(page: Page, name: string) {
  await models(page).getByRole('gridcell', { name, exact: true }).focus()
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name, exact: true, level: 2 }).waitFor()
}

test('an address is typed, a server connected, a model chosen and asked, by keys alone', async () => {
  const { page, complaints } = await open()
  await page.getByLabel('Address', { exact: true }).focus()
  await page.keyboard.type('localhost:8000')
  await page.keyboard.press('Enter')
  await connected(page)
  await chooseByKeys(page, 'mnist_digit')
  await press(page, 'Now', 'tab')
  await page.keyboard.press('End')
  await page.getByRole('tab', { name: 'One request', selected: true }).waitFor()
  await page.getByLabel('Best classes').focus()
  await page.keyboard.press('Control+Enter')
  const classes = page.getByRole('list', { name: 'Best classes' })
  await classes.getByText('one', { exact: true }).waitFor()
  expect(await classes.getByRole('listitem').count()).toBe(3)
  await page.getByRole('region', { name: 'The same request with curl' }).first().getByRole('button').press('Enter')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('/v2/models/mnist_digit/infer')
  expect(complaints).toEqual([])
})

test('a chart is read by arrow keys and shown as a table', async () => {
  const { page } = await open('?url=localhost:8000&model=image_cls')
  await connected(page)
  const chart = page.getByRole('region', { name: 'Request rate' })
  await chart.getByRole('img').focus()
  await page.keyboard.press('ArrowLeft')
  await chart.getByText(/s ago: requests [\d.,]+, inferences/).waitFor()
  await press(chart, 'Request rate as a table')
  await chart.getByRole('grid', { name: 'Request rate' }).waitFor()
})

test('the palette knows the chosen model', async () => {
  const { page } = await open('?url=localhost:8000&model=delay')
  await connected(page)
  await page.keyboard.press('Control+K')
  await page.keyboard.type('one request to delay')
  await page.keyboard.press('Enter')
  await page.getByRole('tab', { name: 'One request', selected: true }).waitFor()
})

test('a model is unloaded only after a question, and loaded again', async () => {
  const { page } = await open('?url=localhost:8000&model=identity_fp32')
  await connected(page)
  await press(page, 'Unload')
  const question = page.getByRole('dialog', { name: 'Unload identity_fp32?' })
  await question.getByText('ensemble needs it and fails from then on.', { exact: false }).waitFor()
  await press(question, 'Unload')
  await page.getByRole('button', { name: 'Load', exact: true }).waitFor()
})

test('a load that fails says why, with details to copy', async () => {
  const { page } = await open('?url=localhost:8000&model=broken')
  await connected(page)
  await press(page, 'Load')
  const alert = page.getByRole('alert').filter({ hasText: 'broken was not loaded' })
  await alert.waitFor()
  await press(alert, 'Copy details')
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toMatch(/^SERVER_REFUSED: load failed/)
})

test('a configuration tried on the server says that it sticks, and the file comes back', async () => {
  const { page } = await open('?url=localhost:8000&model=image_cls')
  await connected(page)
  await press(page, 'Configuration', 'tab')
  await press(page, 'Try another configuration')
  await press(page, 'Form', 'radio')
  await page.getByLabel('Max batch size').fill('16')
  await press(page, 'Text', 'radio')
  await expect.poll(() => page.getByLabel('config.pbtxt').inputValue()).toContain('max_batch_size: 16')
  expect(await page.getByLabel('config.pbtxt').inputValue()).toContain('# as the clients send')
  await press(page, 'Load with this configuration')
  await press(page.getByRole('dialog'), 'Load')
  await page.getByText('This model runs with a configuration given here.').waitFor()
  await press(page, "Back to the file's")
  await expect.poll(() => page.getByText('This model runs with a configuration given here.').count()).toBe(0)
})

test.each([
  ['down:8000', 'Nothing answers at this address.'],
  ['grpc-port:8000', 'Write grpc:// in front of the address.'],
])('%s is not connected and the page says what to do', async (url, text) => {
  const { page } = await open(`?url=${url}`)
  await page.getByRole('alert').filter({ hasText: text }).waitFor()
  await page.getByRole('button', { name: 'Try again' }).waitFor()
})

test('a token opens what a restricted server closed; it is in no address and no storage', async () => {
  const { page } = await open('?url=restricted:8000')
  await page.getByText('This server does not tell its statistics.').waitFor()
  await page.getByText('Connection', { exact: true }).focus()
  await page.getByText('Connection', { exact: true }).click()
  await page.getByLabel('Access token').fill('very-secret')
  await page.keyboard.press('Enter')
  await expect.poll(() => page.getByText('This server does not tell its statistics.').count()).toBe(0)
  const kept = await page.evaluate(() => JSON.stringify([location.href, { ...localStorage }, { ...sessionStorage }]))
  expect(kept).not.toContain('very-secret')
})

const VIEWS: readonly [name: string, query: string, ready: (page: Page) => Promise<unknown>][] = [
  ['server-empty', '', page => page.getByText('No server is connected.').waitFor()],
  ['server-live', '?url=localhost:8000&model=image_cls', connected],
  ['server-restricted', '?url=restricted:8000', connected],
  ['server-down', '?url=down:8000', page => page.getByRole('alert').first().waitFor()],
  [
    'server-config-form',
    '?url=localhost:8000&model=image_cls',
    async page => {
      await connected(page)
      await press(page, 'Configuration', 'tab')
      await press(page, 'Form', 'radio')
      await page.getByLabel('Max batch size').waitFor()
    },
  ],
  [
    'server-tensors',
    '?url=localhost:8000&model=ensemble',
    async page => {
      await connected(page)
      await press(page, 'Inputs and outputs', 'tab')
      await page.getByText('image_cls → identity_fp32').waitFor()
    },
  ],
  [
    'server-request',
    '?url=localhost:8000&model=mnist_digit',
    async page => {
      await connected(page)
      await press(page, 'One request', 'tab')
      await chooseOption(page, 'Values of IMAGE', 'From a file')
      await page.getByLabel('File with values for IMAGE').fill('/home/me/seven.png')
      await page.getByText('Preparation', { exact: true }).click()
      await page.keyboard.press('Control+Enter')
      await page.getByRole('list', { name: 'Best classes' }).waitFor()
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
