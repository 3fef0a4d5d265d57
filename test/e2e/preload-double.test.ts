import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { Browser, Page } from 'playwright'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { startDesktop } from '../../electron/desktop.ts'
import { ElectronDouble } from '../doubles/electron.ts'
import { showInChromium } from '../doubles/electron-chromium.ts'
import { RealChannel, UtilityProcess } from '../doubles/utility-process.ts'
import { dropFiles, launchBrowser, screenshot } from '../helpers/browser.ts'
import { type BuiltDesktop, buildDesktop } from '../helpers/built-desktop.ts'
import { ROOT } from '../helpers/cli.ts'
import { fakeSpec, newSession, runToEnd, testEngine } from '../helpers/engine.ts'

/**
 * The desktop window without Electron: the page in real Chromium, the built preload, the main process's code and the
 * engine process, over the double of Electron (test/doubles/electron-chromium.ts says what is real and what is not).
 */
let built: BuiltDesktop
let browser: Browser
beforeAll(async () => {
  ;[built, browser] = await Promise.all([buildDesktop(), launchBrowser()])
})
afterAll(() => browser?.close())

let folder: string
let electron: ElectronDouble
let page: Page
let engines: UtilityProcess[]
let complaints: string[]
/** By name of a dropped file: what Electron knows of it and the page does not. */
let paths: Map<string, string>

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'batchscope-window-'))
  engines = []
  complaints = []
  paths = new Map()
})
afterEach(() => {
  rmSync(folder, { recursive: true, force: true })
  expect(complaints).toEqual([])
})

async function openApp(files: readonly string[] = []): Promise<void> {
  const env = { ...process.env, HOME: folder, BATCHSCOPE_DATA_DIR: join(folder, 'data') }
  electron = new ElectronDouble({
    userData: join(folder, 'electron'),
    MessageChannelMain: RealChannel,
    fork(entry) {
      const engine = new UtilityProcess(entry, env)
      engines.push(engine)
      return engine
    },
  })
  const context = await browser.newContext({ viewport: { width: 1280, height: 840 } })
  const shown = showInChromium(electron, context, readFileSync(built.preload, 'utf8'), paths)
  onTestFinished(async () => {
    await context.close()
    for (const engine of engines) engine.kill()
  })
  const started = startDesktop(electron, {
    pageFolder: built.page,
    preloadFile: built.preload,
    engineFile: built.engine,
    iconFile: join(ROOT, 'resources', 'icon.png'),
    platform: 'linux',
    argv: ['batchscope', ...files],
    cwd: folder,
  })
  electron.app.becomeReady()
  await started
  page = await shown.page(electron.window.webContents)
  page.setDefaultTimeout(15_000)
  page.on('pageerror', error => complaints.push(`exception: ${error.message}`))
  page.on('console', message => {
    if (message.type() === 'error') complaints.push(`console: ${message.text()}`)
  })
}

/** The page follows what is told to it some time later; on a busy machine, seconds later. */
const eventually = <T>(state: () => T) => expect.poll(state, { timeout: 15_000 })
const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name })
const message = () => page.getByRole('alert')

/** A session with one finished run of known latencies, closed again. @returns its path */
async function sessionFile(name: string): Promise<string> {
  const engine = testEngine()
  const sessionId = await newSession(engine)
  await runToEnd(engine.client, sessionId, await fakeSpec(engine.client))
  await engine.client.sessions.close({ sessionId })
  copyFileSync(join(engine.folder, 'test.bscope'), join(folder, name))
  return join(folder, name)
}

describe('the window', () => {
  test('shows every page the menu leads to, under the strict policy, with its title', async () => {
    await openApp()
    const titles: string[] = []
    for (const [item, title] of [
      ['Home', 'Where does the millisecond go?'],
      ['New Benchmark', 'New benchmark'],
      ['Tools', 'Tools'],
      ['Settings', 'Settings'],
    ] as const) {
      electron.choose(item)
      await heading(title).waitFor()
      titles.push(electron.window.title)
    }
    expect(titles).toEqual(['Home', 'New benchmark', 'Tools', 'Settings'].map(each => `${each} · Batchscope`))
    await screenshot(page, 'window-settings')
  })

  test('is told that the menu opens the palette and the list of keys', async () => {
    await openApp()
    await heading('Where does the millisecond go?').waitFor()
    electron.choose('Command Palette…')
    await page.getByRole('dialog').getByRole('combobox').waitFor()
    await page.keyboard.press('Escape')
    electron.choose('Keyboard Shortcuts')
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor()
  })

  test('changes its theme with the menu: page, native parts and the settings file', async () => {
    await openApp()
    await heading('Where does the millisecond go?').waitFor()
    const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor)
    electron.choose('Light')
    await eventually(() => electron.nativeTheme.themeSource).toBe('light')
    const light = await background()
    electron.choose('Dark')
    await eventually(() => electron.nativeTheme.themeSource).toBe('dark')
    await eventually(background).not.toBe(light)
    expect(readFileSync(join(folder, 'data', 'settings.json'), 'utf8')).toContain('"dark"')
    await screenshot(page, 'window-home-dark')
  })
})

