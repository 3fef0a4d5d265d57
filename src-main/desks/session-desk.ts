import { existsSync, mkdirSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { RecentSession, SessionEvent, SessionView } from '#domain/session.ts'
import { shippedPath } from '../app-info.ts'
import type { Runner } from '../jobs/runner.ts'
import type { OpenSession, OpenSessions } from '../session/open-sessions.ts'
import type { RecentSessions } from '../user-data/recent-sessions.ts'
import type { PathGuard } from './path-guard.ts'

export interface SessionDeskParts {
  open: OpenSessions
  recents: RecentSessions
  runner: Runner
  guard: PathGuard
  /** Where a new session goes. */
  sessionFolder(): string
}

/** Sessions as the faces see them: opened, created, copied, closed, remembered. */
export class SessionDesk {
  readonly #parts: SessionDeskParts

  constructor(parts: SessionDeskParts) {
    this.#parts = parts
  }

  recent(): RecentSession[] {
    return this.#parts.recents.list()
  }

  forgetRecent(path: string): void {
    this.#parts.recents.forget(path)
  }

  async create({ path, name }: { path?: string | undefined; name?: string | undefined }): Promise<SessionView> {
    const target = path ?? this.#freePath(name ?? 'Session')
    await this.#parts.guard.check(dirname(target))
    return this.#remembered(this.#parts.open.create(withExtension(target), name))
  }

  async open({ path, readOnly }: { path: string; readOnly?: boolean }): Promise<SessionView> {
    await this.#parts.guard.check(path)
    return this.#remembered(this.#parts.open.open(path, { readOnly: readOnly ?? false }))
  }

  openSample(): SessionView {
    return this.#parts.open.open(shippedPath('resources', 'sample.bscope'), { readOnly: true }).view()
  }

  /** Runs still going are cancelled first; what they measured is in the file. */
  async close(sessionId: string): Promise<void> {
    const session = this.#parts.open.get(sessionId)
    await this.#cancelRuns(session)
    this.#remember(session)
    this.#parts.open.close(sessionId)
  }

  async closeAll(): Promise<void> {
    await this.#parts.runner.cancelAll()
    for (const session of this.#parts.open.all()) this.#remember(session)
    this.#parts.open.closeAll()
  }

  get(sessionId: string): OpenSession {
    return this.#parts.open.get(sessionId)
  }

  view(sessionId: string): SessionView {
    return this.get(sessionId).view()
  }

  opened(): SessionView[] {
    return this.#parts.open.all().map(session => session.view())
  }

  watch(sessionId: string, signal?: AbortSignal): AsyncGenerator<SessionEvent> {
    return this.get(sessionId).events.subscribe(signal)
  }

  update(sessionId: string, patch: { name?: string | undefined; notes?: string | undefined }): SessionView {
    const session = this.get(sessionId)
    session.file.update(given(patch))
    session.announceInfo()
    return this.#remembered(session)
  }

  async saveAs(sessionId: string, { path, overwrite }: { path: string; overwrite: boolean }): Promise<SessionView> {
    const session = this.get(sessionId)
    await this.#parts.guard.check(dirname(path))
    this.#refuseWhileRunning(session, 'saved under another name')
    const target = withExtension(path)
    session.file.copyTo(target, { overwrite })
    this.#parts.open.switchTo(session, target)
    return this.#remembered(session)
  }

  duplicate(sessionId: string): { path: string } {
    const { file } = this.get(sessionId)
    const folder = file.readOnly && !existsSync(dirname(file.path)) ? this.#parts.sessionFolder() : dirname(file.path)
    const path = freeName(folder, `${basename(file.path, extname(file.path))} copy`)
    file.copyTo(path)
    return { path }
  }

  compact(sessionId: string): { bytesBefore: number; bytesAfter: number } {
    const session = this.get(sessionId)
    this.#refuseWhileRunning(session, 'compacted')
    const sizes = session.file.compact()
    session.announceInfo()
    return sizes
  }

  #refuseWhileRunning(session: OpenSession, what: string): void {
    const active = session.file.runs().find(run => this.#parts.runner.isActive(run.id))
    if (active === undefined) return
    throw new EngineError('FORBIDDEN', `The session can't be ${what} while "${active.title}" runs`, {
      hint: 'Wait for the run or cancel it.',
    })
  }

  async #cancelRuns(session: OpenSession): Promise<void> {
    await Promise.all(session.file.runs().map(run => this.#parts.runner.cancel(run.id)))
  }

  #remembered(session: OpenSession): SessionView {
    this.#remember(session)
    return session.view()
  }

  #remember(session: OpenSession): void {
    if (session.file.path !== shippedPath('resources', 'sample.bscope')) this.#parts.recents.remember(session.view())
  }

  #freePath(name: string): string {
    const folder = this.#parts.sessionFolder()
    mkdirSync(folder, { recursive: true })
    return freeName(folder, name)
  }
}

/** `name.bscope`, or `name 2.bscope`… where that is taken. Characters no file system takes become "-". */
export function freeName(folder: string, name: string): string {
  const plain = name.replaceAll(/[/\\:*?"<>|]|\p{Cc}/gu, '-')
  const safe = plain.slice(0, 100).trim() || 'Session'
  for (let count = 1; ; count++) {
    const path = join(folder, `${safe}${count === 1 ? '' : ` ${count}`}.bscope`)
    if (!existsSync(path)) return path
  }
}

function withExtension(path: string): string {
  return extname(path) === '' ? `${path}.bscope` : path
}

/** Without absent fields. */
function given<T extends object>(patch: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(patch).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>
  }
}
