import { EventEmitter } from 'node:events'
import { MessageChannel, MessagePort, Worker } from 'node:worker_threads'
import type { EngineProcessApi, PortApi } from '../../electron/electron-api.ts'

/**
 * Electron's utility process, imitated by a thread with its own `process` object: the real engine entry runs in it and
 * talks over real MessagePorts. @see https://www.electronjs.org/docs/latest/api/utility-process
 * Not imitated: memory and crash isolation (`kill` ends the thread at once, without SIGTERM), Electron's own Node build.
 */
export class UtilityProcess extends EventEmitter implements EngineProcessApi {
  readonly pid = process.pid
  readonly stderr = new EventEmitter()
  readonly #thread: Worker

  /** @param entry file that Electron would run   @param env of the process */
  constructor(entry: string, env: Readonly<Record<string, string | undefined>>) {
    super()
    this.#thread = new Worker(new URL('utility-process-main.ts', import.meta.url), {
      env,
      stderr: true,
      execArgv: [],
      workerData: { entry, electronVersion: '45.4.1' },
    })
    this.#thread.on('message', message => this.emit('message', message))
    this.#thread.stderr.on('data', chunk => this.stderr.emit('data', chunk))
    // An uncaught error ends the process; its stack is what it writes last.
    this.#thread.on('error', error => this.stderr.emit('data', new TextEncoder().encode(String(error.stack))))
    this.#thread.on('exit', code => this.emit('exit', code))
  }

  postMessage(message: unknown, ports: PortApi[] = []): void {
    const real = ports.filter(port => port instanceof MessagePort)
    this.#thread.postMessage({ data: message, ports: real }, real)
  }

  kill(): boolean {
    void this.#thread.terminate()
    return true
  }
}

/** MessageChannelMain with ports that can really be transferred into a UtilityProcess. */
export class RealChannel {
  readonly port1: MessagePort
  readonly port2: MessagePort

  constructor() {
    const { port1, port2 } = new MessageChannel()
    this.port1 = port1
    this.port2 = port2
  }
}
