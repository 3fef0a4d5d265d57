import { download } from '../download.ts'
import { engine } from '../engine.ts'
import { fileRequests } from './file-requests.svelte.ts'
import type { Host } from './page-host.ts'
import { upload } from './upload.ts'

/**
 * A browser tab: files are chosen from the engine's machine, dropped files are sent there.
 * @param opened file named by the address (`#…&open=PATH`, written by `batchscope open FILE`): opened once
 */
export function browserHost(opened = new URLSearchParams(location.hash.slice(1)).get('open')): Host {
  return {
    kind: 'browser',
    platform: /Mac|iPhone|iPad/.test(navigator.userAgent) ? 'darwin' : 'web',
    pickFiles: ({ title, filters, multiple = false, folder = false }) =>
      fileRequests.ask({ mode: folder ? 'folder' : 'open', title, filters, multiple, suggestedName: '' }),
    pickSavePath: async ({ title, filters, suggestedName }) =>
      (await fileRequests.ask({ mode: 'save', title, filters, multiple: false, suggestedName }))[0],
    async droppedPaths(files, options) {
      const paths: string[] = []
      for (const file of files) paths.push(await upload(file, engine.system, options))
      return paths
    },
    download,
    setDocument: ({ title }) => {
      document.title = title
    },
    setTheme: () => {}, // the page's own data-theme is all there is to set
    // No native menu; the one command is the file the address names.
    onCommand(listener) {
      if (opened !== null) queueMicrotask(() => listener('file.open', opened))
      return () => {}
    },
  }
}
