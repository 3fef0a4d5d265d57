import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TO_MAIN, TO_PAGE } from '../../electron/channels.ts'
import { startDesktop } from '../../electron/desktop.ts'
import { ElectronDouble } from '../doubles/electron.ts'
import type { WindowDouble } from '../doubles/electron-window.ts'

let userData = ''
beforeEach(() => {
  userData = mkdtempSync(join(tmpdir(), 'batchscope-desktop-'))
})
afterEach(() => rmSync(userData, { recursive: true }))

interface Start {
  argv?: string[]
  platform?: NodeJS.Platform
  lock?: boolean
  isPackaged?: boolean
  beforeReady?: (electron: ElectronDouble) => void
}

async function start({ argv = ['batchscope'], platform = 'linux', beforeReady, ...rest }: Start = {}) {
  const electron = new ElectronDouble({ userData, ...rest })
  const started = startDesktop(electron, {
    pageFolder: '/app/dist/renderer',
    preloadFile: '/app/dist/electron/preload.cjs',
    engineFile: '/app/dist/electron/engine-process.js',
    iconFile: '/app/resources/icon.png',
    platform,
    argv,
    cwd: '/home/ada',
  })
  beforeReady?.(electron)
  electron.app.becomeReady()
  await started
  return electron
}

/** The page has loaded and listens. @returns the commands it was sent so far */
function listen(electron: ElectronDouble, window: WindowDouble = electron.window): unknown[][] {
  electron.call(TO_MAIN.pageListens, undefined, { sender: window.webContents })
  return commandsOf(window)
}

const commandsOf = (window: WindowDouble) =>
  window.webContents.sent.filter(({ channel }) => channel === TO_PAGE.command).map(({ args }) => args)
const settled = () => new Promise(resolve => setImmediate(resolve))

describe('the start', () => {
  test('opens one walled-in window on the page and one engine', async () => {
    const electron = await start()
    expect(electron.app.sandboxed).toBe(true)
    expect(electron.schemes).toEqual(['app'])
    expect(electron.window.webContents.url).toBe('app://batchscope/')
    expect(electron.window.options.webPreferences).toMatchObject({
      preload: '/app/dist/electron/preload.cjs',
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      webSecurity: true,
      webviewTag: false,
    })
    expect(electron.engines.map(({ modulePath }) => modulePath)).toEqual(['/app/dist/electron/engine-process.js'])
    expect(electron.menus).toHaveLength(1)
  })

  test('shows the window when it has something to show', async () => {
    const electron = await start()
    expect([electron.window.options.show, electron.window.visible]).toEqual([false, false])
    electron.window.emit('ready-to-show')
    expect(electron.window.visible).toBe(true)
  })

  test('guards pages that open later', async () => {
    const electron = await start()
    expect(electron.window.webContents.tryToLeave('https://example.com/')).toBe(false)
    expect(electron.permissions.isGranted(electron.window.webContents, 'media', 'app://batchscope/')).toBe(false)
  })
})

describe('one instance', () => {
  test('a second one hands its files over and leaves without a window or an engine', async () => {
    const electron = new ElectronDouble({ userData, lock: false })
    await startDesktop(electron, {
      pageFolder: '',
      preloadFile: '',
      engineFile: '',
      iconFile: '',
      platform: 'linux',
      argv: ['batchscope', 'a $(b).bscope'],
      cwd: '/home/eve',
    })
    expect(electron.app.handedOver).toEqual({ files: ['/home/eve/a $(b).bscope'] })
    expect([electron.app.ended, electron.windows, electron.engines]).toEqual([true, [], []])
  })

  test('the first opens what the second was given, in its front window', async () => {
    const electron = await start()
    listen(electron)
    electron.window.minimized = true
    electron.app.emit('second-instance', {}, ['x', '--flag'], '/home/eve', { files: ['/data/a.bscope'] })
    expect(commandsOf(electron.window)).toEqual([['file.open', '/data/a.bscope']])
    expect([electron.windows.length, electron.window.minimized]).toEqual([1, false])
  })

  test('without usable data the repeated command line is read', async () => {
    const electron = await start()
    electron.app.emit('second-instance', {}, ['x', 'b.bscope'], '/home/eve', null)
    expect(listen(electron)).toEqual([['file.open', '/home/eve/b.bscope']])
  })

  test('a second start without files only brings the window to the front', async () => {
    const electron = await start()
    electron.window.minimized = true
    electron.app.emit('second-instance', {}, ['x'], '/', { files: [] })
    expect([electron.window.minimized, listen(electron)]).toEqual([false, []])
  })
})

