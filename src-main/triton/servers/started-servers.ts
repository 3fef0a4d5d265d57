import { randomUUID } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { EngineError } from '#domain/errors.ts'
import type { ServerStart, StartedServer, StartedServerEvent } from '#domain/repository.ts'
import { captureOutput } from '../../../native-tools/capture-output.ts'
import { type Child, type ChildEnd, startChild } from '../../../native-tools/spawn.ts'
import { shellWord } from '../infer/quote.ts'
import { causeIn } from './end-cause.ts'
import { enginesOfOthers } from './engine-match.ts'
import { freePorts } from './free-ports.ts'
import { type Launch, planLaunch } from './launch.ts'
import { askReady, type FailedModel, unreadModelIn } from './readiness.ts'
import { ServerFeed } from './server-feed.ts'

const POLL_MS = 200
/** Triton unloads its models and ends its python stubs; then everything that is left is killed. */
const STOP_GRACE_MS = 12_000

interface Running {
  feed: ServerFeed
  child: Child
  launch: Launch
  ended: Promise<void>
  asksReady: AbortController
  cause?: { line: string; hint: string }
  /** Models whose configuration could not be read. */
  unread: FailedModel[]
}

/** Servers this app started. They end with it. */
export class StartedServers {
  readonly #servers = new Map<string, Running>()
  readonly #toolPaths: () => Readonly<Record<string, string>>

  constructor(toolPaths: () => Readonly<Record<string, string>>) {
    this.#toolPaths = toolPaths
  }

  /** The command `start` would run, quoted for a shell; ports that are to be free are examples. @throws as `planLaunch` */
  async command(start: ServerStart): Promise<string> {
    const { launch } = await this.#plan(start)
    return launch.argv.map(shellWord).join(' ')
  }

  /**
   * Starts a server and returns at once; `watch` tells when it is ready.
   * @throws EngineError TOOL_MISSING, SPEC_INVALID, TOOL_FAILED (port in use, cannot be started)
   */
  async start(start: ServerStart): Promise<StartedServer> {
    const { ports, launch } = await this.#plan(start)
    const id = randomUUID()
    const feed = new ServerFeed({
      id,
      repositoryPath: start.repositoryPath,
      how: start.how,
      command: launch.argv.map(shellWord).join(' '),
      status: 'starting',
      httpUrl: `http://127.0.0.1:${ports.http}`,
      grpcUrl: `grpc://127.0.0.1:${ports.grpc}`,
      metricsUrl: `http://127.0.0.1:${ports.metrics}/metrics`,
      startedAt: new Date().toISOString(),
    })
    const onLine = (stream: 'stdout' | 'stderr', text: string) => {
      feed.log(stream, text)
      running.cause ??= causeIn(text)
      const unread = unreadModelIn(text)
      if (unread !== undefined) running.unread.push(unread)
    }
    const child = startChild({ argv: launch.argv, onLine })
    const running: Running = {
      feed,
      child,
      launch,
      ended: Promise.resolve(),
      asksReady: new AbortController(),
      unread: [],
    }
    running.ended = this.#follow(running)
    this.#servers.set(id, running)
    void this.#awaitReady(running)
    void this.#compareEngines(running)
    return feed.server
  }

