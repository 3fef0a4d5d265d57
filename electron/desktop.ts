import { join } from 'node:path'
import type { ElectronApi, WebContentsApi } from './electron-api.ts'
import { type EngineDeath, EngineHost } from './engine-host.ts'
import { guardPages, guardSession } from './guards.ts'
import { answerHostCalls } from './host-calls.ts'
import { applicationMenu, OPEN_FILE_COMMAND } from './menu.ts'
import { filesOfCommandLine, filesOfOtherInstance, Waiting } from './opened-files.ts'
import { declarePageScheme, servePage } from './page-protocol.ts'
import { PageWindow, WHAT_IS_KEPT, windowOptions } from './page-window.ts'
import { placeWindow, readWindowState, writeWindowState } from './window-state.ts'

/** Where the parts of the built app are, and what the process was started with. */
export interface DesktopSetting {
  pageFolder: string
  preloadFile: string
  engineFile: string
  iconFile: string
  platform: NodeJS.Platform
  argv: readonly string[]
  cwd: string
}

/**
 * The desktop door from start to quit. Nothing here waits on the engine, and nothing is awaited before `ready` is:
 * scheme, guards and the lock have to stand before Electron is ready.
 * @returns when the first window is loading, or at once where another instance has taken the files over
 */
export async function startDesktop(api: ElectronApi, setting: DesktopSetting): Promise<void> {
  const { app } = api
  const developed = !app.isPackaged
  const files = filesOfCommandLine(setting.argv, { cwd: setting.cwd, developed })
  if (!app.requestSingleInstanceLock({ files })) return app.quit()

  app.enableSandbox()
  app.setAppUserModelId('org.batchscope.app')
  declarePageScheme(api.protocol)
  guardPages(app, api.shell)

  const toOpen = new Waiting<string>()
  for (const file of files) toOpen.push(file)
  app.on('open-file', (event, path) => {
    event.preventDefault()
    toOpen.push(path)
  })

  await app.whenReady()
  guardSession(api.session.defaultSession)
  servePage(api.protocol, setting.pageFolder)

  const desktop = new Desktop(api, setting)
  app.on('second-instance', (_event, argv, cwd, data) => {
    const named = filesOfOtherInstance(data) ?? filesOfCommandLine(argv, { cwd, developed })
    for (const file of named) toOpen.push(file)
    if (named.length === 0) desktop.frontWindow().toFront()
  })
  app.on('activate', () => desktop.frontWindow().toFront())
  app.on('window-all-closed', () => {
    if (setting.platform !== 'darwin') app.quit()
  })
  desktop.start()
  toOpen.deliverTo(file => desktop.open(file))
}

class Desktop {
  readonly #api: ElectronApi
  readonly #setting: DesktopSetting
  readonly #engine: EngineHost
  readonly #stateFile: string
  /** The one used last comes last. */
  #windows: PageWindow[] = []

  constructor(api: ElectronApi, setting: DesktopSetting) {
    this.#api = api
    this.#setting = setting
    this.#stateFile = join(api.app.getPath('userData'), 'window-state.json')
    this.#engine = new EngineHost({
      fork: () =>
        api.utilityProcess.fork(setting.engineFile, [], {
          serviceName: 'Batchscope engine',
          stdio: ['ignore', 'inherit', 'pipe'],
        }),
      MessageChannelMain: api.MessageChannelMain,
      onDeath: death => void this.#askAboutEngine(death),
    })
  }

  start(): void {
    const { app, Menu } = this.#api
    answerHostCalls(this.#api, {
      windowOf: contents => this.#find(contents)?.window,
      pageListens: window => this.#find(window.webContents)?.pageListens(),
      connectEngine: window => this.#engine.connect(window.webContents),
    })
    Menu.setApplicationMenu(
      Menu.buildFromTemplate(
        applicationMenu({
          platform: this.#setting.platform,
          developed: !app.isPackaged,
          newWindow: () => this.#openWindow(),
          command: id => this.frontWindow().command({ id }),
        }),
      ),
    )
    this.#engine.start()
    this.#quitAfterEngine()
    this.frontWindow()
  }

  open(file: string): void {
    const front = this.frontWindow()
    front.command({ id: OPEN_FILE_COMMAND, argument: file })
    front.toFront()
  }

  /** The window used last, or a new one where all are closed. */
  frontWindow(): PageWindow {
    return this.#windows.at(-1) ?? this.#openWindow()
  }

  #openWindow(): PageWindow {
    const { preloadFile: preload, iconFile: icon } = this.#setting
    const workAreas = this.#api.screen.getAllDisplays().map(display => display.workArea)
    const others = this.#windows.map(({ window }) => window.getNormalBounds())
    const state = placeWindow(readWindowState(this.#stateFile), workAreas, others)
    const page = new PageWindow(this.#api, windowOptions(state, { preload, icon }))
    const { window } = page
    this.#windows.push(page)
    window.on('ready-to-show', () => {
      if (state.maximized) window.maximize()
      window.show()
    })
    window.on('focus', () => {
      this.#windows = [...this.#windows.filter(each => each !== page), page]
    })
    window.on('close', () => {
      const failure = writeWindowState(this.#stateFile, {
        bounds: window.getNormalBounds(),
        maximized: window.isMaximized(),
      })
      if (failure) console.error(`The window's place was not kept: ${failure.message}`)
    })
    window.on('closed', () => {
      this.#windows = this.#windows.filter(each => each !== page)
    })
    void page.load()
    return page
  }

  #find(contents: WebContentsApi): PageWindow | undefined {
    return this.#windows.find(({ window }) => !window.isDestroyed() && window.webContents.id === contents.id)
  }

  /** Windows close first, then the engine gets its time; only then the app ends. */
  #quitAfterEngine(): void {
    let engineEnded = false
    this.#api.app.on('will-quit', event => {
      if (engineEnded) return
      event.preventDefault()
      void this.#engine.shutdown().then(() => {
        engineEnded = true
        this.#api.app.quit()
      })
    })
  }

  async #askAboutEngine({ startFailure, exitCode, detail }: EngineDeath): Promise<void> {
    const { response } = await this.#api.dialog.showMessageBox({
      type: 'error',
      title: 'Batchscope',
      message: startFailure === undefined ? 'The engine stopped' : 'The engine could not start',
      detail: [startFailure ?? `Exit code ${exitCode}. A run in progress was interrupted. ${WHAT_IS_KEPT}`, detail]
        .filter(Boolean)
        .join('\n\n'),
      buttons: ['Start the engine again', 'Quit'],
      defaultId: 0,
      cancelId: 0,
      noLink: true,
    })
    if (response !== 0) return this.#api.app.quit()
    this.#engine.start()
    for (const { window } of this.#windows) this.#engine.connect(window.webContents)
  }
}
