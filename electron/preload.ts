import { contextBridge, ipcRenderer, webUtils } from 'electron'
import type { HostBridge } from '../src-renderer/host/host.ts'
import { ENGINE_PORT_MESSAGE, TO_MAIN, TO_PAGE } from './channels.ts'

/**
 * Gives the page the host bridge and a port to the engine, nothing else. Runs sandboxed in an isolated world, bundled
 * to one CommonJS file: a sandboxed preload has no module loader.
 * @see https://www.electronjs.org/docs/latest/tutorial/sandbox#preload-scripts
 */
const bridge: HostBridge = {
  platform: process.platform,
  openDialog: options => ipcRenderer.invoke(TO_MAIN.openDialog, options),
  saveDialog: options => ipcRenderer.invoke(TO_MAIN.saveDialog, options),
  pathForFile: file => webUtils.getPathForFile(file),
  revealInFolder: path => ipcRenderer.send(TO_MAIN.revealInFolder, path),
  setDocument: document => ipcRenderer.send(TO_MAIN.setDocument, document),
  setTheme: theme => ipcRenderer.send(TO_MAIN.setTheme, theme),
  onCommand(listener) {
    const relay = (_event: unknown, commandId: string, argument?: string) => listener(commandId, argument)
    ipcRenderer.on(TO_PAGE.command, relay)
    ipcRenderer.send(TO_MAIN.pageListens)
    return () => ipcRenderer.off(TO_PAGE.command, relay)
  },
  requestEnginePort: () => ipcRenderer.send(TO_MAIN.requestEnginePort),
}

// A MessagePort cannot cross the context bridge; `window.postMessage` can carry it into the page's own world.
ipcRenderer.on(TO_PAGE.enginePort, event => window.postMessage(ENGINE_PORT_MESSAGE, window.origin, event.ports))

contextBridge.exposeInMainWorld('batchscopeHost', bridge)
