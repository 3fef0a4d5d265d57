import { createRouterClient, type RouterClient } from '@orpc/server'
import { RPCHandler as PortHandler } from '@orpc/server/message-port'
import { RPCHandler as SocketHandler } from '@orpc/server/ws'
import type { Engine } from '../engine.ts'
import { router } from './router.ts'

export type EngineClient = RouterClient<typeof router>

/** In the same process: what the CLI calls. Same procedures, same validation, same errors as over a wire. */
export function localClient(engine: Engine): EngineClient {
  return createRouterClient(router, { context: { engine } })
}

const ports = new PortHandler(router)
const sockets = new SocketHandler(router)

/** Answers a window's calls over its MessagePort (Electron's, Node's or the web's). */
export function servePort(engine: Engine, port: Parameters<typeof ports.upgrade>[0]): void {
  ports.upgrade(port, { context: { engine } })
}

/** Answers a browser tab's calls over its WebSocket. */
export function serveSocket(engine: Engine, socket: Parameters<typeof sockets.upgrade>[0]): void {
  void sockets.upgrade(socket, { context: { engine } })
}
