import { EventEmitter } from 'node:events'
import type { BrowserWindowConstructorOptions, Rectangle } from 'electron'
import type { FrameApi, PortApi, WebContentsApi, WindowApi } from '../../electron/electron-api.ts'

export class PreventableEvent {
  defaultPrevented = false
  preventDefault(): void {
    this.defaultPrevented = true
  }
}

let nextId = 1

/** Where a page is really shown, if a test has such a place (electron-chromium.ts). */
export interface Surface {
  load(url: string): void
  send(channel: string, args: unknown[]): void
  post(channel: string, ports: PortApi[]): void
  close(): void
}

/**
 * BrowserWindow as the desktop door uses it: keeps its bounds, emits close, closed and focus, `destroy` skips `close`
 * (docs/api/base-window.md). Maximised windows keep their normal bounds.
 */
export class WindowDouble extends EventEmitter implements WindowApi {
  readonly id = nextId++
  readonly webContents = new WebContentsDouble()
  readonly options: BrowserWindowConstructorOptions
  bounds: Rectangle
  title: string
  representedFile = ''
  visible = false
  minimized = false
  maximized = false
  destroyed = false

  constructor(options: BrowserWindowConstructorOptions) {
    super()
    const { x = 0, y = 0, width = 800, height = 600, title = '' } = options
    this.options = options
    this.bounds = { x, y, width, height }
    this.title = title
  }

  /** As the page asks for it by its <title>. */
  pageTitleChanged(title: string): void {
    const event = new PreventableEvent()
    this.emit('page-title-updated', event, title)
    if (!event.defaultPrevented) this.title = title
  }

  async loadURL(url: string): Promise<void> {
    this.webContents.loaded(url)
  }
  show(): void {
    this.visible = true
  }
  focus(): void {
    this.emit('focus')
  }
  isMinimized(): boolean {
    return this.minimized
  }
  restore(): void {
    this.minimized = false
  }
  isMaximized(): boolean {
    return this.maximized
  }
  maximize(): void {
    this.maximized = true
  }
  getNormalBounds(): Rectangle {
    return this.bounds
  }
  isDestroyed(): boolean {
    return this.destroyed
  }
  setTitle(title: string): void {
    this.title = title
  }
  setRepresentedFilename(path: string): void {
    this.representedFile = path
  }
  close(): void {
    this.emit('close', new PreventableEvent())
    this.destroy()
  }
  destroy(): void {
    this.destroyed = true
    this.webContents.surface?.close()
    this.emit('closed')
  }
}

/**
 * webContents: what is sent to the page is kept; a page's attempts to leave are put to the listeners first, as
 * docs/api/web-contents.md says of will-frame-navigate, will-redirect, will-attach-webview and setWindowOpenHandler.
 */
export class WebContentsDouble extends EventEmitter implements WebContentsApi {
  readonly id = nextId++
  readonly sent: { channel: string; args: unknown[] }[] = []
  readonly posted: { channel: string; ports: PortApi[] }[] = []
  readonly mainFrame: FrameApi = { origin: 'app://batchscope', parent: null }
  url = ''
  reloads = 0
  surface: Surface | undefined
  #opener: ((details: { url: string }) => { action: 'deny' }) | undefined

  loaded(url: string): void {
    this.url = url
    this.surface?.load(url)
    this.emit('did-navigate', new PreventableEvent(), url)
  }
  reload(): void {
    this.reloads++
    this.loaded(this.url)
  }
  send(channel: string, ...args: unknown[]): void {
    this.sent.push({ channel, args })
    this.surface?.send(channel, args)
  }
  postMessage(channel: string, _message: unknown, ports: PortApi[] = []): void {
    this.posted.push({ channel, ports })
    this.surface?.post(channel, ports)
  }
  setWindowOpenHandler(handler: (details: { url: string }) => { action: 'deny' }): void {
    this.#opener = handler
  }

  /** The page follows a link or sets its location. @returns whether it got there */
  tryToLeave(url: string, isMainFrame = true): boolean {
    return this.#isLet('will-frame-navigate', { url, isMainFrame })
  }
  tryToRedirect(url: string): boolean {
    return this.#isLet('will-redirect', { url })
  }
  tryWebview(): boolean {
    return this.#isLet('will-attach-webview', {})
  }
  /** `window.open`. @returns whether there is a new window */
  tryToOpen(url: string): boolean {
    return this.#opener?.({ url }).action !== 'deny'
  }

  #isLet(event: string, details: object): boolean {
    const attempt = Object.assign(new PreventableEvent(), details)
    this.emit(event, attempt)
    return !attempt.defaultPrevented
  }
}
