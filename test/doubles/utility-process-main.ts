/**
 * First file of the thread that stands in for a utility process (utility-process.ts): gives the engine's entry the
 * `process.parentPort` it expects, makes `process` look like Electron's, then loads the entry.
 */
import { EventEmitter } from 'node:events'
import { pathToFileURL } from 'node:url'
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'

/** MessagePortMain: an emitter whose `message` carries an event with `data`, started by hand; no addEventListener. */
class MessagePortMain extends EventEmitter {
  readonly #port: MessagePort
  #started = false

  constructor(port: MessagePort) {
    super()
    this.#port = port
    port.on('close', () => this.emit('close'))
  }

  start(): void {
    if (this.#started) return
    this.#started = true
    this.#port.on('message', (data: unknown) => this.emit('message', { data, ports: [] }))
  }

  postMessage(message: unknown): void {
    this.#port.postMessage(message)
  }

  close(): void {
    this.#port.close()
  }
}

class ParentPort extends EventEmitter {
  postMessage(message: unknown): void {
    parentPort?.postMessage(message)
  }
}

const { entry, electronVersion } = workerData
const port = new ParentPort()
Object.defineProperty(process, 'parentPort', { value: port })
Object.defineProperty(process, 'versions', { value: { ...process.versions, electron: electronVersion } })

// Messages wait in the thread's own port until the entry has loaded and listens, as Electron promises.
await import(pathToFileURL(entry).href)
parentPort?.on('message', ({ data, ports }: { data: unknown; ports: MessagePort[] }) => {
  port.emit('message', { data, ports: ports.map(each => new MessagePortMain(each)) })
})
