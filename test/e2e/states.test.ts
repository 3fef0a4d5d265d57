import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Page } from 'playwright'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { BenchSpecInput } from '#domain/bench-spec.ts'
import { dropFiles, repositoryFile } from '../helpers/browser.ts'
import { engineInChromium } from '../helpers/engine-in-chromium.ts'
import { mixedInputModel, staticBatchModel } from '../helpers/onnx-models.ts'
import { serverFolder, startServer, type TestServer } from '../helpers/serve.ts'

const engine = engineInChromium()

const rows = (page: Page) => page.getByRole('grid', { name: 'Latency by batch' }).locator('tbody tr[aria-rowindex]')

/** A model file that the server may read. */
function modelFile(name: string, bytes: Uint8Array): string {
  const path = join(engine.folder, name)
  writeFileSync(path, bytes)
  return path
}

/** A tab on New benchmark with this model chosen. */
async function formOf(path: string) {
  const tab = await engine.open(`/new?model=${encodeURIComponent(path)}`)
  await tab.page.getByRole('heading', { name: 'New benchmark' }).waitFor()
  return tab
}

/** A run on the fake runtime in a session of its own. */
async function startFakeRun(
  on: TestServer,
  script: Record<string, unknown>,
  more: Partial<BenchSpecInput> = {},
): Promise<{ sessionId: string; runId: string; path: string }> {
  const { info } = await on.client.sessions.create({})
  const { path: modelPath } = await on.client.models.sample()
  const spec: BenchSpecInput = {
    modelPath,
    runtimes: [{ id: 'fake', options: script }],
    batches: [1, 2, 4],
    minIterations: 20,
    minDurationMs: 0,
    ...more,
  }
  const { runId } = await on.client.runs.start({ sessionId: info.sessionId, kind: 'bench', spec })
  return { sessionId: info.sessionId, runId, path: info.path }
}

describe('a model that cannot be read says what is wrong and offers another', () => {
  const sample = repositoryFile('resources/sample-model.onnx')

  test.each([
    { what: 'cut off', name: 'cut.onnx', bytes: sample.bytes.slice(0, 1000) },
    { what: 'empty', name: 'empty.onnx', bytes: new Uint8Array() },
    { what: 'no model at all', name: 'notes.onnx', bytes: new TextEncoder().encode('# just a text\n') },
  ])('$what', async ({ name, bytes }) => {
    const { page, complaints } = await engine.open('/')
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await dropFiles(page, 'main', [{ name, bytes }])
    const alert = page.getByRole('alert').filter({ hasText: `${name} cannot be read` })
    await alert.waitFor()
    await alert.getByRole('button', { name: 'Copy details' }).click()
    expect(await page.evaluate(() => navigator.clipboard.readText())).toMatch(/^MODEL_BROKEN: .+/)
    expect(await page.getByRole('button', { name: 'Choose a model…' }).isVisible()).toBe(true)
    expect(complaints).toEqual([])
  })
})

test('a model with a fixed batch says so instead of offering chips', async () => {
  const { page } = await formOf(modelFile('fixed.onnx', staticBatchModel(4)))
  await page.getByText('This model runs at batch 4 only.').waitFor()
  await page.getByText('1 point', { exact: true }).waitFor()
  expect(await page.getByRole('group', { name: 'Batches' }).count()).toBe(0)
})

test('a size that the model leaves open is asked for at its input, and Run waits for it', async () => {
  const { page } = await formOf(modelFile('mixed.onnx', mixedInputModel()))
  const run = page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Run' })
  await page.getByRole('alert').filter({ hasText: 'ids needs a size for length' }).waitFor()
  expect(await run.isDisabled()).toBe(true)
  await page.getByLabel('Size of length of ids').fill('7')
  await page.getByLabel('Size of length of x').fill('7')
  await expect.poll(() => run.isEnabled()).toBe(true)
  await page.getByText('--shape ids:7', { exact: false }).waitFor()
})

test('a hostile file name is shown as it is and does nothing, on every page', async () => {
  const name = `<img src=x onerror=alert(1)> "q" 'x' $(id) 🚀.onnx`
  const path = modelFile(name, repositoryFile('resources/sample-model.onnx').bytes)
  const { sessionId, runId } = await startFakeRun(engine.server(), {}, { modelPath: path })
  await engine.server().client.sessions.update({ sessionId, name, notes: name })
  await engine.server().client.runs.update({ sessionId, runId, notes: name })

  const { page, complaints } = await formOf(path)
  let dialogs = 0
  page.on('dialog', dialog => {
    dialogs++
    void dialog.dismiss()
  })
  await page.getByRole('heading', { name, exact: true }).waitFor()
  for (const address of [`/run/${runId}`, '/session', '/']) {
    await page.goto(engine.server().at(address))
    await page.getByText(name).filter({ visible: true }).first().waitFor()
    expect(await page.locator('img').count()).toBe(0)
  }
  expect(dialogs).toBe(0)
  expect(complaints).toEqual([])
})

test('points that could not be measured are told beside those that could', async () => {
  const { runId } = await startFakeRun(engine.server(), { ending: 'signal', onlyBatch: 2, stderr: ['out of luck'] })
  const { page } = await engine.open(`/run/${runId}`)
  await page
    .getByText(/could not be measured/)
    .first()
    .waitFor()
  await page.getByText('SIGSEGV').first().waitFor()
  expect(await rows(page).count()).toBe(3)
  await page.getByRole('button', { name: 'Show log' }).first().click()
  await page.getByRole('log').getByText('out of luck').first().waitFor()
})