describe('opening', () => {
  test('Open… in the menu asks with the native dialog and shows the session that was chosen', async () => {
    const path = await sessionFile('measured.bscope')
    await openApp()
    await heading('Where does the millisecond go?').waitFor()
    electron.choose('Open…')
    await eventually(() => electron.dialogOptions.length).toBe(1)
    expect(electron.windows).toHaveLength(1)
    expect(new URL(page.url()).pathname).toBe('/')

    electron.chosenFiles = [path]
    electron.choose('Open…')
    await eventually(() => new URL(page.url()).pathname).toBe('/session')
    await eventually(() => electron.window.representedFile).toBe(path)
    expect(electron.app.recentDocuments).toEqual([path])
    expect(electron.dialogOptions[0]).toMatchObject({ properties: ['openFile'] })
  })

  test.skipIf(process.platform === 'win32')(
    'a session named on the command line is there, whatever its name',
    async () => {
      const path = await sessionFile('a $(b) "c" <img src=x onerror=alert(1)>\n🧪.bscope')
      await openApp([path])
      await eventually(() => electron.window.representedFile).toBe(path)
      expect(await page.locator('img').count()).toBe(0)
      await screenshot(page, 'window-session-hostile-name')
    },
  )

  test('a session given to a second start opens in this window', async () => {
    const path = await sessionFile('second.bscope')
    await openApp()
    await heading('Where does the millisecond go?').waitFor()
    electron.app.emit('second-instance', {}, ['batchscope'], '/', { files: [path] })
    await eventually(() => electron.window.representedFile).toBe(path)
  })

  test('a file that is no session says so and leaves everything as it was', async () => {
    const path = join(folder, 'not <b>a session.bscope')
    writeFileSync(path, 'name: "resnet"\nplatform: "onnxruntime_onnx"\n')
    await openApp()
    await heading('Where does the millisecond go?').waitFor()
    electron.app.emit('second-instance', {}, ['batchscope'], '/', { files: [path] })
    await eventually(() => message().textContent()).toContain('not <b>a session.bscope')
    await heading('Where does the millisecond go?').waitFor()
    expect(readFileSync(path, 'utf8')).toContain('resnet')
    expect(electron.app.recentDocuments).toEqual([])
  })
})

test('a dropped model is measured where it lies, without an upload, and the session is saved as chosen', async () => {
  const model = join(folder, `a "model" 🧪.onnx`)
  copyFileSync(join(ROOT, 'resources', 'sample-model.onnx'), model)
  paths.set(basename(model), model)
  await openApp()
  await heading('Where does the millisecond go?').waitFor()
  await dropFiles(page, '.drop', [{ name: basename(model), bytes: new Uint8Array() }])
  await heading('New benchmark').waitFor()
  await page.getByText(model, { exact: true }).waitFor()

  const chips = page.getByRole('group', { name: 'Batches' })
  for (const batch of ['4', '8', '16', '32', '64', '128']) {
    await chips.getByRole('button', { name: batch, exact: true }).click()
  }
  await page.getByText('2 points').waitFor()
  await page.getByRole('complementary', { name: 'Plan' }).getByRole('button', { name: 'Run' }).click()
  const rows = page.getByRole('grid', { name: 'Latency by batch' }).locator('tbody tr[aria-rowindex]')
  await expect.poll(() => rows.count(), { timeout: 30_000 }).toBe(2)
  await page.getByRole('main').getByText('Done', { exact: true }).first().waitFor()
  await screenshot(page, 'window-run')

  electron.chosenSaveFile = join(folder, 'kept.bscope')
  electron.choose('Save As…')
  await eventually(() => electron.window.representedFile).toBe(electron.chosenSaveFile)
  expect(readFileSync(electron.chosenSaveFile).subarray(0, 15).toString()).toBe('SQLite format 3')
})

describe('when something breaks', () => {
  test('an engine that dies is told of, and after a restart the same page goes on', async () => {
    await openApp()
    await page.getByText('checked just now').waitFor()
    electron.answers.push(0)
    engines[0]?.kill()
    await eventually(() => electron.asked.map(({ message: text }) => text)).toEqual(['The engine stopped'])
    await eventually(() => engines.length).toBe(2)
    electron.choose('Tools')
    await heading('Tools').waitFor()
    await page.getByText('trtexec').first().waitFor()
  })

  test('a page that is loaded again gets a new port and takes commands again', async () => {
    await openApp()
    await heading('Where does the millisecond go?').waitFor()
    electron.window.webContents.reload()
    electron.choose('Tools')
    await heading('Tools').waitFor()
    await page.getByText('trtexec').first().waitFor()
  })
})
