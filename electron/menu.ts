import type { MenuItemConstructorOptions } from 'electron'

/** Opens the file given as its argument: a session, or a model as a new benchmark. */
export const OPEN_FILE_COMMAND = 'file.open'

export interface MenuSetting {
  platform: NodeJS.Platform
  /** Started from a checkout: developer tools are offered. */
  developed: boolean
  newWindow(): void
  /** Runs a command of the page's registry in the front window. */
  command(id: string): void
}

type Item = MenuItemConstructorOptions

const SEPARATOR: Item = { type: 'separator' }

/**
 * The native menu. What a page can do is a command of the page's own registry, sent by its id; what only a window can
 * do is a role of Electron. The page sees a key first, so a key handled there does not also reach the menu.
 */
export function applicationMenu({ platform, developed, newWindow, command }: MenuSetting): Item[] {
  const mac = platform === 'darwin'
  const run = (label: string, id: string, accelerator?: string): Item => ({
    label,
    ...(accelerator !== undefined && { accelerator }),
    click: () => command(id),
  })

  const file: Item = {
    label: '&File',
    submenu: [
      { label: 'New Window', accelerator: 'CmdOrCtrl+Shift+N', click: newWindow },
      SEPARATOR,
      run('New Benchmark', 'bench.new', 'CmdOrCtrl+N'),
      run('New Session', 'session.new'),
      run('Open…', 'session.open', 'CmdOrCtrl+O'),
      ...(mac ? [RECENT_ON_MAC] : [run('Recent Sessions', 'go.home')]),
      run('Open Sample Session', 'session.open-sample'),
      SEPARATOR,
      run('Save As…', 'session.save-as', 'CmdOrCtrl+Shift+S'),
      run('Duplicate', 'session.duplicate'),
      run('Compact', 'session.compact'),
      {
        label: 'Save Report As',
        submenu: [
          run('Markdown…', 'session.report-md'),
          run('CSV…', 'session.report-csv'),
          run('JSON…', 'session.report-json'),
        ],
      },
      run('Close Session', 'session.close'),
      SEPARATOR,
      mac ? { role: 'close' } : { role: 'quit' },
    ],
  }
  const edit: Item = {
    label: '&Edit',
    submenu: [
      { role: 'undo' },
      { role: 'redo' },
      SEPARATOR,
      { role: 'cut' },
      { role: 'copy' },
      { role: 'paste' },
      { role: 'selectAll' },
    ],
  }
  const view: Item = {
    label: '&View',
    submenu: [
      run('Command Palette…', 'palette.open', 'CmdOrCtrl+K'),
      run('Sidebar', 'view.sidebar', 'CmdOrCtrl+B'),
      {
        label: 'Appearance',
        submenu: [run('Follow the System', 'theme.system'), run('Light', 'theme.light'), run('Dark', 'theme.dark')],
      },
      SEPARATOR,
      run('Home', 'go.home'),
      run('Tools', 'go.tools'),
      ...(mac ? [] : [run('Settings', 'go.settings', 'CmdOrCtrl+,')]),
      run('Next Run', 'run.next', 'Alt+Down'),
      run('Previous Run', 'run.previous', 'Alt+Up'),
      SEPARATOR,
      { role: 'resetZoom' },
      { role: 'zoomIn' },
      { role: 'zoomOut' },
      { role: 'togglefullscreen' },
      ...(developed ? [SEPARATOR, { role: 'reload' } as const, { role: 'toggleDevTools' } as const] : []),
    ],
  }
  const help: Item = { role: 'help', submenu: [run('Keyboard Shortcuts', 'keys.show')] }
  const application: Item = {
    role: 'appMenu',
    submenu: [
      { role: 'about' },
      SEPARATOR,
      run('Settings…', 'go.settings', 'Cmd+,'),
      SEPARATOR,
      { role: 'services' },
      SEPARATOR,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      SEPARATOR,
      { role: 'quit' },
    ],
  }
  return [...(mac ? [application] : []), file, edit, view, { role: 'windowMenu' }, help]
}

/** The system keeps this list itself; elsewhere the page's home lists recent sessions (Windows: also the jump list). */
const RECENT_ON_MAC: Item = {
  role: 'recentDocuments',
  label: 'Open Recent',
  submenu: [{ role: 'clearRecentDocuments' }],
}
