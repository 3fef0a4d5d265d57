import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { TO_MAIN } from '../../electron/channels.ts'
import { answerHostCalls, RefusedCall } from '../../electron/host-calls.ts'
import { ElectronDouble } from '../doubles/electron.ts'
import { WebContentsDouble } from '../doubles/electron-window.ts'

const models = { name: 'Models', extensions: ['onnx'] }

function host() {
  const electron = new ElectronDouble({ userData: '/none' })
  electron.app.becomeReady()
  const window = new electron.BrowserWindow({})
  const listening: number[] = []
  const connected: number[] = []
  answerHostCalls(electron, {
    windowOf: contents => (contents.id === window.webContents.id ? window : undefined),
    pageListens: ({ id }) => listening.push(id),
    connectEngine: ({ id }) => connected.push(id),
  })
  return { electron, window, listening, connected }
}

let complaints: string[] = []
beforeEach(() => {
  complaints = []
  vi.spyOn(console, 'error').mockImplementation(text => complaints.push(String(text)))
})
afterEach(() => vi.restoreAllMocks())

describe('dialogs', () => {
  test('the chosen files come back; a cancelled dialog is an empty list', async () => {
    const { electron } = host()
    const options = { title: 'Open', filters: [models], multiple: true }
    expect(await electron.call(TO_MAIN.openDialog, options)).toEqual([])
    electron.chosenFiles = ['/a.onnx', '/b.onnx']
    expect(await electron.call(TO_MAIN.openDialog, options)).toEqual(['/a.onnx', '/b.onnx'])
    expect(electron.dialogOptions.at(-1)).toMatchObject({
      filters: [models],
      properties: ['openFile', 'multiSelections'],
    })
  })

  test('the place to save comes back; cancelled is undefined', async () => {
    const { electron } = host()
    const options = { title: 'Save as', defaultPath: 'a <b>.bscope', filters: [] }
    expect(await electron.call(TO_MAIN.saveDialog, options)).toBeUndefined()
    electron.chosenSaveFile = '/data/a.bscope'
    expect(await electron.call(TO_MAIN.saveDialog, options)).toBe('/data/a.bscope')
    expect(electron.dialogOptions.at(-1)).toMatchObject({ defaultPath: 'a <b>.bscope' })
  })
})

describe('one-way calls', () => {
  test('the document shows in the title, is represented, and is remembered once', () => {
    const { electron, window } = host()
    electron.call(TO_MAIN.setDocument, { title: 'Home · a · Batchscope', path: '/data/a.bscope' })
    electron.call(TO_MAIN.setDocument, { title: 'Run 1 · a · Batchscope', path: '/data/a.bscope' })
    expect([window.title, window.representedFile]).toEqual(['Run 1 · a · Batchscope', '/data/a.bscope'])
    electron.call(TO_MAIN.setDocument, { title: 'Batchscope' })
    expect(window.representedFile).toBe('')
    electron.call(TO_MAIN.setDocument, { title: 'Batchscope', path: '/data/a.bscope' })
    expect(electron.app.recentDocuments).toEqual(['/data/a.bscope', '/data/a.bscope'])
  })

  test('theme, folder, engine port and listening reach their places', () => {
    const { electron, window, listening, connected } = host()
    electron.call(TO_MAIN.setTheme, 'dark')
    electron.call(TO_MAIN.revealInFolder, '/data/a "b".bscope')
    electron.call(TO_MAIN.requestEnginePort)
    electron.call(TO_MAIN.pageListens)
    expect(electron.nativeTheme.themeSource).toBe('dark')
    expect(electron.revealed).toEqual(['/data/a "b".bscope'])
    expect([connected, listening]).toEqual([[window.id], [window.id]])
    expect(complaints).toEqual([])
  })
})

describe('a call is refused', () => {
  const wrongSenders: [string, Parameters<ElectronDouble['call']>[2]][] = [
    ['from a page that is no window of ours', { sender: new WebContentsDouble() }],
    ['from another origin', { origin: 'https://example.com' }],
    ['from a frame inside the page', { frame: 'sub' }],
    ['from a frame that is gone', { frame: 'gone' }],
  ]
  test.each(wrongSenders)('%s', async (_why, from) => {
    const { electron, connected } = host()
    electron.chosenFiles = ['/secret']
    await expect(electron.call(TO_MAIN.openDialog, { title: '', filters: [] }, from)).rejects.toThrow(RefusedCall)
    electron.call(TO_MAIN.setTheme, 'dark', from)
    electron.call(TO_MAIN.requestEnginePort, undefined, from)
    expect([electron.nativeTheme.themeSource, connected, electron.dialogOptions]).toEqual(['system', [], []])
    expect(complaints).toHaveLength(2)
  })

  test.each([
    [TO_MAIN.revealInFolder, 'relative/path'],
    [TO_MAIN.revealInFolder, '/nul\0'],
    [TO_MAIN.revealInFolder, { path: '/a' }],
    [TO_MAIN.setTheme, 'sepia'],
    [TO_MAIN.setDocument, { title: 7 }],
    [TO_MAIN.setDocument, { title: 'x', path: '../a.bscope' }],
    [TO_MAIN.setDocument, { title: 'x'.repeat(5000) }],
    [TO_MAIN.requestEnginePort, 'x'],
  ])('in another shape than agreed: %s %j', (channel, value) => {
    const { electron, window, connected } = host()
    electron.call(channel, value)
    expect(complaints[0]).toContain(`${channel} refused`)
    expect([electron.revealed, connected, window.title, electron.nativeTheme.themeSource]).toEqual([
      [],
      [],
      '',
      'system',
    ])
  })

  test('a file extension cannot smuggle in a path', async () => {
    const { electron } = host()
    const filters = [{ name: 'x', extensions: ['../../etc'] }]
    await expect(electron.call(TO_MAIN.saveDialog, { title: '', filters })).rejects.toThrow(RefusedCall)
  })

  test('a bug of ours is not taken for a refusal', () => {
    const { electron } = host()
    vi.spyOn(electron.shell, 'showItemInFolder').mockImplementation(() => {
      throw new Error('bug')
    })
    expect(() => electron.call(TO_MAIN.revealInFolder, '/a')).toThrow('bug')
  })
})
