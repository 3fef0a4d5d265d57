import { RPCLink as PortLink } from '@orpc/client/message-port'
import { RPCLink as SocketLink } from '@orpc/client/websocket'
import type { HostBridge } from './host/host.ts'

/** `refused`: the server answered, but not to us (token missing or wrong). */
export type ConnectionState = 'connecting' | 'open' | 'lost' | 'refused'

/** What oRPC calls through; port and socket give the same shape. */
export type Link = Pick<SocketLink<Record<never, never>>, 'call'>

/** The way to the engine: at most one live link, replaced when it breaks. Calls made meanwhile wait for the next one. */
export class Connection {
  #link: Link | undefined
  #state: ConnectionState = 'connecting'
  #waiting: Array<(link: Link) => void> = []
  #listeners = new Set<(state: ConnectionState) => void>()
  /** Grows with every new link: a stream that broke asks whether its link is still the present one. */
  generation = 0
  /** Tries again at once instead of waiting for the next attempt; set by whoever can. */
  retryNow: () => void = () => {}

  get state(): ConnectionState {
    return this.#state
  }

  /** @returns a function that stops listening */
  onState(listener: (state: ConnectionState) => void): () => void {
    this.#listeners.add(listener)
    listener(this.#state)
    return () => this.#listeners.delete(listener)
  }

  open(link: Link): void {
    this.#link = link
    this.generation++
    this.#set('open')
    for (const resolve of this.#waiting.splice(0)) resolve(link)
  }

  lose(state: 'lost' | 'refused' = 'lost'): void {
    this.#link = undefined
    this.#set(state)
  }

  /** The live link, as soon as there is one. Rejects only when `signal` is aborted. */
  link(signal?: AbortSignal): Promise<Link> {
    if (this.#link) return Promise.resolve(this.#link)
    return new Promise((resolve, reject) => {
      const settle = (link: Link) => {
        signal?.removeEventListener('abort', stop)
        resolve(link)
      }
      const stop = () => {
        this.#waiting = this.#waiting.filter(each => each !== settle)
        reject(signal?.reason)
      }
      if (signal?.aborted) return stop()
      signal?.addEventListener('abort', stop, { once: true })
      this.#waiting.push(settle)
    })
  }

  #set(state: ConnectionState): void {
    if (state === this.#state) return
    this.#state = state
    for (const listener of this.#listeners) listener(state)
  }
}

/**
 * Ports come from the preload, one now and one more each time the engine process was started again. Chromium's ports
 * do not say that the other end is gone, so the old link is closed when its successor comes: its calls fail then.
 */
export function connectPort(connection: Connection, host: Pick<HostBridge, 'requestEnginePort'>, page: Window): void {
  let last: MessagePort | undefined
  page.addEventListener('message', event => {
    const port = event.ports[0]
    if (event.source !== page || event.data !== 'batchscope:engine-port' || !port) return
    const link = new PortLink({ port })
    port.start()
    connection.open(link)
    last?.dispatchEvent(new Event('close')) // what the link listens for
    last?.close()
    last = port
  })
  host.requestEnginePort()
}

export const SOCKET_PROTOCOL = 'batchscope'
const FIRST_DELAY_MS = 250
const LONGEST_DELAY_MS = 5000

/** Delay before the nth attempt to reconnect (from 0): doubles, ends at 5 s. */
export function retryDelayMs(attempt: number): number {
  return Math.min(LONGEST_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt)
}

/**
 * WebSocket to the server that gave the page. The token travels as a subprotocol, because a page cannot set headers.
 * @param answers whether the server still gives the page: then a refused socket means a refused token
 */
export function connectSocket(
  connection: Connection,
  address: string,
  token: string | undefined,
  answers: () => Promise<boolean>,
): void {
  let attempt = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const protocols = token === undefined ? [SOCKET_PROTOCOL] : [SOCKET_PROTOCOL, `${SOCKET_PROTOCOL}.token.${token}`]

  function connect(): void {
    timer = undefined
    const socket = new WebSocket(address, protocols)
    let opened = false
    // Before the link adds its own listeners: whoever waits for an answer must find the state already changed.
    socket.addEventListener('close', () => {
      if (opened) connection.lose('lost')
      else void answers().then(refused => connection.state !== 'open' && connection.lose(refused ? 'refused' : 'lost'))
      timer = setTimeout(connect, retryDelayMs(attempt++))
    })
    socket.addEventListener('open', () => {
      opened = true
      attempt = 0
      connection.open(new SocketLink({ websocket: socket }))
    })
  }

  connection.retryNow = () => {
    if (timer === undefined) return
    clearTimeout(timer)
    attempt = 0
    connect()
  }
  connect()
}
