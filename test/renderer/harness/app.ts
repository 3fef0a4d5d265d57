import type { HostBridge } from '../../../src-renderer/host/host.ts'
import { EngineDouble } from './engine-double.ts'

/** The whole page in the window's place: a double of the preload, an engine in the page. Tests reach both here. */
const { searchParams } = new URL(location.href)
const engine = new EngineDouble({
  session: searchParams.has('session'),
  builds: searchParams.get('session') === 'builds',
})
const commandListeners = new Set<(id: string, argument?: string) => void>()
const said: string[] = []

function sendPort(): void {
  window.postMessage('batchscope:engine-port', location.origin, [engine.connect()])
}

const bridge: HostBridge = {
  platform: 'linux',
  openDialog: async ({ title }) => {
    said.push(`openDialog ${title}`)
    return ['/home/me/other.bscope']
  },
  saveDialog: async ({ defaultPath }) => `/home/me/${defaultPath}`,
  pathForFile: file => `/dropped/${file.name}`,
  revealInFolder: path => said.push(`reveal ${path}`),
  setDocument: ({ title }) => {
    document.title = title
  },
  setTheme: theme => said.push(`theme ${theme}`),
  onCommand: listener => {
    commandListeners.add(listener)
    return () => commandListeners.delete(listener)
  },
  requestEnginePort: sendPort,
}

window.batchscopeHost = bridge
Object.assign(window, {
  double: {
    said,
    engine,
    reconnect: sendPort,
    command: (id: string, argument?: string) => {
      for (const listener of commandListeners) listener(id, argument)
    },
  },
})
await import('../../../src-renderer/main.ts')
