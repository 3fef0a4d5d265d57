import { EventEmitter } from 'node:events'
import { beforeEach, expect, test, vi } from 'vitest'
import { TO_MAIN, TO_PAGE } from '../../electron/channels.ts'
import type { HostBridge } from '../../src-renderer/host/host.ts'

const electron = vi.hoisted(() => ({
  exposed: new Map<string, unknown>(),
  calls: [] as unknown[][],
  incoming: undefined as EventEmitter | undefined,
}))
vi.mock('electron', () => {
  const incoming = new EventEmitter()
  electron.incoming = incoming
  return {
    contextBridge: { exposeInMainWorld: (name: string, api: unknown) => electron.exposed.set(name, api) },
    ipcRenderer: {
      on: (channel: string, listener: () => void) => incoming.on(channel, listener),
      off: (channel: string, listener: () => void) => incoming.off(channel, listener),
      send: (...call: unknown[]) => electron.calls.push(['send', ...call]),
      invoke: async (...call: unknown[]) => electron.calls.push(['invoke', ...call]),
    },
    webUtils: { getPathForFile: (file: File) => `/dropped/${file.name}` },
  }
})

const posted: unknown[][] = []
vi.stubGlobal('window', { origin: 'app://batchscope', postMessage: (...call: unknown[]) => posted.push(call) })

let bridge: HostBridge
beforeEach(async () => {
  await import('../../electron/preload.ts')
  bridge = electron.exposed.get('batchscopeHost') as HostBridge
  electron.calls.splice(0)
})

test('the page gets the host bridge and nothing else', () => {
  expect([...electron.exposed.keys()]).toEqual(['batchscopeHost'])
  expect(Object.keys(bridge).sort()).toEqual([
    'onCommand',
    'openDialog',
    'pathForFile',
    'platform',
    'requestEnginePort',
    'revealInFolder',
    'saveDialog',
    'setDocument',
    'setTheme',
  ])
})

test('each call goes to main on its channel', async () => {
  const options = { title: 'Open', filters: [] }
  await bridge.openDialog(options)
  await bridge.saveDialog(options)
  bridge.revealInFolder('/a')
  bridge.setDocument({ title: 'a' })
  bridge.setTheme('dark')
  bridge.requestEnginePort()
  expect(electron.calls).toEqual([
    ['invoke', TO_MAIN.openDialog, options],
    ['invoke', TO_MAIN.saveDialog, options],
    ['send', TO_MAIN.revealInFolder, '/a'],
    ['send', TO_MAIN.setDocument, { title: 'a' }],
    ['send', TO_MAIN.setTheme, 'dark'],
    ['send', TO_MAIN.requestEnginePort],
  ])
})

test("a dropped file's path comes from Electron, not from the file", () => {
  expect(bridge.pathForFile(new File([], 'm.onnx'))).toBe('/dropped/m.onnx')
})

test('commands reach the listener without the event, until it leaves; main is told that somebody listens', () => {
  const heard: unknown[][] = []
  const leave = bridge.onCommand((...command) => heard.push(command))
  expect(electron.calls).toEqual([['send', TO_MAIN.pageListens]])
  electron.incoming?.emit(TO_PAGE.command, { sender: 'ipcRenderer' }, 'file.open', '/a.bscope')
  leave()
  electron.incoming?.emit(TO_PAGE.command, {}, 'file.open', '/b.bscope')
  expect(heard).toEqual([['file.open', '/a.bscope']])
})

test('the engine port is posted to the page alone: to its own origin', () => {
  const port = new MessageChannel().port1
  electron.incoming?.emit(TO_PAGE.enginePort, { ports: [port] })
  expect(posted).toEqual([['batchscope:engine-port', 'app://batchscope', [port]]])
})
