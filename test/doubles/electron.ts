import { EventEmitter } from 'node:events'
import type { BrowserWindowConstructorOptions, MenuItemConstructorOptions, MessageBoxOptions } from 'electron'
import type { AppApi, ElectronApi, EngineProcessApi, PortApi, SessionApi } from '../../electron/electron-api.ts'
import { PreventableEvent, type WebContentsDouble, WindowDouble } from './electron-window.ts'

export interface DoubleOptions {
  userData: string
  /** Whether this is the first instance; default yes. */
  lock?: boolean
  isPackaged?: boolean
  /** An engine that really runs, and channels that really carry (utility-process.ts); default: both only record. */
  fork?: (modulePath: string) => EngineProcessApi
  MessageChannelMain?: ElectronApi['MessageChannelMain']
}

/**
 * A double of the `electron` module, as far as the desktop door uses it (electron/electron-api.ts). It imitates what
 * Electron's documentation says about order and events, because that is what the door relies on:
 * - app: `ready` comes when the test says so; `quit()` emits before-quit, closes the windows, emits will-quit and ends
 *   unless that was prevented (docs/api/app.md, "Event: will-quit"); the lock is granted or not (requestSingleInstanceLock).
 * - enableSandbox and registerSchemesAsPrivileged throw after ready; protocol.handle, screen, session and
 *   utilityProcess.fork throw before it (app.md, protocol.md, screen.md, session.md, utility-process.md).
 * - BrowserWindow and webContents: electron-window.ts.
 * - dialogs answer with what the test put in line, and otherwise stay open; ipcMain takes calls from a window's page.
 * - utility processes record what they are sent and exit when killed or told to.
 * It draws nothing, loads nothing and knows no operating system.
 */
export class ElectronDouble implements ElectronApi {
  readonly windows: WindowDouble[] = []
  readonly engines: EngineDouble[] = []
  readonly asked: MessageBoxOptions[] = []
  /** Index of the button the next message boxes get; a box without one in line stays open. */
  readonly answers: number[] = []
  readonly menus: MenuItemConstructorOptions[][] = []
  readonly openedOutside: string[] = []
  readonly revealed: string[] = []
  readonly schemes: string[] = []
  readonly dialogOptions: unknown[] = []
  chosenFiles: string[] = []
  chosenSaveFile = ''
  workAreas = [{ x: 0, y: 0, width: 1920, height: 1080 }]
  readonly ipc = new Map<string, (event: unknown, ...args: unknown[]) => unknown>()
  readonly served = new Map<string, (request: Request) => Promise<Response>>()
  readonly permissions = new SessionDouble()

  readonly app: AppDouble
  readonly nativeTheme: ElectronApi['nativeTheme'] = { themeSource: 'system' }
  readonly MessageChannelMain: ElectronApi['MessageChannelMain']
  readonly #fork: ((modulePath: string) => EngineProcessApi) | undefined

  constructor(options: DoubleOptions) {
    this.app = new AppDouble(options, this.windows)
    this.MessageChannelMain = options.MessageChannelMain ?? ChannelDouble
    this.#fork = options.fork
  }

  readonly BrowserWindow: { new (options: BrowserWindowConstructorOptions): WindowDouble } = ((outer: ElectronDouble) =>
    class extends WindowDouble {
      constructor(options: BrowserWindowConstructorOptions) {
        outer.app.mustBeReady('BrowserWindow')
        super(options)
        outer.windows.push(this)
        this.once('closed', () => {
          outer.windows.splice(outer.windows.indexOf(this), 1)
          if (outer.windows.length === 0 && !outer.app.quitting) outer.app.emit('window-all-closed')
        })
        outer.app.emit('web-contents-created', new PreventableEvent(), this.webContents)
      }
    })(this)

