import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { axeViolations, screenshot } from '../helpers/browser.ts'
import { harnessInChromium } from '../helpers/harness-in-chromium.ts'
import { tabTo } from '../helpers/keys.ts'

/** A run with a trace, in real Chromium over the engine double; the real engine: trace-engine.test.ts. */
const app = harnessInChromium()

const tracks = (page: Page) => page.getByRole('group', { name: 'Tracks', exact: true })
const canvas = (page: Page) => tracks(page).locator('canvas')
const details = (page: Page) => page.getByRole('region', { name: 'Details of the slice' })
const kernels = (page: Page) => page.getByRole('grid', { name: 'Kernels' }).locator('tbody tr[aria-rowindex]')
const chip = (page: Page) => page.getByText(/^Selection [\d.,]+ /).first()

async function open(runId: string, look: Parameters<typeof app>[1] = {}) {
  const tab = await app(`/run/${runId}?session`, look)
  await tab.page.getByRole('heading', { name: 'Timeline', exact: true }).waitFor()
  return tab
}

/** Colours on the canvas: nothing but the background is one. */
function colours(page: Page): Promise<number> {
  return canvas(page).evaluate(element => {
    if (!(element instanceof HTMLCanvasElement)) return 0
    const { data } = element.getContext('2d')?.getImageData(0, 0, element.width, element.height) ?? { data: [] }
    const seen = new Set<number>()
    for (let at = 0; at < data.length; at += 4) {
      if ((data[at + 3] ?? 0) > 200)
        seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0))
    }
    return seen.size
  })
}

async function drag(page: Page, from: number, to: number): Promise<void> {
  const box = await canvas(page).boundingBox()
  if (box === null) throw new Error('There is no canvas')
  await page.mouse.move(box.x + box.width * from, box.y + 40)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * to, box.y + 60, { steps: 4 })
  await page.mouse.up()
}