describe('files to open', () => {
  test('of the command line reach the page once it listens', async () => {
    const electron = await start({ argv: ['batchscope', '/data/a.bscope', 'm.onnx'] })
    expect(commandsOf(electron.window)).toEqual([])
    expect(listen(electron)).toEqual([
      ['file.open', '/data/a.bscope'],
      ['file.open', '/home/ada/m.onnx'],
    ])
  })

  test('that macOS names before ready are not lost', async () => {
    let prevented = false
    const electron = await start({
      platform: 'darwin',
      beforeReady: early => early.app.emit('open-file', { preventDefault: () => (prevented = true) }, '/data/é.bscope'),
    })
    expect(prevented).toBe(true)
    expect(listen(electron)).toEqual([['file.open', '/data/é.bscope']])
  })

  test('that macOS names with all windows closed open a new one', async () => {
    const electron = await start({ platform: 'darwin' })
    electron.window.close()
    expect([electron.windows.length, electron.app.ended]).toEqual([0, false])
    electron.app.emit('open-file', { preventDefault() {} }, '/data/a.bscope')
    expect(listen(electron)).toEqual([['file.open', '/data/a.bscope']])
  })

  test('wait while the page loads again', async () => {
    const electron = await start()
    listen(electron)
    electron.window.webContents.reload()
    electron.app.emit('open-file', { preventDefault() {} }, '/data/a.bscope')
    expect(commandsOf(electron.window)).toEqual([])
    expect(listen(electron)).toEqual([['file.open', '/data/a.bscope']])
  })
})

describe('windows', () => {
  test('menu commands go to the window used last', async () => {
    const electron = await start()
    const first = electron.window
    electron.choose('New Window')
    const second = electron.window
    expect(second).not.toBe(first)
    for (const window of [first, second]) listen(electron, window)
    first.focus()
    electron.app.emit('open-file', { preventDefault() {} }, '/a.bscope')
    expect([commandsOf(first).length, commandsOf(second).length]).toEqual([1, 0])
  })

  test('each gets its own port', async () => {
    const electron = await start()
    electron.choose('New Window')
    for (const window of electron.windows) {
      electron.call(TO_MAIN.requestEnginePort, undefined, { sender: window.webContents })
    }
    expect(electron.windows.map(({ webContents }) => webContents.posted.length)).toEqual([1, 1])
    expect(electron.engine.received).toHaveLength(2)
  })

  test('open where the last one was closed, maximised as it was', async () => {
    const first = await start()
    first.window.bounds = { x: 40, y: 50, width: 1000, height: 700 }
    first.window.maximize()
    first.window.close()
    const second = await start()
    expect(second.window.bounds).toEqual({ x: 40, y: 50, width: 1000, height: 700 })
    second.window.emit('ready-to-show')
    expect(second.window.maximized).toBe(true)
  })

  test('open at their first size over a damaged state file, which the next close repairs', async () => {
    const file = join(userData, 'window-state.json')
    writeFileSync(file, '{"bounds":')
    const electron = await start()
    expect(electron.window.bounds).toMatchObject({ width: 1280, height: 840 })
    electron.window.close()
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ maximized: false })
  })

  test("keep the title the page's document gave them", async () => {
    const electron = await start()
    electron.call(TO_MAIN.setDocument, { title: 'Session · a · Batchscope' })
    electron.window.pageTitleChanged('<b>other</b>')
    expect(electron.window.title).toBe('Session · a · Batchscope')
  })
})

