import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { describe, expect, test } from 'vitest'
import { axeViolations, dropFiles, screenshot } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'
import { sampleBytes, withoutSamples } from '../helpers/samples.ts'
import { kinetoText } from '../helpers/timing-model/kineto-text.ts'
import { kernels } from '../helpers/timing-model/model-case.ts'
import { run } from '../helpers/timing-model/truth.ts'

/** Traces through the page's door with the real engine behind it: dropped, read, judged, drawn, asked. */
const engine = engineInChromium()

const tracks = (page: Page) => page.getByRole('group', { name: 'Tracks', exact: true })
const table = (page: Page, name: string) => page.getByRole('grid', { name }).locator('tbody tr[aria-rowindex]')
/** Kernels of 4 µs with 30 µs of Python before each: the host is why the device is idle. */
const hostBound = () => new TextEncoder().encode(kinetoText(run(kernels(4, 30))))

async function dropped(name: string, bytes: Uint8Array) {
  const tab = await engine.open('/')
  await tab.page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
  await dropFiles(tab.page, 'main', [{ name, bytes }])
  await tab.page.waitForURL(/\/run\//)
  await tab.page.getByRole('heading', { name: 'Timeline', exact: true }).waitFor({ timeout: 60_000 })
  return tab
}

/** Distinct opaque colours on the timeline's canvas: a blank one has the grid's at most. */
function colours(page: Page): Promise<number> {
  return tracks(page)
    .locator('canvas')
    .evaluate(element => {
      if (!(element instanceof HTMLCanvasElement)) return 0
      const data = element.getContext('2d')?.getImageData(0, 0, element.width, element.height).data ?? []
      const seen = new Set<number>()
      for (let at = 0; at < data.length; at += 4) {
        if ((data[at + 3] ?? 0) > 250)
          seen.add(((data[at] ?? 0) << 16) | ((data[at + 1] ?? 0) << 8) | (data[at + 2] ?? 0))
      }
      return seen.size
    })
}

async function drag(page: Page, from: number, to: number): Promise<void> {
  const box = await tracks(page).locator('canvas').boundingBox()
  if (box === null) throw new Error('There is no canvas')
  await page.mouse.move(box.x + box.width * from, box.y + 40)
  await page.mouse.down()
  await page.mouse.move(box.x + box.width * to, box.y + 60, { steps: 3 })
  await page.mouse.up()
}

test('a dropped trace is judged, drawn, brushed, walked, and drawn again in the other theme', async () => {
  const { page, complaints } = await dropped('train.pt.trace.json', hostBound())
  await page.getByRole('heading', { name: /^Host-bound: the GPU was busy/ }).waitFor()
  await expect.poll(() => colours(page)).toBeGreaterThan(4)

  const calls = async () =>
    Number((await table(page, 'Kernels').first().locator('[data-column="1"]').innerText()).replaceAll(',', ''))
  const all = await calls()
  expect(all).toBe(run(kernels(4, 30)).device.length)
  await drag(page, 0.25, 0.5)
  await expect.poll(calls).toBeLessThan(all)
  expect((await calls()) / all).toBeCloseTo(0.26, 1)
  await page.getByRole('button', { name: 'Clear the selection' }).first().click()
  await expect.poll(calls).toBe(all)

  await table(page, 'Kernels').first().click()
  await page.getByText(new RegExp(`^1 of ${all.toLocaleString('en')}$`)).waitFor()
  const details = page.getByRole('region', { name: 'Details of the slice' })
  await details.getByRole('button', { name: 'cudaLaunchKernel' }).waitFor()
  await page.keyboard.press('[')
  await details.getByText('CUDA/HIP call', { exact: true }).waitFor()
  await details.getByText('correlation', { exact: true }).waitFor() // an argument, read from the source

  const light = await colours(page)
  await engine.server().client.settings.set({ theme: 'dark' })
  await page.reload()
  await page.locator(':root[data-theme="dark"]').waitFor({ state: 'attached' })
  await expect.poll(() => colours(page)).toBeGreaterThan(4)
  expect(light).toBeGreaterThan(4)
  await screenshot(page, 'trace-engine-dark')
  expect(await axeViolations(page)).toEqual([])
  await engine.server().client.settings.set({ theme: 'system' })
  expect(complaints).toEqual([])
})

describe.skipIf(withoutSamples)('recorded traces', () => {
  test.for([
    { file: 'kineto/torch2.5_t4_resnet_inference_colab.json', verdict: /^Host-bound/, kernels: 335 },
    { file: 'kineto/torch2.2_macos_cpu_resnet18_inference.json', verdict: /^CPU-only/, kernels: undefined },
    { file: 'nsys/gpu_2022.4.2_titanrtx_tensorrt_nvtx.sqlite', verdict: /./, kernels: undefined },
  ])('$file is judged and drawn', async ({ file, verdict, kernels: count }) => {
    const { page, complaints } = await dropped(file.split('/').at(-1) ?? file, sampleBytes(file))
    await page.getByRole('heading', { name: verdict, level: 2 }).first().waitFor()
    await expect.poll(() => colours(page)).toBeGreaterThan(3)
    if (count !== undefined) await page.getByText(String(count), { exact: true }).first().waitFor()
    await screenshot(page, `trace-${file.replaceAll(/\W+/g, '-')}`)
    expect(complaints).toEqual([])
  })
})

test('a session opened where the index and the file are gone draws what it keeps, and asks for the file', async () => {
  const path = join(engine.folder, 'moved.bscope')
  const { info } = await engine.server().client.sessions.create({ path })
  const { sessionId } = info
  const trace = await engine.server().client.system.uploadBegin({ name: 'gone.json', bytes: hostBound().byteLength })
  await engine
    .server()
    .client.system.uploadChunk({ uploadId: trace.uploadId, offset: 0, data: new Blob([hostBound()]) })
  const file = await engine.server().client.system.uploadEnd({ uploadId: trace.uploadId })
  const { runId } = await engine.server().client.runs.start({ sessionId, kind: 'import', spec: { path: file.path } })
  await expect
    .poll(async () => (await engine.server().client.runs.get({ sessionId, runId })).status, { timeout: 30_000 })
    .toBe('done')
  await engine.restart(() => {
    rmSync(file.path)
    rmSync(join(engine.folder, 'data', 'cache', 'traces'), { recursive: true, force: true })
  })
  await engine.server().client.sessions.open({ path })
  const { page } = await engine.open(`/run/${runId}`)
  await page.getByText('Only the overview kept in the session is drawn').waitFor()
  await page.getByRole('heading', { name: /^Host-bound/ }).waitFor()
  await expect.poll(() => colours(page)).toBeGreaterThan(3)
  await page.getByRole('button', { name: 'Locate file…' }).waitFor()
  await screenshot(page, 'trace-engine-coarse')
})
