import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { _electron, type ElectronApplication } from 'playwright'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { electronBinary, whyNoWindow } from '../../src-main/faces/window.ts'
import { ROOT } from '../helpers/cli.ts'

/** The real window. Electron's npm package brings no binary: `npx install-electron` fetches it where that is possible. */
const binary = electronBinary()
const why =
  binary === undefined
    ? "Electron's binary is not installed; the window is tested over its double (preload-double.test.ts)"
    : whyNoWindow(process.platform, process.env)
if (why !== undefined) console.log(`Skipped: the real Electron window. ${why}`)

describe.skipIf(why !== undefined)('the real Electron window', () => {
  let folder: string
  let app: ElectronApplication
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'batchscope-electron-'))
    app = await _electron.launch({
      executablePath: binary ?? '',
      // A profile of its own, so that a Batchscope in use is not taken for the first instance.
      args: [ROOT, `--user-data-dir=${join(folder, 'profile')}`, ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])],
      env: { ...process.env, BATCHSCOPE_DATA_DIR: join(folder, 'data') },
    })
  })
  afterEach(async () => {
    await app.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('opens on Home over app://, walled in, with its engine', async () => {
    const page = await app.firstWindow()
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await page.getByText('checked just now').waitFor()
    expect(page.url()).toBe('app://batchscope/')
    expect(
      await page.evaluate(() => [typeof Reflect.get(window, 'require'), typeof Reflect.get(window, 'process')]),
    ).toEqual(['undefined', 'undefined'])
    expect(await page.evaluate(() => Object.keys(window.batchscopeHost ?? {}).length)).toBe(9)
  })

  test('has a menu whose items reach the page', async () => {
    const page = await app.firstWindow()
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await app.evaluate(({ Menu }) => {
      const view = Menu.getApplicationMenu()?.items.find(item => item.label === '&View')
      view?.submenu?.items.find(item => item.label === 'Tools')?.click()
    })
    await page.getByRole('heading', { level: 1, name: 'Tools' }).waitFor()
  })

  test('refuses to leave its page', async () => {
    const page = await app.firstWindow()
    await page.getByRole('heading', { name: 'Where does the millisecond go?' }).waitFor()
    await page.evaluate(() => location.assign('https://example.com/'))
    expect(page.url()).toBe('app://batchscope/')
  })
})