describe('when something breaks', () => {
  test('a crashed page is told of, with what is kept, and can be loaded again', async () => {
    const electron = await start()
    const { webContents } = electron.window
    electron.answers.push(0)
    webContents.emit('render-process-gone', {}, { reason: 'crashed', exitCode: 139 })
    await settled()
    expect(electron.asked[0]?.message).toBe('The page of this window stopped')
    expect(electron.asked[0]?.detail).toContain('crashed, exit code 139')
    expect(electron.asked[0]?.detail).toContain('Everything measured so far is in the session file.')
    expect(webContents.reloads).toBe(1)
  })

  test('a page out of memory is named as that, and its window can be closed', async () => {
    const electron = await start()
    electron.answers.push(1)
    electron.window.webContents.emit('render-process-gone', {}, { reason: 'oom', exitCode: -536870904 })
    await settled()
    expect(electron.asked[0]?.detail).toContain('it ran out of memory')
    expect(electron.windows).toEqual([])
  })

  test('a page that ended as it should is not spoken about', async () => {
    const electron = await start()
    electron.window.webContents.emit('render-process-gone', {}, { reason: 'clean-exit', exitCode: 0 })
    expect(electron.asked).toEqual([])
  })

  test('a page that hangs is asked about once while the question stands', async () => {
    const electron = await start()
    electron.window.emit('unresponsive')
    electron.window.emit('unresponsive')
    expect(electron.asked.map(({ message }) => message)).toEqual(['The window does not respond'])
  })

  test('a crashed engine is told of, started again, and every window is connected to the new one', async () => {
    const electron = await start()
    electron.answers.push(0)
    electron.engine.stderr.emit('data', new TextEncoder().encode('fatal: out of luck'))
    electron.engine.exit(134)
    await settled()
    expect(electron.asked[0]).toMatchObject({ message: 'The engine stopped', type: 'error' })
    expect(electron.asked[0]?.detail).toContain('Exit code 134. A run in progress was interrupted.')
    expect(electron.asked[0]?.detail).toContain('fatal: out of luck')
    expect(electron.engines).toHaveLength(2)
    expect(electron.window.webContents.posted.map(({ channel }) => channel)).toEqual([TO_PAGE.enginePort])
  })

  test('an engine that cannot start says why, and the app can be left', async () => {
    const electron = await start()
    electron.answers.push(1)
    electron.engine.emit('message', { type: 'failed', message: 'The data folder is not writable', detail: '' })
    await settled()
    expect(electron.asked[0]).toMatchObject({
      message: 'The engine could not start',
      detail: 'The data folder is not writable',
    })
    await settled()
    expect(electron.app.ended).toBe(true)
  })
})

describe('the end', () => {
  test('closing the last window quits, after the engine has closed its sessions', async () => {
    const electron = await start()
    electron.window.close()
    expect(electron.engine.received.at(-1)?.message).toEqual({ type: 'shutdown' })
    expect(electron.app.ended).toBe(false)
    electron.engine.exit(0)
    await settled()
    expect([electron.app.ended, electron.asked]).toEqual([true, []])
  })

  test('an engine that hangs does not keep the app from ending', async () => {
    const electron = await start()
    vi.useFakeTimers()
    try {
      electron.app.quit()
      await vi.advanceTimersByTimeAsync(5000)
    } finally {
      vi.useRealTimers()
    }
    expect([electron.engine.killed, electron.app.ended]).toEqual([true, true])
  })

  test('on macOS the app stays when its windows are closed, and the dock opens a new one', async () => {
    const electron = await start({ platform: 'darwin' })
    electron.window.close()
    expect(electron.app.ended).toBe(false)
    electron.app.emit('activate')
    expect(electron.windows).toHaveLength(1)
  })
})
