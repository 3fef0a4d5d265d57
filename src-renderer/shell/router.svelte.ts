import { fillRoute } from './routes.ts'

/** The address bar as state. History addresses without a hash, so they work under http: and app: alike. */
class Router {
  path = $state('/')
  query = $state.raw<Readonly<Record<string, string>>>({})

  start(): void {
    this.#read()
    window.addEventListener('popstate', () => this.#read())
    document.addEventListener('click', event => this.#followLink(event))
  }

  /** `router.go('/run/:runId', { runId })` */
  go(pattern: string, params?: Record<string, string>, query?: Record<string, string>): void {
    this.#push(fillRoute(pattern, params, query))
  }

  /** As `go`, without a step to come back to. */
  replace(pattern: string, params?: Record<string, string>, query?: Record<string, string>): void {
    history.replaceState(null, '', fillRoute(pattern, params, query))
    this.#read()
  }

  #push(address: string): void {
    if (address === location.pathname + location.search) return
    history.pushState(null, '', address)
    this.#read()
  }

  #read(): void {
    this.path = location.pathname
    this.query = Object.fromEntries(new URLSearchParams(location.search))
  }

  /** Plain clicks on links inside the page stay in the page; everything else is the browser's. */
  #followLink(event: MouseEvent): void {
    if (
      event.defaultPrevented ||
      event.button !== 0 ||
      event.metaKey ||
      event.ctrlKey ||
      event.shiftKey ||
      event.altKey
    )
      return
    const anchor = event.target instanceof Element ? event.target.closest('a') : null
    if (!anchor || anchor.target || anchor.hasAttribute('download') || anchor.origin !== location.origin) return
    event.preventDefault()
    this.#push(anchor.pathname + anchor.search)
  }
}

export const router = new Router()