  list(): StartedServer[] {
    return [...this.#servers.values()].map(({ feed }) => feed.server)
  }

  /** @throws EngineError NOT_FOUND */
  watch(id: string, signal?: AbortSignal): AsyncGenerator<StartedServerEvent> {
    return this.#of(id).feed.watch(signal)
  }

  /** Returns when it has ended. @throws EngineError NOT_FOUND */
  async stop(id: string): Promise<void> {
    const running = this.#of(id)
    const { feed, child, launch, ended } = running
    if (feed.server.status === 'ended') return
    if (feed.server.status !== 'stopping') {
      feed.update({ status: 'stopping' })
      running.asksReady.abort()
      await this.#askToEnd(running)
    }
    const isEnded = await Promise.race([ended.then(() => true), sleep(STOP_GRACE_MS, false, { ref: false })])
    if (isEnded !== true) {
      feed.log('app', `It did not end within ${STOP_GRACE_MS / 1000} s${launch.stopArgv ? '' : ' and is killed'}.`)
      child.kill()
      await ended
    }
  }

  /** Ends every server. */
  async close(): Promise<void> {
    await Promise.all([...this.#servers.keys()].map(id => this.stop(id)))
  }

  async #plan(start: ServerStart) {
    // A server told to go on after errors would wait for a folder that is not there.
    const facts = await stat(start.repositoryPath).catch(() => undefined)
    if (facts?.isDirectory() !== true)
      throw new EngineError('FILE_NOT_FOUND', 'There is no such repository folder', {
        where: start.repositoryPath,
        hint: 'Choose a folder that holds models: REPOSITORY/MODEL/1/…',
      })
    const ports = await freePorts({ http: start.httpPort, grpc: start.grpcPort, metrics: start.metricsPort })
    return { ports, launch: await planLaunch(start, ports, this.#toolPaths()) }
  }

  #of(id: string): Running {
    const running = this.#servers.get(id)
    if (running === undefined) throw new EngineError('NOT_FOUND', 'There is no such started server', { where: id })
    return running
  }

  async #askToEnd({ feed, child, launch }: Running): Promise<void> {
    if (launch.stopArgv !== undefined) {
      const { exitCode, stderr } = await captureOutput({ argv: launch.stopArgv, timeoutMs: STOP_GRACE_MS })
      if (exitCode !== 0) feed.log('app', `docker stop: ${stderr || `exit code ${exitCode}`}`)
    } else if (child.pid !== undefined) {
      try {
        process.kill(child.pid, 'SIGTERM')
      } catch (cause) {
        if (!(cause instanceof Error && 'code' in cause && cause.code === 'ESRCH')) throw cause // it has ended by itself
      }
    }
  }

  async #follow(running: Running): Promise<void> {
    const { feed, child, asksReady } = running
    let why: string | undefined
    try {
      why = whyEnded(running, await child.done)
    } catch (thrown) {
      why = thrown instanceof Error ? thrown.message : String(thrown)
    }
    asksReady.abort()
    const asked = feed.server.status === 'stopping'
    feed.update({ status: 'ended', ...(asked || why === undefined ? {} : { ended: why }) })
  }

  /** The server says that an engine does not load, but not in whose words its user thinks. */
  async #compareEngines({ feed, launch }: Running): Promise<void> {
    if (launch.imageEnvArgv === undefined) return
    try {
      for (const line of await enginesOfOthers(feed.server.repositoryPath, launch.imageEnvArgv)) feed.log('app', line)
    } catch (thrown) {
      feed.log('app', `Engines were not compared: ${thrown instanceof Error ? thrown.message : String(thrown)}`)
    }
  }

  async #awaitReady({ feed, unread, asksReady: { signal } }: Running): Promise<void> {
    while (!signal.aborted) {
      const ready = await askReady(feed.server.httpUrl, signal).catch(thrown => {
        if (signal.aborted) return undefined
        throw thrown
      })
      if (ready !== undefined && !signal.aborted) {
        const failed = [...unread, ...ready.failed]
        for (const { name, reason } of failed) feed.log('app', `Model ${name} did not load: ${reason}`)
        feed.update({ status: 'ready', ...(failed.length > 0 ? { failedModels: failed } : {}) })
        return
      }
      await sleep(POLL_MS, undefined, { signal }).catch(() => {}) // aborted: the loop ends
    }
  }
}

/** One sentence: how it ended, the line that says why, what to do. */
function whyEnded({ cause, feed }: Running, { exitCode, signal }: ChildEnd): string {
  const how = signal === undefined ? `It ended with exit code ${exitCode}` : `It was ended by ${signal}`
  const said = cause?.line ?? feed.lastLines.findLast(({ text }) => text.trim() !== '')?.text
  return [said === undefined ? how : `${how}: ${said}`, cause?.hint].filter(Boolean).join('\n')
}