  readonly dialog: ElectronApi['dialog'] = {
    showMessageBox: options => {
      this.asked.push(options)
      const response = this.answers.shift()
      return response === undefined ? new Promise(() => {}) : Promise.resolve({ response })
    },
    showOpenDialog: async (_window, options) => {
      this.dialogOptions.push(options)
      return { canceled: this.chosenFiles.length === 0, filePaths: this.chosenFiles }
    },
    showSaveDialog: async (_window, options) => {
      this.dialogOptions.push(options)
      return { canceled: this.chosenSaveFile === '', filePath: this.chosenSaveFile }
    },
  }

  readonly ipcMain: ElectronApi['ipcMain'] = {
    on: (channel, listener) => this.ipc.set(channel, listener as (event: unknown) => unknown),
    handle: (channel, listener) => {
      if (this.ipc.has(channel)) throw new Error(`Attempted to register a second handler for '${channel}'`)
      this.ipc.set(channel, listener as (event: unknown) => unknown)
    },
  }

  readonly Menu: ElectronApi['Menu'] = {
    buildFromTemplate: template => template,
    setApplicationMenu: menu => this.menus.push(menu as MenuItemConstructorOptions[]),
  }

  readonly protocol: ElectronApi['protocol'] = {
    registerSchemesAsPrivileged: schemes => {
      this.app.mustNotBeReady('protocol.registerSchemesAsPrivileged')
      this.schemes.push(...schemes.map(({ scheme }) => scheme))
    },
    handle: (scheme, handler) => {
      this.app.mustBeReady('protocol.handle')
      this.served.set(scheme, handler)
    },
  }

  readonly screen = {
    getAllDisplays: () => {
      this.app.mustBeReady('screen')
      return this.workAreas.map(workArea => ({ workArea }))
    },
  }

  readonly session = ((outer: ElectronDouble) => ({
    get defaultSession(): SessionApi {
      outer.app.mustBeReady('session')
      return outer.permissions
    },
  }))(this)

  readonly shell: ElectronApi['shell'] = {
    openExternal: async address => void this.openedOutside.push(address),
    showItemInFolder: path => void this.revealed.push(path),
  }

  readonly utilityProcess: ElectronApi['utilityProcess'] = {
    fork: modulePath => {
      this.app.mustBeReady('utilityProcess.fork')
      if (this.#fork) return this.#fork(modulePath)
      const engine = new EngineDouble(modulePath)
      this.engines.push(engine)
      return engine
    },
  }

  /** The engine running now. */
  get engine(): EngineDouble {
    const engine = this.engines.at(-1)
    if (engine === undefined) throw new Error('No engine was started')
    return engine
  }

  /** The only or newest window. */
  get window(): WindowDouble {
    const window = this.windows.at(-1)
    if (window === undefined) throw new Error('There is no window')
    return window
  }

  /** Chooses the item with this label in the application menu, at any depth. */
  choose(label: string): void {
    const flat = (items: MenuItemConstructorOptions[]): MenuItemConstructorOptions[] =>
      items.flatMap(item => [item, ...(Array.isArray(item.submenu) ? flat(item.submenu) : [])])
    const item = flat(this.menus.at(-1) ?? []).find(each => each.label === label)
    if (item?.click === undefined) throw new Error(`The menu has no item '${label}' to choose`)
    Reflect.apply(item.click, undefined, [])
  }

  /** A call of the preload, from the page's main frame unless the test says otherwise. */
  call(
    channel: string,
    value?: unknown,
    from: { sender?: WebContentsDouble; origin?: string; frame?: 'main' | 'sub' | 'gone' } = {},
  ) {
    const sender = from.sender ?? this.window.webContents
    const parent = from.frame === 'sub' ? { origin: 'app://batchscope', parent: null } : null
    const senderFrame = from.frame === 'gone' ? null : { origin: from.origin ?? 'app://batchscope', parent }
    const listener = this.ipc.get(channel)
    if (listener === undefined) throw new Error(`Nobody listens on '${channel}'`)
    return listener({ sender, senderFrame }, value)
  }
}

class AppDouble extends EventEmitter implements AppApi {
  readonly isPackaged: boolean
  readonly recentDocuments: string[] = []
  handedOver: unknown
  sandboxed = false
  quitting = false
  ended = false
  readonly #lock: boolean
  readonly #userData: string
  readonly #windows: readonly WindowDouble[]
  readonly #ready = Promise.withResolvers<void>()
  #isReady = false

