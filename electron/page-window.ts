import type { BrowserWindowConstructorOptions } from 'electron'
import { PAGE_ORIGIN, TO_PAGE } from './channels.ts'
import type { DialogApi, ElectronApi, WindowApi } from './electron-api.ts'
import { Waiting } from './opened-files.ts'
import { MINIMUM_SIZE, type WindowState } from './window-state.ts'

/** A command of the page's registry, with what it is about. */
export interface PageCommand {
  id: string
  argument?: string
}

/** Said whenever something breaks: the first thing a user of a measuring tool wants to know. */
export const WHAT_IS_KEPT = 'Everything measured so far is in the session file.'

/** Every wall Electron has between a page and the computer, written out even where it is the default. */
export function windowOptions(
  state: WindowState,
  files: { preload: string; icon: string },
): BrowserWindowConstructorOptions {
  return {
    ...state.bounds,
    minWidth: MINIMUM_SIZE.width,
    minHeight: MINIMUM_SIZE.height,
    title: 'Batchscope',
    icon: files.icon,
    // Shown when the first frame is painted: no white flash in a dark room.
    show: false,
    webPreferences: {
      preload: files.preload,
      contextIsolation: true,
      sandbox: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      allowRunningInsecureContent: false,
      webviewTag: false,
      navigateOnDragDrop: false,
      plugins: false,
      spellcheck: false,
      // A run is followed while another window is in front.
      backgroundThrottling: false,
    },
  }
}

/** One window with its page: commands reach the page once it listens, a page that dies or hangs is spoken about. */
export class PageWindow {
  readonly window: WindowApi
  readonly #dialog: Pick<DialogApi, 'showMessageBox'>
  readonly #commands = new Waiting<PageCommand>()
  #asking = false

  constructor(api: Pick<ElectronApi, 'BrowserWindow' | 'dialog'>, options: BrowserWindowConstructorOptions) {
    this.#dialog = api.dialog
    this.window = new api.BrowserWindow(options)
    const { webContents } = this.window
    this.window.on('page-title-updated', event => event.preventDefault())
    this.window.on('unresponsive', () => void this.#ask(HANGING))
    webContents.on('did-navigate', () => this.#commands.hold())
    webContents.on('render-process-gone', (_event, { reason, exitCode }) => {
      this.#commands.hold()
      if (reason !== 'clean-exit') void this.#ask(goneQuestion(reason, exitCode))
    })
  }

  load(): Promise<void> {
    return this.window.loadURL(`${PAGE_ORIGIN}/`)
  }

  /** Sent now, or as soon as the page listens. */
  command(command: PageCommand): void {
    this.#commands.push(command)
  }

  pageListens(): void {
    this.#commands.deliverTo(({ id, argument }) => this.window.webContents.send(TO_PAGE.command, id, argument))
  }

  toFront(): void {
    if (this.window.isMinimized()) this.window.restore()
    this.window.show()
    this.window.focus()
  }

  async #ask(question: PageQuestion): Promise<void> {
    if (this.#asking || this.window.isDestroyed()) return
    this.#asking = true
    try {
      const { response } = await this.#dialog.showMessageBox({
        type: 'warning',
        title: 'Batchscope',
        message: question.message,
        detail: question.detail,
        buttons: question.answers.map(([label]) => label),
        defaultId: 0,
        cancelId: question.onEscape,
        noLink: true,
      })
      const act = question.answers[response]?.[1]
      if (!this.window.isDestroyed()) act?.(this.window)
    } finally {
      this.#asking = false
    }
  }
}

interface PageQuestion {
  message: string
  detail: string
  answers: [label: string, act: (window: WindowApi) => void][]
  /** Answer taken when the dialog is dismissed. */
  onEscape: number
}

const reload = (window: WindowApi) => window.webContents.reload()

const HANGING: PageQuestion = {
  message: 'The window does not respond',
  detail: `A run in progress is not affected: it is measured in processes of its own. ${WHAT_IS_KEPT}`,
  answers: [
    ['Wait', () => {}],
    ['Reload', reload],
  ],
  onEscape: 0,
}

function goneQuestion(reason: string, exitCode: number): PageQuestion {
  const what = reason === 'oom' ? 'it ran out of memory' : `${reason}, exit code ${exitCode}`
  return {
    message: 'The page of this window stopped',
    detail: `Reason: ${what}. A run in progress goes on: it is measured in processes of its own. ${WHAT_IS_KEPT}`,
    answers: [
      ['Reload', reload],
      ['Close window', window => window.destroy()],
    ],
    onEscape: 0,
  }
}