describe('a trace', () => {
  test.for([
    'light',
    'dark',
  ] as const)('is read from verdict to table, and nothing is inaccessible: %s', async theme => {
    const { page, complaints } = await open('trace1', { theme })
    await page.getByRole('heading', { name: /^Host-bound: the GPU was busy 39\.8 % of 10\.0 s/ }).waitFor()
    await page.getByText('batchscope capture torch SCRIPT.py --with-stack').first().waitFor()
    await page.getByText('3 checks found nothing').waitFor()
    await page.getByText('2 checks cannot tell').waitFor()
    await page.getByText('2 notes about the file').waitFor()
    await expect.poll(() => colours(page)).toBeGreaterThan(5)
    await expect.poll(() => kernels(page).count()).toBe(7)
    await screenshot(page, `trace-${theme}`)
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a range dragged over the timeline filters tables and figures, and the chip takes it away', async () => {
    const { page } = await open('trace1')
    const calls = () => kernels(page).first().locator('[data-column="1"]').innerText()
    await expect.poll(calls).toBe('500,000')
    await drag(page, 0.3, 0.5)
    await chip(page).waitFor()
    await expect.poll(calls).not.toBe('500,000')
    // A fifth of the view, which is the trace and 2 % on either side.
    expect(Number((await calls()).replaceAll(',', '')) / 500_000).toBeCloseTo(0.2 * 1.04, 2)
    await page.getByRole('button', { name: 'Clear the selection' }).first().click()
    await expect.poll(calls).toBe('500,000')
    expect(await chip(page).count()).toBe(0)
  })

  test('a step is chosen as a window and has its own figures', async () => {
    const { page } = await open('trace1')
    await page.getByRole('tab', { name: /^Steps/ }).click()
    await page.getByRole('grid', { name: 'Steps' }).locator('tbody tr').nth(1).click()
    await chip(page).waitFor()
    await expect.poll(() => page.getByText('over 3.333 s', { exact: true }).count()).toBe(1)
  })

  test('a row shows its slices on the timeline, and keys walk them', async () => {
    const { page, complaints } = await open('trace1')
    await kernels(page).nth(2).click()
    await page.getByText('1 of 1,234 (first 500)').waitFor()
    await details(page).getByRole('heading').first().waitFor()
    await page.keyboard.press('n')
    await page.getByText('2 of 1,234 (first 500)').waitFor()
    await page.keyboard.press('Shift+N')
    await page.getByText('1 of 1,234 (first 500)').waitFor()
    await page.keyboard.press('Escape')
    await details(page).getByText('Click a slice').waitFor()
    expect(complaints).toEqual([])
  })

  test('a search says how many there are, and when there are none', async () => {
    const { page } = await open('trace1')
    await tracks(page).focus()
    await page.keyboard.press('/')
    await page.keyboard.type('gemm')
    await page.getByText('1,234 (first 500)', { exact: true }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByText('1 of 1,234 (first 500)').waitFor()
    await page.getByRole('textbox', { name: 'Search slices by name' }).fill('nothing like it')
    await page.getByText('none', { exact: true }).waitFor()
    await page.keyboard.press('Control+p')
    expect(await page.evaluate(() => document.activeElement?.matches('[data-filter]'))).toBe(true)
    await page.keyboard.type('stream 13')
    await expect.poll(() => tracks(page).getByText('stream 7', { exact: true }).count()).toBe(0)
  })

  test('without a mouse: from the tracks to a slice, along its lane, to its launch and out again', async () => {
    const { page, complaints } = await open('trace1')
    await tabTo(page, '[aria-label="Tracks"][tabindex="0"]')
    const view = () =>
      page.evaluate(() => document.querySelector('[data-timeline] .timeline [role=status]')?.textContent)
    await page.keyboard.press('Enter')
    await details(page).getByText('Annotation', { exact: true }).waitFor()
    const first = await view()
    await page.keyboard.press('ArrowRight')
    await expect.poll(view).not.toBe(first)
    await page.keyboard.press('.')
    await page.keyboard.press(',')
    await page.keyboard.press('ArrowDown')
    await details(page).getByText('Operator', { exact: true }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('ArrowDown')
    await details(page).getByText('Kernel', { exact: true }).waitFor()
    await page.keyboard.press('[')
    await details(page).getByText('CUDA/HIP call', { exact: true }).waitFor()
    for (const key of ['w', 'w', 's', 'a', 'd', 'f', 'm']) await page.keyboard.press(key)
    await page.keyboard.press('c')
    await page.getByRole('button', { name: 'Unfold python 4242' }).waitFor()
    await page.keyboard.press('Shift+P')
    await page.getByRole('group', { name: 'Pinned tracks' }).waitFor()
    await page.keyboard.press('q')
    await details(page).waitFor({ state: 'detached' })
    await page.keyboard.press('?')
    await page.getByText('Follow the arrow forward').waitFor()
    await page.keyboard.press('Escape')
    expect(complaints).toEqual([])
  })

  test('the view as a table, copied as text, saved as a picture', async () => {
    const { page, complaints } = await open('trace1')
    await page.getByRole('button', { name: 'As a table' }).last().click()
    const grid = page.getByRole('grid', { name: 'What the timeline shows' })
    await expect.poll(() => grid.locator('tbody tr[aria-rowindex]').count()).toBeGreaterThan(10)
    await grid.locator('tbody tr[aria-rowindex]').first().click()
    await details(page).getByRole('button', { name: 'Copy as text' }).click()
    await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toContain('Duration: ')
    for (const [kind, name] of [
      ['SVG', /timeline\.svg$/],
      ['PNG', /timeline\.png$/],
    ] as const) {
      await page.getByRole('button', { name: 'Picture of the view' }).click()
      const [saved] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('menuitem', { name: `Save the view as ${kind}` }).click(),
      ])
      expect(saved.suggestedFilename()).toMatch(name)
    }
    expect(complaints).toEqual([])
  })

  test('names from a file stay text, whatever they hold', async () => {
    const { page, complaints } = await open('trace1')
    expect(await page.locator('img').count()).toBe(0)
    await kernels(page).filter({ hasText: '<img src=x' }).first().waitFor()
    await kernels(page).filter({ hasText: 'a⟨202e⟩gnp.exe⟨07⟩' }).first().waitFor()
    await kernels(page).filter({ hasText: 'kxxxxxxxx' }).first().click()
    await page.getByText('1 of 1,234 (first 500)').waitFor()
    const wide = await page.evaluate(() => document.querySelector('main')?.scrollWidth ?? 0)
    expect(wide).toBeLessThanOrEqual(await page.evaluate(() => document.querySelector('main')?.clientWidth ?? 0))
    expect(complaints).toEqual([])
  })

  test('follows forced colours, another density of pixels and another width', async () => {
    const { page, complaints } = await open('trace1')
    const ratio = () =>
      canvas(page).evaluate(element => (element instanceof HTMLCanvasElement ? element.width / element.clientWidth : 0))
    const session = await page.context().newCDPSession(page)
    await session.send('Emulation.setDeviceMetricsOverride', {
      width: 1300,
      height: 800,
      deviceScaleFactor: 2,
      mobile: false,
    })
    await expect.poll(ratio).toBeCloseTo(2, 1)
    await page.emulateMedia({ forcedColors: 'active', reducedMotion: 'reduce' })
    await expect.poll(() => colours(page)).toBeGreaterThan(2)
    await screenshot(page, 'trace-forced-colors')
    expect(complaints).toEqual([])
  })

  test('a narrow window keeps everything in reach', async () => {
    const { page } = await open('trace1', { width: 1100, height: 700, theme: 'dark' })
    await expect.poll(() => colours(page)).toBeGreaterThan(5)
    await screenshot(page, 'trace-narrow')
    const [wide, room] = await page.evaluate(() => {
      const main = document.querySelector('main')
      return [main?.scrollWidth ?? 0, main?.clientWidth ?? 0]
    })
    expect(wide).toBeLessThanOrEqual(room ?? 0)
  })
})