  constructor(options: DoubleOptions, windows: readonly WindowDouble[]) {
    super()
    this.#userData = options.userData
    this.#lock = options.lock ?? true
    this.isPackaged = options.isPackaged ?? true
    this.#windows = windows
  }

  becomeReady(): void {
    this.#isReady = true
    this.#ready.resolve()
  }

  mustBeReady(what: string): void {
    if (!this.#isReady) throw new Error(`${what} cannot be used before app is ready`)
  }

  mustNotBeReady(what: string): void {
    if (this.#isReady) throw new Error(`${what} should be called before app is ready`)
  }

  requestSingleInstanceLock(data?: Record<string, unknown>): boolean {
    // Electron hands it over as JSON.
    this.handedOver = JSON.parse(JSON.stringify(data))
    return this.#lock
  }

  enableSandbox(): void {
    this.mustNotBeReady('app.enableSandbox()')
    this.sandboxed = true
  }

  whenReady(): Promise<void> {
    return this.#ready.promise
  }

  quit(): void {
    this.quitting = true
    this.emit('before-quit', new PreventableEvent())
    for (const window of [...this.#windows]) window.close()
    const leave = new PreventableEvent()
    this.emit('will-quit', leave)
    if (leave.defaultPrevented) this.quitting = false
    else this.ended = true
  }

  getPath(): string {
    return this.#userData
  }

  addRecentDocument(path: string): void {
    this.recentDocuments.push(path)
  }

  setAppUserModelId(): void {}
}

class PortDouble implements PortApi {
  closed = false
  close(): void {
    this.closed = true
  }
}

class ChannelDouble {
  readonly port1 = new PortDouble()
  readonly port2 = new PortDouble()
}

/** A utility process: records, and exits when the test or `kill` says so. */
export class EngineDouble extends EventEmitter implements EngineProcessApi {
  readonly pid = 4242
  readonly stderr = new EventEmitter()
  readonly modulePath: string
  readonly received: { message: unknown; ports: PortApi[] }[] = []
  killed = false
  exited = false

  constructor(modulePath: string) {
    super()
    this.modulePath = modulePath
  }

  postMessage(message: unknown, ports: PortApi[] = []): void {
    this.received.push({ message, ports })
  }

  kill(): boolean {
    this.killed = true
    this.exit(15)
    return true
  }

  exit(code: number): void {
    if (this.exited) return
    this.exited = true
    this.emit('exit', code)
  }
}

type Handlers = {
  request: Parameters<SessionApi['setPermissionRequestHandler']>[0]
  check: Parameters<SessionApi['setPermissionCheckHandler']>[0]
  device: Parameters<SessionApi['setDevicePermissionHandler']>[0]
  screen: Parameters<SessionApi['setDisplayMediaRequestHandler']>[0]
}

/** Without handlers Electron grants: the double does the same, so that a forgotten handler shows. */
class SessionDouble implements SessionApi {
  handlers: Partial<Handlers> = {}

  setPermissionRequestHandler(handler: Handlers['request']): void {
    this.handlers.request = handler
  }
  setPermissionCheckHandler(handler: Handlers['check']): void {
    this.handlers.check = handler
  }
  setDevicePermissionHandler(handler: Handlers['device']): void {
    this.handlers.device = handler
  }
  setDisplayMediaRequestHandler(handler: Handlers['screen']): void {
    this.handlers.screen = handler
  }

  /** What the page gets that asks for `permission`. */
  isGranted(page: WebContentsDouble, permission: string, origin: string, isMainFrame = true): boolean {
    const { request, check } = this.handlers
    let granted = request === undefined
    request?.(
      page,
      permission,
      answer => {
        granted = answer
      },
      { isMainFrame, requestingUrl: origin },
    )
    return granted && (check?.(page, permission, origin) ?? true)
  }
}
