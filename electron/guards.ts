import { PAGE_ORIGIN } from './channels.ts'
import type { AppApi, SessionApi, ShellApi, WebContentsApi } from './electron-api.ts'

/**
 * Web permissions the page may use. Everything else is refused without asking: the page needs no camera, no location,
 * no devices, no notifications. Copying a table takes `navigator.clipboard.write`, which Chromium asks for.
 */
const GRANTED: ReadonlySet<string> = new Set(['clipboard-sanitized-write'])

/** Addresses that may be opened in the user's browser. None: nothing in the product links out. */
export const EXTERNAL_ORIGINS: readonly string[] = []

export function isOwnPage(address: string): boolean {
  return address === PAGE_ORIGIN || address.startsWith(`${PAGE_ORIGIN}/`)
}

/** Refuses permissions, devices and screen capture for every page of the session. */
export function guardSession(session: SessionApi): void {
  session.setPermissionRequestHandler((_page, permission, answer, details) => {
    answer(GRANTED.has(permission) && details.isMainFrame && isOwnPage(details.requestingUrl))
  })
  session.setPermissionCheckHandler((_page, permission, requestingOrigin) => {
    return GRANTED.has(permission) && isOwnPage(requestingOrigin)
  })
  session.setDevicePermissionHandler(() => false)
  session.setDisplayMediaRequestHandler((_request, answer) => answer({}))
}

/**
 * Keeps every page of the app where it is: no navigation off the page's origin, no redirects, no new windows, no
 * webviews. On `app`, so that a page nobody thought of is held too.
 * @see https://www.electronjs.org/docs/latest/tutorial/security items 11 to 15
 */
export function guardPages(app: Pick<AppApi, 'on'>, shell: Pick<ShellApi, 'openExternal'>): void {
  app.on('web-contents-created', (_event, contents) => guardPage(contents, shell))
}

function guardPage(contents: WebContentsApi, shell: Pick<ShellApi, 'openExternal'>): void {
  contents.on('will-frame-navigate', event => {
    if (!(event.isMainFrame && isOwnPage(event.url))) event.preventDefault()
  })
  contents.on('will-redirect', event => event.preventDefault())
  contents.on('will-attach-webview', event => event.preventDefault())
  contents.setWindowOpenHandler(({ url }) => {
    if (isAllowedOutside(url)) void shell.openExternal(url)
    return { action: 'deny' }
  })
}

/** @param origins exact https origins; the list of the product unless a test brings its own */
export function isAllowedOutside(address: string, origins: readonly string[] = EXTERNAL_ORIGINS): boolean {
  if (!URL.canParse(address)) return false
  const { protocol, origin, username, password } = new URL(address)
  return protocol === 'https:' && username === '' && password === '' && origins.includes(origin)
}
