import type { FromEngine, ToEngine } from './channels.ts'
import { TO_PAGE } from './channels.ts'
import type { ElectronApi, EngineProcessApi, WebContentsApi } from './electron-api.ts'

/** How long the engine may take to cancel its jobs and close its sessions before it is ended. */
const SHUTDOWN_LIMIT_MS = 4000

/** Enough of the engine's last words for a report, little enough for a dialog. */
const KEPT_STDERR_CHARACTERS = 4000

/** Why there is no engine any more. */
export interface EngineDeath {
  /** It never came up: the message says why. Else it stopped while it worked. */
  startFailure?: string
  exitCode: number
  /** Last stderr lines and, where it failed to start, the stack. */
  detail: string
}

/**
 * The engine's process as the main process sees it: started, connected to pages, watched, ended. All traffic between a
 * page and the engine goes over their own MessagePort; main only hands out the two ends.
 */
export class EngineHost {
  readonly #fork: () => EngineProcessApi
  readonly #MessageChannel: ElectronApi['MessageChannelMain']
  readonly #onDeath: (death: EngineDeath) => void
  #child: EngineProcessApi | undefined
  #closing = false
  #exited: Promise<void> = Promise.resolve()

  constructor(options: {
    fork: () => EngineProcessApi
    MessageChannelMain: ElectronApi['MessageChannelMain']
    onDeath: (death: EngineDeath) => void
  }) {
    this.#fork = options.fork
    this.#MessageChannel = options.MessageChannelMain
    this.#onDeath = options.onDeath
  }

  /** Starts the engine; after a death, a new one. No effect while one lives. */
  start(): void {
    if (this.#child !== undefined || this.#closing) return
    const child = this.#fork()
    this.#child = child
    let stderr = ''
    const decoder = new TextDecoder()
    let failure: Extract<FromEngine, { type: 'failed' }> | undefined
    child.stderr?.on('data', chunk => {
      stderr = (stderr + decoder.decode(chunk, { stream: true })).slice(-KEPT_STDERR_CHARACTERS)
    })
    child.on('message', message => {
      if (!isFailure(message)) return
      failure = message
      child.kill()
    })
    this.#exited = new Promise(resolve => {
      child.on('exit', exitCode => {
        this.#child = undefined
        resolve()
        if (this.#closing) return
        const detail = [failure?.detail, stderr.trim()].filter(Boolean).join('\n\n')
        this.#onDeath({ exitCode, detail, ...(failure && { startFailure: failure.message }) })
      })
    })
  }

  /** Gives the page a port to the engine. Messages wait in it until the engine is up. Without an engine nothing is sent. */
  connect(page: Pick<WebContentsApi, 'postMessage'>): void {
    if (this.#child === undefined || this.#closing) return
    const { port1, port2 } = new this.#MessageChannel()
    this.#child.postMessage({ type: 'connect' } satisfies ToEngine, [port1])
    page.postMessage(TO_PAGE.enginePort, null, [port2])
  }

  /** Jobs are cancelled and sessions closed, or the process is ended after the limit: what is committed is kept anyway. */
  async shutdown(limitMs = SHUTDOWN_LIMIT_MS): Promise<void> {
    this.#closing = true
    const child = this.#child
    if (child === undefined) return
    child.postMessage({ type: 'shutdown' } satisfies ToEngine)
    const limit = setTimeout(() => child.kill(), limitMs)
    await this.#exited
    clearTimeout(limit)
  }
}

function isFailure(message: unknown): message is Extract<FromEngine, { type: 'failed' }> {
  return typeof message === 'object' && message !== null && 'type' in message && message.type === 'failed'
}