test('a run whose every point fails shows why and has nothing to draw', async () => {
  const { runId } = await startFakeRun(engine.server(), { ending: 'fail' })
  const { page, complaints } = await engine.open(`/run/${runId}`)
  await page
    .getByText(/could not be measured/)
    .first()
    .waitFor()
  expect(await page.locator('canvas').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('an address of a run that is not there says so', async () => {
  await startFakeRun(engine.server(), {})
  const { page } = await engine.open('/run/nonsense')
  await page.getByRole('alert').filter({ hasText: 'The run cannot be shown' }).waitFor()
  await page.getByRole('link', { name: 'Show the session' }).click()
  await page.getByRole('grid', { name: 'Runs of this session' }).waitFor()
})

test('after kill -9 the run is there as interrupted with every committed point', async () => {
  const own = serverFolder()
  onTestFinished(() => own.remove())
  const first = await startServer(own.folder)
  const { runId, path } = await startFakeRun(first, { paceMs: 10 }, { minIterations: 40 })
  const tab = await engine.openUrl(first.at(`/run/${runId}`))
  await expect.poll(() => rows(tab.page).count(), { timeout: 20_000 }).toBeGreaterThan(0)
  await first.stop('SIGKILL')
  await tab.page
    .getByText(/connection|reach|lost/i)
    .first()
    .waitFor()

  const second = await startServer(own.folder)
  onTestFinished(() => second.stop())
  await second.client.sessions.open({ path })
  const { page } = await engine.openUrl(second.at(`/run/${runId}`))
  await page
    .getByText(/^Interrupted: Batchscope ended while this ran\. \d points? (was|were) measured and kept\.$/)
    .waitFor()
  expect(await rows(page).count()).toBeGreaterThan(0)
})

test('a session that another Batchscope writes opens read-only, says who holds it, and offers no writing', async () => {
  const own = serverFolder()
  onTestFinished(() => own.remove())
  const other = await startServer(own.folder)
  onTestFinished(() => other.stop())
  const { runId } = await startFakeRun(engine.server(), {})
  const { info } = await engine.server().client.sessions.get({
    sessionId: (await engine.server().client.sessions.opened()).at(-1)?.info.sessionId ?? '',
  })
  await other.client.settings.set({ browseRoots: [engine.folder] })
  await other.client.sessions.open({ path: info.path })

  const { page } = await engine.openUrl(other.at('/session'))
  await page.getByText('Open read-only').waitFor()
  await page.getByText(`process ${engine.server().process.pid}`).first().waitFor()
  expect(await page.getByRole('button', { name: 'Edit title' }).count()).toBe(0)
  await page.goto(other.at(`/run/${runId}`))
  await page.getByRole('button', { name: 'Export' }).click()
  expect(await page.getByRole('menuitem', { name: 'Delete run' }).getAttribute('aria-disabled')).toBe('true')
})

test('a run is renamed, noted, deleted and brought back', async () => {
  const { runId } = await startFakeRun(engine.server(), {})
  const { page, complaints } = await engine.open(`/run/${runId}`)
  await page.getByRole('button', { name: 'Edit title' }).click()
  await page.getByRole('textbox', { name: 'Title' }).fill('first try')
  await page.keyboard.press('Enter')
  await page.getByRole('heading', { name: 'first try' }).waitFor()
  await page.getByRole('button', { name: 'Edit run notes' }).click()
  await page.getByRole('textbox', { name: 'Run notes' }).fill('cold machine')
  await page.keyboard.press('Control+Enter')
  await page.getByText('cold machine').waitFor()

  await page.getByRole('button', { name: 'Export' }).click()
  await page.getByRole('menuitem', { name: 'Delete run' }).click()
  await page.waitForURL(/\/session/)
  await expect.poll(() => page.getByRole('link', { name: 'first try' }).count()).toBe(0)
  await page.getByRole('button', { name: 'Undo' }).click()
  await page.waitForURL(/\/run\//)
  await page.getByRole('heading', { name: 'first try' }).waitFor()
  await page.getByText('cold machine').waitFor()
  expect(complaints).toEqual([])
})

test('a session whose file is gone is marked on Home and can be taken off the list', async () => {
  const { info } = await engine.server().client.sessions.create({ name: 'soon gone' })
  await engine.server().client.sessions.close({ sessionId: info.sessionId })
  rmSync(info.path)
  const { page, complaints } = await engine.open('/')
  const recent = page.getByRole('table', { name: 'Recent sessions, the newest first' })
  await recent.getByText('the file is no longer at').waitFor()
  expect(await recent.getByRole('button', { name: 'soon gone', exact: true }).count()).toBe(0)
  await recent.getByRole('button', { name: 'Remove soon gone from this list' }).click()
  await expect.poll(() => recent.getByText('soon gone').count()).toBe(0)
  expect(complaints).toEqual([])
})

test('a session is duplicated and compacted from its page', async () => {
  const { sessionId, runId } = await startFakeRun(engine.server(), {})
  await engine.server().client.runs.delete({ sessionId, runId })
  const { page, complaints } = await engine.open('/session')
  await page.getByText('This session has no runs yet.').waitFor()
  for (const [item, toast] of [
    ['Duplicate', /Copied to .+ copy\.bscope/],
    ['Compact', /Compacted from/],
  ] as const) {
    await page.getByRole('button', { name: 'File' }).click()
    await page.getByRole('menuitem', { name: item }).click()
    await page.getByText(toast).waitFor()
  }
  expect(complaints).toEqual([])
})
