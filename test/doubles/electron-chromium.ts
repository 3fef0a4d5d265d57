import { MessagePort } from 'node:worker_threads'
import type { BrowserContext, Page, Route } from 'playwright'
import type { PortApi } from '../../electron/electron-api.ts'
import type { ElectronDouble } from './electron.ts'
import type { Surface, WebContentsDouble } from './electron-window.ts'

/** Stands in for app://batchscope: Chromium loads no scheme it was not built with. localhost counts as secure. */
const ORIGIN = 'http://localhost'

/**
 * Shows the windows of an ElectronDouble in real Chromium tabs. Real are: the page, the built preload, the main
 * process's code (protocol handler, host calls, menu, guards), the engine and the ports to it. Imitated are Electron's
 * joints: IPC (as JSON over Playwright's bindings), MessagePorts across processes (relayed), the preload's `require`,
 * and the scheme (http://localhost, answered by the app:// handler with its headers). Not imitated: the isolated world
 * of a preload and its sandbox; the preload runs in the page's own world.
 * @param paths what `webUtils.getPathForFile` says, by the name of the dropped file
 */
export function showInChromium(
  electron: ElectronDouble,
  context: BrowserContext,
  preload: string,
  paths: ReadonlyMap<string, string>,
): { page(contents: WebContentsDouble): Promise<Page> } {
  const pages = new Map<WebContentsDouble, Promise<Page>>()
  electron.app.on('web-contents-created', (_event, contents: WebContentsDouble) => {
    const relays = new Relays()
    const opening = openTab(electron, contents, context, preloadScript(preload, paths), relays)
    pages.set(contents, opening)
    contents.surface = surfaceOn(opening, relays)
  })
  return {
    async page(contents) {
      const page = pages.get(contents)
      if (page === undefined) throw new Error('This window was opened before showInChromium')
      return page
    },
  }
}

async function openTab(
  electron: ElectronDouble,
  contents: WebContentsDouble,
  context: BrowserContext,
  script: string,
  relays: Relays,
): Promise<Page> {
  const page = await context.newPage()
  await page.exposeBinding('__toMain', (_source, channel: string, value: unknown) =>
    electron.call(channel, value ?? undefined, { sender: contents }),
  )
  await page.exposeBinding('__fromPage', (_source, id: number, message: Wire) => relays.toEngine(id, message))
  await page.addInitScript(script)
  await page.route(`${ORIGIN}/**`, route => answer(electron, route))
  return page
}

/** The real handler of app:// answers, and its headers stand. */
async function answer(electron: ElectronDouble, route: Route): Promise<void> {
  const request = route.request()
  const handler = electron.served.get('app')
  if (handler === undefined) return route.abort()
  const response = await handler(
    new Request(request.url().replace(ORIGIN, 'app://batchscope'), { method: request.method() }),
  )
  await route.fulfill({
    status: response.status,
    headers: Object.fromEntries(response.headers),
    body: Buffer.from(await response.arrayBuffer()),
  })
}

/** In order: each step waits for the one before. A closed tab ends the line. */
function surfaceOn(opening: Promise<Page>, relays: Relays): Surface {
  let line: Promise<unknown> = opening
  const next = (step: (page: Page) => Promise<unknown>) => {
    line = line.then(async () => {
      const page = await opening
      if (!page.isClosed()) await step(page)
    })
  }
  return {
    load: url => next(page => page.goto(url.replace('app://batchscope', ORIGIN))),
    send: (channel, args) => next(page => page.evaluate(deliver, { channel, args })),
    post(channel, ports) {
      const [port] = ports
      next(page => relays.open(page, channel, port))
    },
    close: () => next(page => page.close()),
  }
}

/** What oRPC puts on a port: text, or bytes. */
type Wire = { text: string } | { base64: string }

/** The engine's ends of the channels whose other ends the tab holds. */
class Relays {
  readonly #ports = new Map<number, MessagePort>()

  async open(page: Page, channel: string, port: PortApi | undefined): Promise<void> {
    if (!(port instanceof MessagePort)) throw new Error('Only real ports can be shown to Chromium')
    const id = this.#ports.size
    this.#ports.set(id, port)
    await page.evaluate(deliver, { channel, args: [], port: id })
    port.on('message', (data: string | Uint8Array) => {
      const message: Wire = typeof data === 'string' ? { text: data } : { base64: Buffer.from(data).toString('base64') }
      if (!page.isClosed()) page.evaluate(intoPage, { id, message }).catch(ignoreClosedTab)
    })
    port.on('close', () => {
      if (!page.isClosed()) page.evaluate(intoPage, { id, message: null }).catch(ignoreClosedTab)
    })
    page.on('close', () => port.close())
  }

  toEngine(id: number, message: Wire): void {
    this.#ports.get(id)?.postMessage('text' in message ? message.text : Buffer.from(message.base64, 'base64'))
  }
}

/** The tab went away while a message was on its way to it: as with a real port, the message is lost. */
function ignoreClosedTab(): void {}

declare global {
  interface Window {
    __deliver(delivery: { channel: string; args: unknown[]; port?: number }): void
    __intoPage(relayed: { id: number; message: Wire | null }): void
  }
}

const deliver = (delivery: { channel: string; args: unknown[]; port?: number }) => window.__deliver(delivery)
const intoPage = (relayed: { id: number; message: Wire | null }) => window.__intoPage(relayed)

/** Runs before the page's own scripts, in its top frame: a `require('electron')` for the preload, then the preload. */
function preloadScript(preload: string, paths: ReadonlyMap<string, string>): string {
  return `if (window === top) (() => {
    const paths = new Map(${JSON.stringify([...paths])})
    const listeners = new Map()
    const ports = new Map()
    const encode = data => typeof data === 'string' ? { text: data } : { base64: btoa(String.fromCharCode(...data)) }
    const decode = message => message.text ?? Uint8Array.from(atob(message.base64), byte => byte.charCodeAt(0))
    window.__deliver = ({ channel, args, port }) => {
      const event = { ports: [] }
      if (port !== undefined) {
        const { port1, port2 } = new MessageChannel()
        port1.onmessage = ({ data }) => window.__fromPage(port, encode(data))
        ports.set(port, port1)
        event.ports.push(port2)
      }
      for (const listener of listeners.get(channel) ?? []) listener(event, ...args)
    }
    window.__intoPage = ({ id, message }) => {
      if (message === null) ports.get(id)?.close()
      else ports.get(id)?.postMessage(decode(message))
    }
    const joints = {
      contextBridge: { exposeInMainWorld: (name, api) => Object.defineProperty(window, name, { value: api }) },
      ipcRenderer: {
        on: (channel, listener) => listeners.set(channel, [...(listeners.get(channel) ?? []), listener]),
        off: (channel, listener) => listeners.set(channel, (listeners.get(channel) ?? []).filter(each => each !== listener)),
        send: (channel, value) => void window.__toMain(channel, value),
        invoke: (channel, value) => window.__toMain(channel, value),
      },
      webUtils: { getPathForFile: file => paths.get(file.name) ?? '' },
    }
    const require = name => {
      if (name !== 'electron') throw new Error('A sandboxed preload cannot require ' + name)
      return joints
    }
    const run = (require, process) => {
      ${preload}
    }
    run(require, { platform: ${JSON.stringify(process.platform)} })
  })()`
}
