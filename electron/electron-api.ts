import type {
  BrowserWindowConstructorOptions,
  CustomScheme,
  ForkOptions,
  MenuItemConstructorOptions,
  MessageBoxOptions,
  OpenDialogOptions,
  Rectangle,
  SaveDialogOptions,
} from 'electron'

/**
 * All that the desktop door uses of Electron, and no more: the `electron` module and its double in the tests both
 * have to fit. What a member does is said in Electron's documentation, not here.
 */
export interface ElectronApi {
  app: AppApi
  BrowserWindow: { new (options: BrowserWindowConstructorOptions): WindowApi }
  dialog: DialogApi
  ipcMain: IpcMainApi
  Menu: MenuApi
  MessageChannelMain: { new (): { port1: PortApi; port2: PortApi } }
  nativeTheme: { themeSource: 'system' | 'light' | 'dark' }
  protocol: ProtocolApi
  screen: { getAllDisplays(): { workArea: Rectangle }[] }
  session: { defaultSession: SessionApi }
  shell: ShellApi
  utilityProcess: { fork(modulePath: string, args?: string[], options?: ForkOptions): EngineProcessApi }
}

interface Preventable {
  preventDefault(): void
}

export interface AppApi {
  readonly isPackaged: boolean
  requestSingleInstanceLock(data?: Record<string, unknown>): boolean
  enableSandbox(): void
  whenReady(): Promise<void>
  quit(): void
  getPath(name: 'userData'): string
  addRecentDocument(path: string): void
  setAppUserModelId(id: string): void
  on(
    event: 'second-instance',
    listener: (event: Preventable, argv: string[], workingDirectory: string, data: unknown) => void,
  ): unknown
  on(event: 'open-file', listener: (event: Preventable, path: string) => void): unknown
  on(event: 'will-quit', listener: (event: Preventable) => void): unknown
  on(event: 'activate' | 'window-all-closed', listener: () => void): unknown
  on(event: 'web-contents-created', listener: (event: Preventable, contents: WebContentsApi) => void): unknown
}

export interface WindowApi {
  readonly id: number
  readonly webContents: WebContentsApi
  loadURL(url: string): Promise<void>
  show(): void
  focus(): void
  isMinimized(): boolean
  restore(): void
  isMaximized(): boolean
  maximize(): void
  getNormalBounds(): Rectangle
  isDestroyed(): boolean
  destroy(): void
  setTitle(title: string): void
  setRepresentedFilename(path: string): void
  on(event: 'close' | 'closed' | 'focus' | 'ready-to-show' | 'unresponsive', listener: () => void): unknown
  on(event: 'page-title-updated', listener: (event: Preventable) => void): unknown
}

export interface WebContentsApi {
  readonly id: number
  reload(): void
  send(channel: string, ...args: unknown[]): void
  postMessage(channel: string, message: unknown, transfer?: PortApi[]): void
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void
  on(
    event: 'will-frame-navigate',
    listener: (event: Preventable & { url: string; isMainFrame: boolean }) => void,
  ): unknown
  on(event: 'will-redirect' | 'will-attach-webview', listener: (event: Preventable) => void): unknown
  on(
    event: 'render-process-gone',
    listener: (event: Preventable, details: { reason: string; exitCode: number }) => void,
  ): unknown
  on(event: 'did-navigate', listener: () => void): unknown
}

export interface FrameApi {
  readonly origin: string
  /** null for the main frame. */
  readonly parent: FrameApi | null
}

/** What a dialog stays in front of: any window of Electron. */
type DialogParent = Pick<WindowApi, 'id' | 'isDestroyed'>

export interface DialogApi {
  showMessageBox(options: MessageBoxOptions): Promise<{ response: number }>
  showOpenDialog(window: DialogParent, options: OpenDialogOptions): Promise<{ canceled: boolean; filePaths: string[] }>
  showSaveDialog(window: DialogParent, options: SaveDialogOptions): Promise<{ canceled: boolean; filePath: string }>
}

export interface PageEvent {
  readonly sender: WebContentsApi
  /** null once the frame is gone. */
  readonly senderFrame: FrameApi | null
}

interface IpcMainApi {
  on(channel: string, listener: (event: PageEvent, ...args: unknown[]) => void): unknown
  handle(channel: string, listener: (event: PageEvent, ...args: unknown[]) => Promise<unknown>): void
}

interface MenuApi {
  buildFromTemplate(template: MenuItemConstructorOptions[]): unknown
  setApplicationMenu(menu: unknown): void
}

export interface PortApi {
  close(): void
}

export interface EngineProcessApi {
  readonly pid: number | undefined
  postMessage(message: unknown, transfer?: PortApi[]): void
  kill(): boolean
  readonly stderr: { on(event: 'data', listener: (chunk: Uint8Array) => void): unknown } | null
  on(event: 'message', listener: (message: unknown) => void): unknown
  on(event: 'exit', listener: (code: number) => void): unknown
}

export interface ProtocolApi {
  registerSchemesAsPrivileged(schemes: CustomScheme[]): void
  handle(scheme: string, handler: (request: Request) => Promise<Response>): void
}

interface PermissionDetails {
  isMainFrame: boolean
  requestingUrl: string
}

export interface SessionApi {
  setPermissionRequestHandler(
    handler: (
      page: WebContentsApi,
      permission: string,
      answer: (granted: boolean) => void,
      details: PermissionDetails,
    ) => void,
  ): void
  setPermissionCheckHandler(
    handler: (page: WebContentsApi | null, permission: string, requestingOrigin: string) => boolean,
  ): void
  setDevicePermissionHandler(handler: () => boolean): void
  setDisplayMediaRequestHandler(handler: (request: unknown, answer: (streams: object) => void) => void): void
}

export interface ShellApi {
  openExternal(address: string): Promise<void>
  showItemInFolder(path: string): void
}
