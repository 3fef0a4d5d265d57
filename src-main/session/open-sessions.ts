import { randomUUID } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { resolve } from 'node:path'
import { EngineError } from '#domain/errors.ts'
import type { SessionEvent, SessionInfo, SessionView } from '#domain/session.ts'
import { Broadcast } from './broadcast.ts'
import { createSession, openSession } from './open.ts'
import type { SessionFile } from './session-file.ts'

/** A session that this engine has open: its file and those who watch it. */
export class OpenSession {
  readonly id: string
  file: SessionFile
  readonly events = new Broadcast<SessionEvent>()

  constructor(id: string, file: SessionFile) {
    this.id = id
    this.file = file
  }

  info(): SessionInfo {
    return { sessionId: this.id, ...this.file.info() }
  }

  view(): SessionView {
    return { info: this.info(), runs: this.file.runs() }
  }

  announceInfo(): void {
    this.events.emit({ type: 'info', info: this.info() })
  }

  announceRun(runId: string): void {
    this.events.emit({ type: 'run', run: this.file.runSummary(runId) })
  }
}

/** The sessions open in this engine, one per file however often it is opened. */
export class OpenSessions {
  readonly #sessions = new Map<string, OpenSession>()
  readonly #appVersion: string

  constructor(appVersion: string) {
    this.#appVersion = appVersion
  }

  all(): OpenSession[] {
    return [...this.#sessions.values()]
  }

  /** @throws EngineError NOT_FOUND */
  get(sessionId: string): OpenSession {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) {
      throw new EngineError('NOT_FOUND', 'This session is not open any more', { hint: 'Open the file again.' })
    }
    return session
  }

  create(path: string, name?: string): OpenSession {
    const file = createSession(resolve(path), { appVersion: this.#appVersion })
    if (name !== undefined) file.update({ name })
    return this.#add(file)
  }

  open(path: string, options: { readOnly?: boolean } = {}): OpenSession {
    const wanted = canonical(path)
    const present = this.all().find(session => canonical(session.file.path) === wanted)
    if (present !== undefined) return present
    return this.#add(openSession(wanted, { appVersion: this.#appVersion, ...options }))
  }

  /** Goes on in the copy: the session keeps its id, its watchers hear of the new file. */
  switchTo(session: OpenSession, path: string): void {
    const next = openSession(resolve(path), { appVersion: this.#appVersion })
    const before = session.file
    session.file = next
    session.announceInfo()
    before.close()
  }

  close(sessionId: string, reason?: string): void {
    const session = this.#sessions.get(sessionId)
    if (session === undefined) return
    this.#sessions.delete(sessionId)
    session.events.emit({ type: 'ended', ...(reason === undefined ? {} : { reason }) })
    session.events.close()
    session.file.close()
  }

  /** Closes every session, also when one of them can't (a full disk: its data is safe beside it), then tells the first failure. */
  closeAll(): void {
    const failures: unknown[] = []
    for (const id of [...this.#sessions.keys()]) {
      try {
        this.close(id)
      } catch (thrown) {
        failures.push(thrown)
      }
    }
    if (failures.length > 0) throw failures[0]
  }

  #add(file: SessionFile): OpenSession {
    const session = new OpenSession(randomUUID(), file)
    this.#sessions.set(session.id, session)
    return session
  }
}

function canonical(path: string): string {
  const absolute = resolve(path)
  return existsSync(absolute) ? realpathSync(absolute) : absolute
}
