import { join } from 'node:path'
import * as electron from 'electron'
import { startDesktop } from './desktop.ts'

/** Built to `dist/electron/main.js`: the page is beside it in `dist/renderer`, the icon in `resources`. */
const here = import.meta.dirname

// Not awaited: Electron is ready only after this module has been evaluated, so waiting here would wait forever.
startDesktop(electron, {
  pageFolder: join(here, '../renderer'),
  preloadFile: join(here, 'preload.cjs'),
  engineFile: join(here, 'engine-process.js'),
  iconFile: join(here, '../../resources/icon.png'),
  platform: process.platform,
  argv: process.argv,
  cwd: process.cwd(),
}).catch((error: unknown) => {
  electron.dialog.showErrorBox('Batchscope cannot start', error instanceof Error ? (error.stack ?? '') : String(error))
  electron.app.exit(70)
})
