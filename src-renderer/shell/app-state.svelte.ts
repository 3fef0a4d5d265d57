import type { RuntimeInfo } from '#domain/machine.ts'
import type { RunSummary } from '#domain/run.ts'
import type { RecentSession, SessionEvent, SessionView } from '#domain/session.ts'
import type { Settings } from '#domain/settings.ts'
import type { ConnectionState } from '../connection.ts'
import { connection, engine, follow } from '../engine.ts'

const BEFORE_LOADED: Settings = {
  theme: 'system',
  latencyUnit: 'auto',
  memoryUnit: 'MiB',
  toolPaths: {},
  browseRoots: [],
}
const LAST_SESSION_KEY = 'batchscope.session'

/** What every page shares: the open session (kept live), settings, runtimes, recent sessions, connection. */
export class AppState {
  connection = $state<ConnectionState>('connecting')
  /** The open session; absent: none is open. */
  session = $state.raw<SessionView>()
  settings = $state.raw<Settings>(BEFORE_LOADED)
  /** Absent until asked (`loadRuntimes`). */
  runtimes = $state.raw<readonly RuntimeInfo[]>()
  recent = $state.raw<readonly RecentSession[]>([])
  /** First answers are there: pages may decide what to show. */
  ready = $state(false)
  /** Why the start failed. */
  error = $state.raw<unknown>()
  #watching: AbortController | undefined

  async start(): Promise<void> {
    connection.onState(state => {
      this.connection = state
    })
    try {
      const [settings, opened] = await Promise.all([engine.settings.get(), engine.sessions.opened(), this.loadRecent()])
      this.settings = settings
      const last = sessionStorage.getItem(LAST_SESSION_KEY)
      const view = opened.find(each => each.info.sessionId === last) ?? opened.at(-1)
      if (view) this.#show(view)
    } catch (thrown) {
      this.error = thrown
    } finally {
      this.ready = true
    }
  }

  run(runId: string): RunSummary | undefined {
    return this.session?.runs.find(each => each.id === runId)
  }

  async loadRecent(): Promise<void> {
    this.recent = await engine.sessions.recent()
  }

  async loadRuntimes(fresh = false): Promise<void> {
    this.runtimes = await engine.runtimes.list({ fresh })
  }

  async setSettings(patch: Partial<Settings>): Promise<void> {
    this.settings = await engine.settings.set(patch)
  }

  async openSession(path: string): Promise<SessionView> {
    return this.#adopt(await engine.sessions.open({ path }))
  }

  async openSample(): Promise<SessionView> {
    return this.#adopt(await engine.sessions.openSample())
  }

  async createSession(options: { path?: string; name?: string } = {}): Promise<SessionView> {
    return this.#adopt(await engine.sessions.create(options))
  }

  async saveAs(path: string, overwrite = false): Promise<SessionView | undefined> {
    const sessionId = this.session?.info.sessionId
    if (sessionId === undefined) return undefined
    return this.#adopt(await engine.sessions.saveAs({ sessionId, path, overwrite }))
  }

  /** The open session if it can be written, else a new one of that name: what a new run needs. */
  async writableSession(name?: string): Promise<SessionView> {
    return this.session && !this.session.info.readOnly
      ? this.session
      : this.createSession(name === undefined ? {} : { name })
  }

  /** Leaves the session; other windows may still have it open. */
  async closeSession(): Promise<void> {
    const sessionId = this.session?.info.sessionId
    this.#leave()
    if (sessionId !== undefined) await engine.sessions.close({ sessionId })
    await this.loadRecent()
  }

  async #adopt(view: SessionView): Promise<SessionView> {
    this.#show(view)
    await this.loadRecent()
    return view
  }

  #show(view: SessionView): void {
    const { sessionId } = view.info
    this.#leave()
    this.session = view
    sessionStorage.setItem(LAST_SESSION_KEY, sessionId)
    const watching = new AbortController()
    this.#watching = watching
    void this.#watch(sessionId, watching.signal)
  }

  #leave(): void {
    this.#watching?.abort()
    this.#watching = undefined
    this.session = undefined
    sessionStorage.removeItem(LAST_SESSION_KEY)
  }

  /** Asks for the whole view again with every new connection, then follows its changes. */
  async #watch(sessionId: string, signal: AbortSignal): Promise<void> {
    const open = async (streamSignal: AbortSignal) => {
      const events = await engine.sessions.watch({ sessionId }, { signal: streamSignal })
      this.session = await engine.sessions.get({ sessionId }, { signal: streamSignal })
      return events
    }
    try {
      for await (const event of follow(open, signal)) this.#apply(event)
    } catch (thrown) {
      this.error = thrown
    }
  }

  #apply(event: SessionEvent): void {
    if (event.type === 'ended') this.#leave()
    else if (this.session) this.session = applyEvent(this.session, event)
  }
}

/** The view after one change; runs keep their order, a new one goes to the end. */
export function applyEvent(view: SessionView, event: Exclude<SessionEvent, { type: 'ended' }>): SessionView {
  switch (event.type) {
    case 'info':
      return { ...view, info: event.info }
    case 'run-removed':
      return { ...view, runs: view.runs.filter(run => run.id !== event.runId) }
    case 'run': {
      const known = view.runs.some(run => run.id === event.run.id)
      const runs = known ? view.runs.map(run => (run.id === event.run.id ? event.run : run)) : [...view.runs, event.run]
      return { ...view, runs }
    }
  }
}

export const app = new AppState()