describe('a point of a table', () => {
  test('is profiled in the way that suits it, and its trace leads back to its row', async () => {
    const { page, complaints } = await app('/run/run1?session')
    await page.getByRole('grid', { name: 'Latency by batch' }).locator('tbody tr').nth(3).click()
    const card = page.getByRole('region', { name: 'Profile this point' })
    await card.getByText('batch 8, once more under a profiler', { exact: false }).waitFor()
    await card.getByRole('button', { name: 'Ways to profile it…' }).click()
    await card.getByRole('button', { name: 'Nsight Systems' }).waitFor()
    expect(await axeViolations(page)).toEqual([])
    await card.getByRole('button', { name: 'ONNX Runtime' }).click()
    await page.waitForURL(/\/run\/trace3/)

    await page.goto(new URL('/run/trace4?session', page.url()).href)
    await page.getByRole('main').getByRole('link', { name: 'resnet18_dynamic.onnx' }).click()
    await page.waitForURL(/\/run\/run1/)
    const chosen = page.getByRole('grid', { name: 'Latency by batch' }).locator('tr[aria-selected=true]')
    await expect.poll(() => chosen.first().innerText()).toMatch(/^8\s/)
    expect(complaints).toEqual([])
  })
})

describe('what is not there', () => {
  test('the file has moved: the coarse picture says so, another file is refused, the right one brings it all back', async () => {
    const { page } = await open('trace2')
    await page.getByText('Only the overview kept in the session is drawn').waitFor()
    await page.getByText('resnet50_train.pt.trace.json is not there any more').waitFor()
    await expect.poll(() => colours(page)).toBeGreaterThan(5)
    expect(await page.getByRole('textbox', { name: 'Search slices by name' }).isDisabled()).toBe(true)
    expect(await axeViolations(page)).toEqual([])
    await page.getByRole('button', { name: 'Locate file…' }).click()
    await page.getByText('This is another file than the one that was read').waitFor()
    await page.evaluate(() => {
      if (window.batchscopeHost) window.batchscopeHost.openDialog = async () => ['/home/me/moved.json']
    })
    await page.getByRole('button', { name: 'Locate file…' }).click()
    await page.getByText('Only the overview kept in the session is drawn').waitFor({ state: 'detached' })
    await expect.poll(() => page.getByRole('textbox', { name: 'Search slices by name' }).isEnabled()).toBe(true)
  })

  test('an index that is being made again draws what there is, then all', async () => {
    const { page } = await open('trace6')
    await page.getByText('The index is being made again').waitFor()
    await page.getByText('The index is being made again').waitFor({ state: 'detached' })
    await page.keyboard.press('/')
    await expect.poll(() => page.getByRole('textbox', { name: 'Search slices by name' }).isEnabled()).toBe(true)
  })

  test('an import shows how far it is and what it has read', async () => {
    const { page, complaints } = await app('/run/trace3?session')
    await page.getByText('2,110,442 events, 132 MiB/s', { exact: false }).waitFor()
    await page.getByText('Cancelling keeps what was read until then.').waitFor()
    await expect
      .poll(() => page.getByRole('region', { name: 'What was read so far' }).locator('svg path').count())
      .toBe(3)
    await page.getByText('In the whole trace: GPU 0: busy 80.0 % of 3.00 s from its first to its last work').waitFor()
    await page.getByRole('list', { name: 'Kernels that took most' }).getByText('gemm<float>⟨202e⟩').waitFor()
    await screenshot(page, 'trace-importing')
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })

  test('a trace without a device is about the CPU alone', async () => {
    const { page } = await open('trace4')
    await page.getByText('self time, all threads').waitFor()
    expect(await page.getByText(/^GPU 0/).count()).toBe(0)
    expect(await page.getByRole('tab', { name: /^Kernels/ }).count()).toBe(0)
    await page.getByRole('grid', { name: 'Operators' }).waitFor()
    await page.getByRole('checkbox', { name: 'Split by input shapes' }).click()
    await page.getByRole('gridcell', { name: '[[64, 3, 224, 224]]' }).first().waitFor()
  })

  test('an empty trace says that it is empty', async () => {
    const { page, complaints } = await open('trace5')
    await page.getByText('The trace holds no slices: there is nothing to draw.').waitFor()
    expect(await axeViolations(page)).toEqual([])
    expect(complaints).toEqual([])
  })
})
