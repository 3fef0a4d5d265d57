import { download } from '../download.ts'
import type { HostBridge } from './host.ts'
import type { Host } from './page-host.ts'

/** The desktop window: native dialogs, real paths. */
export function windowHost(bridge: HostBridge): Host {
  return {
    kind: 'window',
    platform: bridge.platform,
    pickFiles: options => bridge.openDialog(options),
    pickSavePath: ({ title, suggestedName, filters }) =>
      bridge.saveDialog({ title, defaultPath: suggestedName, filters }),
    droppedPaths: async files => files.map(file => bridge.pathForFile(file)).filter(path => path !== ''),
    reveal: path => bridge.revealInFolder(path),
    download,
    setDocument: document => bridge.setDocument(document),
    setTheme: theme => bridge.setTheme(theme),
    onCommand: listener => bridge.onCommand(listener),
  }
}
